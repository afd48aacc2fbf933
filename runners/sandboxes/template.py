"""The runner's end of one warm template: what it lives in, and the channel on which it opens jails."""

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from runners.sandboxes.base import SandboxFault

READY_SECONDS = 120.0
OPEN_SECONDS = 20.0
MESSAGE_BYTES = 1 << 16

log = logging.getLogger(__name__)


class Tenant:
    """What the template has said about one jail."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.ended = threading.Event()
        self.error = ""
        self.number = 0
        """Its first process, as the template numbers it."""
        self.status: int | None = None


class Shell(Protocol):
    """The outer wall around a template, with the template running inside."""

    control: socket.socket
    """The runner's end of the control channel: whole messages."""

    @property
    def process(self) -> int | None:
        """The number of the template's process on this host, or None where that cannot be known."""

    def end(self) -> None:
        """Kill all that is inside and wait until it is gone. May be called again, from any thread."""

    def last_words(self) -> str:
        """Return what the harness said on standard error, once it has ended."""


class Template:
    """A process that has imported an environment's packages and forks jails."""

    def __init__(self, environment: str, shell: Shell) -> None:
        self.environment = environment
        self.shell = shell
        self.opened = 0
        self.packages: dict[str, str] = {}
        self._unfit = ""
        self._tenants: dict[str, Tenant] = {}
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._dead = threading.Event()
        self._control = shell.control
        self._listener = threading.Thread(target=self._listen, name=f"template-{environment}", daemon=True)
        self._listener.start()

    @property
    def is_alive(self) -> bool:
        """Whether it can still open jails."""
        return not self._dead.is_set()

    @property
    def tenants(self) -> int:
        """How many jails it has that have not ended."""
        with self._lock:
            return len(self._tenants)

    def wait_until_ready(self) -> None:
        """Wait for the imports. Raises ``SandboxFault``."""
        if not self._ready.wait(READY_SECONDS) or not self.is_alive:
            self.close()
            if self._unfit:
                raise SandboxFault(self._unfit)
            sentence = "The sandbox of this runner did not start."
            raise SandboxFault(sentence, f"{self.environment}: {self.shell.last_words()}")

    def open(self, jail: str, plan: dict[str, Any], descriptors: Sequence[int]) -> Tenant:
        """Open a jail; the passed descriptors stay the caller's. Raises ``SandboxFault``."""
        tenant = Tenant()
        with self._lock:
            self._tenants[jail] = tenant
            self.opened += 1
        self._tell({"do": "open", "jail": jail, **plan}, descriptors)
        answered = tenant.answered.wait(OPEN_SECONDS)
        if not answered or tenant.error or not self.is_alive:
            detail = tenant.error or ("its template died" if not self.is_alive else "no answer")
            if not answered:
                self.close()
            with self._lock:
                self._tenants.pop(jail, None)
            sentence = "A sandbox could not be opened on this runner."
            words = "" if self.is_alive else self.shell.last_words()
            raise SandboxFault(sentence, f"{self.environment}: {detail}. {words}".strip())
        return tenant

    def kill(self, jail: str) -> None:
        """Ask for a jail's end; ``Tenant.ended`` says when it has come."""
        with contextlib.suppress(SandboxFault):
            self._tell({"do": "kill", "jail": jail}, ())

    def close(self) -> None:
        """End the template and with it every jail. May be called again."""
        self.shell.end()
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._control.close()

    def _tell(self, message: dict[str, Any], descriptors: Sequence[int]) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], list(descriptors))
        except OSError as error:
            self._dead.set()
            sentence = "The sandbox of this runner has ended."
            raise SandboxFault(sentence, str(error)) from error

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            while data := self._control.recv(MESSAGE_BYTES):
                self._hear(json.loads(data))
        self._dead.set()
        # Half a template is none: its pid namespace goes as a whole, and is waited for.
        self.shell.end()
        self._ready.set()
        with self._lock:
            tenants = list(self._tenants.values())
            self._tenants.clear()
        for tenant in tenants:
            tenant.answered.set()
            tenant.ended.set()

    def _hear(self, message: dict[str, Any]) -> None:
        if message["said"] == "ready":
            self.packages = message["packages"]
            self._ready.set()
            return
        if message["said"] == "unfit":
            self._unfit = message["sentence"]
            return
        with self._lock:
            tenant = self._tenants.get(message["jail"])
            if message["said"] != "opened":
                self._tenants.pop(message["jail"], None)
        if tenant is None:
            return
        match message["said"]:
            case "opened":
                tenant.number = message.get("number", 0)
            case "failed":
                tenant.error = message["error"]
            case "ended":
                tenant.status = message["status"]
                tenant.ended.set()
        tenant.answered.set()
