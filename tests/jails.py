"""A real, warm bubblewrap for tests that grade: opened once per session of pytest."""

from collections.abc import Iterator
from contextlib import contextmanager

from runners.sandboxes import Sandbox, choose_sandbox
from tests.conftest import require


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
