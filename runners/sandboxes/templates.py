"""What both kinds of sandbox with warm templates have in common: a template per environment, a jail per submission.

Theory of operation
-------------------
For each environment one *template* lives behind an outer wall, bubblewrap or a container, and has imported the
packages. Per submission the runner makes a cgroup and a pair of sockets and sends one socket to the template; the
template forks a session into fresh namespaces (``gpu_worker/harness/jail.py``) which then speaks on it. Where there
are users to choose from, every jail has two of its own, one for the session and one for the cases, from a range that
this process chose at random; otherwise every jail is in a user namespace of its own. A jail ends by killing the
first process of its pid namespace. A template that has served long enough, or has died, is followed by a new one.
"""

import contextlib
import itertools
import logging
import os
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from runners.sandboxes.base import Jail, JailEnding, Limits, SandboxFault
from runners.sandboxes.cgroup import Cgroup, Cgroups
from runners.sandboxes.streams import SocketStream
from runners.sandboxes.template import Shell, Template, Tenant
from runners.sandboxes.uids import Uids

JAILS_PER_TEMPLATE = 2_000
KILL_SECONDS = 5.0

log = logging.getLogger(__name__)


class TemplateSandbox(ABC):
    """Jails that are forked from a warm template; what the template lives in is the subclass's."""

    name: str

    def __init__(self, *, uids: Uids | None) -> None:
        self._cgroups = Cgroups()
        self._uids = uids
        self._lock = threading.Lock()
        self._templates: dict[str, Template] = {}
        self._retired: list[Template] = []
        self._numbers = itertools.count(1)
        self._jails: set[TemplateJail] = set()
        self._is_closed = False

    @abstractmethod
    def _launch(self, environment: str) -> Shell:
        """Start a template. Raises ``SandboxFault``."""

    def start(self, environments: Iterable[str]) -> None:
        """Warm a template per environment and try it. Raises ``SandboxFault``."""
        for environment in environments:
            self.open(environment, Limits()).close()

    def open(self, environment: str, limits: Limits) -> Jail:
        """Return a fresh jail. Raises ``SandboxFault``."""
        template = self._template(environment)
        try:
            return self._open(template, limits)
        except OSError as error:
            sentence = "A sandbox could not be opened on this runner."
            raise SandboxFault(sentence, f"{environment}: {error}") from error

    def _open(self, template: Template, limits: Limits) -> "TemplateJail":
        name = f"jail-{next(self._numbers)}"
        with contextlib.ExitStack() as passed, contextlib.ExitStack() as undone:
            uids = self._uids.take() if self._uids else None
            cgroup = self._cgroups.make(name, memory_bytes=limits.memory_bytes, processes=limits.processes)
            undone.callback(self._give_back, cgroup, uids)
            ours, theirs = socket.socketpair()
            undone.callback(ours.close)
            passed.callback(theirs.close)
            descriptors = [theirs.fileno()]
            for path, flags in cgroup.files() if cgroup else ():
                descriptors.append(os.open(path, flags | os.O_CLOEXEC))
                passed.callback(os.close, descriptors[-1])
            plan = {
                "session_uid": uids[0] if uids else None,
                "tmp_bytes": limits.tmp_bytes,
                "tmp_inodes": limits.tmp_inodes,
                "counts_kills": cgroup is not None,
            }
            tenant = template.open(name, plan, descriptors)
            undone.pop_all()
        jail = TemplateJail(self, template, tenant, name=name, connection=ours, cgroup=cgroup, uids=uids)
        with self._lock:
            self._jails.add(jail)
        return jail

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say what a verdict from here rests on."""
        return {"image": "", "packages": {}, "limits": self._cgroups.kind}

    def close(self) -> None:
        """End every template, and with them every jail."""
        with self._lock:
            self._is_closed = True
            templates = [*self._templates.values(), *self._retired]
            self._templates.clear()
            self._retired.clear()
            jails = list(self._jails)
        for template in templates:
            template.close()
        for jail in jails:
            jail.close()
        self._cgroups.close()

    def shell_of(self, environment: str) -> Shell | None:
        """Return what the environment's template lives in, or None where there is none yet."""
        with self._lock:
            template = self._templates.get(environment)
        return template.shell if template else None

    def _template(self, environment: str) -> Template:
        """Return a living template, a new one where the old has died or has served long enough."""
        with self._lock:
            if self._is_closed:
                sentence = "This runner is closing."
                raise SandboxFault(sentence)
            self._end_retired()
            template = self._templates.get(environment)
            if template is not None and (not template.is_alive or template.opened >= JAILS_PER_TEMPLATE):
                self._retired.append(self._templates.pop(environment))
                template = None
            if template is None:
                template = Template(environment, self._launch(environment))
                self._templates[environment] = template
        template.wait_until_ready()
        return template

    def _end_retired(self) -> None:
        for template in [one for one in self._retired if not one.tenants]:
            self._retired.remove(template)
            template.close()

    def _forget(self, jail: "TemplateJail", cgroup: Cgroup | None, uids: tuple[int, int] | None) -> None:
        with self._lock:
            self._jails.discard(jail)
        self._give_back(cgroup, uids)

    def _give_back(self, cgroup: Cgroup | None, uids: tuple[int, int] | None) -> None:
        if cgroup is not None:
            cgroup.remove()
        if uids is not None and self._uids is not None:
            self._uids.give_back(uids)


class TemplateJail:
    """The fresh namespaces of one submission."""

    def __init__(
        self,
        sandbox: TemplateSandbox,
        template: Template,
        tenant: Tenant,
        *,
        name: str,
        connection: socket.socket,
        cgroup: Cgroup | None,
        uids: tuple[int, int] | None,
    ) -> None:
        self.stream = SocketStream(connection)
        self.hello: Mapping[str, Any] = {"student_uid": uids[1] if uids else None, "counts_processes": True}
        self._sandbox = sandbox
        self._template = template
        self._tenant = tenant
        self._name = name
        self._cgroup = cgroup
        self._uids = uids
        self._is_closed = False

    @property
    def shell(self) -> Shell:
        """What its template lives in."""
        return self._template.shell

    @property
    def number(self) -> int:
        """Its first process, as its template numbers it."""
        return self._tenant.number

    def ending(self) -> JailEnding:
        """Say whether the jail lives, and if not, why."""
        if not self._template.is_alive and self._tenant.status is None:
            return JailEnding.TEMPLATE_DIED
        if not self._tenant.ended.is_set():
            return JailEnding.ALIVE
        killed = self._cgroup is not None and self._cgroup.oom_kills() > 0
        return JailEnding.OOM if killed else JailEnding.EXITED

    def close(self) -> None:
        """Kill the pid namespace, wait until it is gone, and give back cgroup and users."""
        if self._is_closed:
            return
        self._is_closed = True
        if not self._tenant.ended.is_set():
            self._template.kill(self._name)
            if not self._tenant.ended.wait(KILL_SECONDS):
                log.error("A jail did not end when killed; its template is ended with it")
                self._template.close()
        self.stream.close()
        self._sandbox._forget(self, self._cgroup, self._uids)
