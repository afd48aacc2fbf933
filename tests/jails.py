"""A real, warm bubblewrap for tests that grade, opened once per session of pytest, and what a process has open."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runners.sandboxes import Sandbox, choose_sandbox
from tests.conftest import require

ENGINE_MOUNTS = (" overlay ", " nsfs ", "/shm ", "/overlay2/", "/containers/")


@contextmanager
def warm_bubblewrap(*environments: str) -> Iterator[Sandbox]:
    """Open a sandbox and make these environments ready, or skip where bubblewrap is missing."""
    require("bubblewrap")
    sandbox = choose_sandbox("bubblewrap")
    try:
        sandbox.start(environments)
        yield sandbox
    finally:
        sandbox.close()


def mounts() -> list[str]:
    """Return what is mounted, but for what container engines on this host mount, which other tests start and end."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if not any(word in line for word in ENGINE_MOUNTS)]


def descriptors() -> int:
    """Count what this process has open, but for lines to servers: other tests of it keep some to container engines."""
    return sum(not _is_line_to_a_server(int(entry.name)) for entry in Path("/proc/self/fd").iterdir())


def _is_line_to_a_server(number: int) -> bool:
    try:
        if not str(Path(f"/proc/self/fd/{number}").readlink()).startswith("socket:"):
            return False
        with socket.socket(fileno=os.dup(number)) as copy:
            return bool(copy.getpeername())
    except OSError:  # closed by now, or nobody is at the other end
        return False
