"""Docker's template mode, a switch for rush hours: one long-lived container per environment, a fork per submission.

Theory of operation
-------------------
The container holds a template with the capabilities that making a jail needs; a jail has none of them, and sees of the
container only the image, a few devices, and folders of its own. The control channel is a socket in a private folder of
this runner's, mounted into the container: the template connects once, at its start; then the name is gone, the
listening end is closed, and the template unmounts the folder, all before the first submission comes. Every jail gets
its own pair of sockets over that channel, so runner and engine must be on one host. When the runner dies the channel
closes, the template exits, and with the container's first process go all jails; what is left of the container is
removed by the next runner's sweep.
"""

import contextlib
import logging
import os
import shutil
import socket
import struct
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import NotFound

from runners.sandboxes.base import NoSandbox, SandboxFault
from runners.sandboxes.container_spec import TemplateOrder, template_spec
from runners.sandboxes.docker_engine import Engine, border, remove
from runners.sandboxes.owners import start_time
from runners.sandboxes.template import Shell
from runners.sandboxes.templates import TemplateSandbox
from runners.sandboxes.uids import Uids
from runners.sandboxes.warming import host_memory

CONNECT_SECONDS = 60.0
LOOK_SECONDS = 0.5
LIFE_SECONDS = 7 * 86_400
FOLDER_PREFIX = "coursehub-line-"

log = logging.getLogger(__name__)


class DockerTemplateSandbox(TemplateSandbox):
    """Jails in containers that live as long as the runner."""

    name = "docker-template"

    def __init__(self, *, images: Mapping[str, str] | None = None) -> None:
        self._engine = Engine(images)
        super().__init__(uids=Uids())
        self._security_options = self._options()
        self._engine.keep_swept()
        _remove_stray_folders()

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say what a verdict from here rests on; the packages are the image's, and each session states them."""
        return {**super().provenance(environment), "image": self._engine.image_id(environment)}

    def close(self) -> None:
        """End every template, and with them every jail."""
        super().close()
        self._engine.close()

    def _launch(self, environment: str) -> Shell:
        image_id = self._engine.image_id(environment)
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-{start_time(os.getpid())}-"))
        try:
            line = folder / "line"
            # The folder around it is closed to others; root in the container has no right to look past modes.
            line.mkdir(mode=0o755)
            line.chmod(0o755)
            order = TemplateOrder(
                image_id=image_id,
                environment=environment,
                job=str(uuid.uuid4()),
                owner=self._engine.owner,
                pool=self._engine.pool,
                deadline=int(time.time()) + LIFE_SECONDS,
                line=line,
                has_cgroups=self._cgroups.kind != "rlimits",
                host_memory_bytes=host_memory().total_bytes,
                security_options=self._security_options,
            )
            with border(), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(str(line / "control"))
                (line / "control").chmod(0o666)
                listener.listen(1)
                return self._start(order, listener)
        finally:
            # Connected or not: nobody finds this name any more.
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, order: TemplateOrder, listener: socket.socket) -> Shell:
        container = self._engine.client.containers.create(**template_spec(order))
        try:
            container.start()
            control = _accept(listener, container)
        except BaseException:
            remove(container)
            raise
        return ContainerShell(control, container)

    def _options(self) -> tuple[str, ...]:
        """Docker's own AppArmor profile refuses every mount, which a template's jails are made of."""
        with border():
            known = self._engine.client.info().get("SecurityOptions") or []
        return ("apparmor=unconfined",) if any("apparmor" in option for option in known) else ()


class ContainerShell:
    """One container with a template inside."""

    def __init__(self, control: socket.socket, container: Any) -> None:
        self.control = control
        self._container = container
        self._words = ""
        self._lock = threading.Lock()
        self._has_ended = False
        peer = control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self._process, _, _ = struct.unpack("3i", peer)

    @property
    def process(self) -> int | None:
        """The number of the template's process on this host; None where it is in no pid namespace of ours."""
        return self._process or None

    def end(self) -> None:
        """Kill and remove the container."""
        with self._lock:
            if self._has_ended:
                return
            self._has_ended = True
            with contextlib.suppress(SandboxFault, NotFound), border():
                self._words = _words_of(self._container)
            try:
                with border():
                    remove(self._container)
            except SandboxFault:
                log.exception("A container could not be removed; the next start of a runner tries again")

    def last_words(self) -> str:
        """Return what the harness said on standard error, once it has ended."""
        return self._words


def _accept(listener: socket.socket, container: Any) -> socket.socket:
    """Wait for the template to connect, or for its container to end without. Raises ``SandboxFault``."""
    listener.settimeout(LOOK_SECONDS)
    deadline = time.monotonic() + CONNECT_SECONDS
    while time.monotonic() < deadline:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            container.reload()
            if container.attrs["State"]["Status"] not in ("created", "running"):
                break
        else:
            connection.setblocking(True)
            return connection
    sentence = (
        "A template's container did not find its runner: Docker's template mode needs the runner on the engine's own "
        "host, with a temporary folder that both know by the same path. Take RUNNER_DOCKER_TEMPLATES away."
    )
    raise NoSandbox(sentence, _words_of(container))


def _words_of(container: Any) -> str:
    return str(container.logs(tail=50).decode(errors="replace")).strip()[-8_000:]


def _remove_stray_folders() -> None:
    """Remove the folders of runners that were killed while a template of theirs started."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        number, _, rest = folder.name.removeprefix(FOLDER_PREFIX).partition("-")
        started, _, _ = rest.partition("-")
        is_ours = folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
        if is_ours and number.isdigit() and start_time(int(number)) != started:
            shutil.rmtree(folder, ignore_errors=True)
