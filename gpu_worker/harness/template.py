"""The warm template: it has imported what suites preload, holds nothing of anybody's, and opens jails on request.

Theory of operation
-------------------
It sits inside an outer bubblewrap and listens on a control channel, a socket of whole messages from the runner:
``open`` carries the new jail's plan and, as passed descriptors, its stream, its cgroups and its account of kills;
``kill`` ends a jail. It answers ``opened`` or ``failed`` and later, unasked, ``ended``. It keeps one thread and
runs no tensor operation: a fork of a process whose libraries have started threads hangs in its child.
When the runner goes, the channel closes, the template exits, and with it the pid namespace and every jail.
"""

import gc
import json
import os
import select
import signal
import socket
from collections.abc import Mapping
from typing import Any

from gpu_worker.harness import linux
from gpu_worker.harness.jail import Descriptors, JailPlan, open_jail

MESSAGE_BYTES = 1 << 16
MAX_DESCRIPTORS = 16


def serve(control: socket.socket, *, packages: Mapping[str, str]) -> None:
    """Open and kill jails until the runner hangs up."""
    Template(control, packages=packages).serve()


class Template:
    """What the runner's messages act on."""

    def __init__(self, control: socket.socket, *, packages: Mapping[str, str]) -> None:
        self._control = control
        self._packages = packages
        self._jails: dict[int, int] = {}
        """Process number of each living session, and its jail."""

    def serve(self) -> None:
        """Wait for messages and for sessions to end."""
        linux.adopt_orphans()
        woken, wake = os.pipe()
        for descriptor in (woken, wake):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        gc.collect()
        # Whatever is alive now stays shared with every fork: the collector must not touch it.
        gc.freeze()
        self._say("ready", packages=dict(self._packages))
        while True:
            readable, _, _ = select.select([self._control, woken], [], [])
            if woken in readable:
                os.read(woken, 4096)
            self._reap()
            if self._control in readable and not self._listen():
                return

    def _listen(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, MAX_DESCRIPTORS)
        if not data:
            return False
        message = json.loads(data)
        match message["do"]:
            case "open":
                self._open(message, descriptors)
            case "kill":
                for number, jail in self._jails.items():
                    if jail == message["jail"]:
                        os.kill(number, signal.SIGKILL)
        return True

    def _open(self, message: dict[str, Any], descriptors: list[int]) -> None:
        stream, *others = descriptors
        oom = others.pop() if message["counts_kills"] else None
        plan = JailPlan(
            session_uid=message["session_uid"], tmp_bytes=message["tmp_bytes"], tmp_inodes=message["tmp_inodes"]
        )
        try:
            number = open_jail(
                plan, Descriptors(stream=stream, cgroups=tuple(others), oom=oom), packages=self._packages
            )
        except OSError as error:
            self._say("failed", jail=message["jail"], error=str(error))
        else:
            self._jails[number] = message["jail"]
            self._say("opened", jail=message["jail"], number=number)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                number, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not number:
                return
            if (jail := self._jails.pop(number, None)) is not None:
                self._say("ended", jail=jail, status=os.waitstatus_to_exitcode(status))

    def _say(self, what: str, **fields: Any) -> None:
        self._control.sendall(json.dumps({"said": what, **fields}).encode())
