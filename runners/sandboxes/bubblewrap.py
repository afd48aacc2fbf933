"""The sandbox that needs nothing but bubblewrap: its templates live in a bubblewrap each.

As root there is no user namespace, and every jail has users of its own; as an ordinary user every jail is in a user
namespace of its own. All that is inside dies with the runner.
"""

import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from runners.sandboxes import environments
from runners.sandboxes.base import SandboxFault
from runners.sandboxes.outer_wall import bubblewrap_command, check_bubblewrap
from runners.sandboxes.template import Shell
from runners.sandboxes.templates import TemplateSandbox
from runners.sandboxes.uids import Uids

STDERR_BYTES = 8_000


class BubblewrapSandbox(TemplateSandbox):
    """Jails by bubblewrap."""

    name = "bubblewrap"

    def __init__(self) -> None:
        check_bubblewrap()
        super().__init__(uids=Uids() if os.geteuid() == 0 else None)
        self._launcher = ThreadPoolExecutor(1, thread_name_prefix="bubblewrap")

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say what a verdict from here rests on: there is no image, the packages are this host's."""
        return {**super().provenance(environment), "packages": environments.package_versions(environment)}

    def close(self) -> None:
        """End every template, and with them every jail."""
        super().close()
        self._launcher.shutdown()

    def _launch(self, environment: str) -> Shell:
        control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inside:
            try:
                command = bubblewrap_command(environment, inside.fileno())
                # bubblewrap dies with the thread that started it, so that thread is one that stays.
                process = self._launcher.submit(_start, command, inside).result()
            except BaseException:
                control.close()
                raise
        return BubblewrapShell(control, process)


class BubblewrapShell:
    """One bubblewrap process with a template inside."""

    def __init__(self, control: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self.control = control
        self._process = process
        self._words = b""
        self._lock = threading.Lock()

    @property
    def process(self) -> int | None:
        """The number of bubblewrap's own process; the template is its grandchild."""
        return self._process.pid

    def end(self) -> None:
        """Kill bubblewrap, and with it the pid namespace of template and jails."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        with self._lock:
            if (errors := self._process.stderr) is not None and not errors.closed:
                self._words = errors.read(STDERR_BYTES)
                errors.close()

    def last_words(self) -> str:
        """Return what the harness said on standard error, once it has ended."""
        return self._words.decode(errors="replace").strip()


def _start(command: Sequence[str], inside: socket.socket) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - a command of ours
            command,
            env={},  # its first process would show a submission whatever is in here
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[inside.fileno()],
        )
    except OSError as error:
        sentence = "bubblewrap could not be started on this runner."
        raise SandboxFault(sentence, str(error)) from error
