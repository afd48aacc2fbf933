"""The sandbox that needs a Docker engine: a container per submission, started ahead and used once.

Theory of operation
-------------------
A container's only process of ours is the session, which imports the environment's packages, says so on standard
error, and then waits on its standard input. For each kind of container that was asked for (environment and limits) a
background thread keeps some warm, as many as are asked for and memory allows (``pool.py``). Each is made with all the
limits of a submission but one: while it imports it has the least share of the processors that there is, so that it
takes no time from those that are graded. It gets a submission's share when it is warm, or when it is needed earlier;
without that it is never handed out. Opening a jail takes one of them; closing it hands it to a thread that kills and
removes it. The container is the wall; the cases inside run as a user that no other submission on this host has.
"""

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from docker.errors import NotFound

from runners.sandboxes.base import Jail, JailEnding, Limits, SandboxFault
from runners.sandboxes.container_spec import JOB_SHARES, ContainerOrder, container_spec
from runners.sandboxes.docker_engine import Engine, border, remove
from runners.sandboxes.docker_stream import DockerStream
from runners.sandboxes.pool import Pool
from runners.sandboxes.pss import NotMeasurable, pss_of_tree
from runners.sandboxes.uids import Uids

WARM_SECONDS = 1_800
LIFE_SECONDS = 3 * 3_600
REMOVERS = 4
# What a warm container is taken to cost until one has been looked at.
GUESSED_BYTES = 320 << 20
# What the engine keeps for a container beside its processes: a shim of its own, and a place in the engine's books.
ENGINE_BYTES = 12 << 20

log = logging.getLogger(__name__)


class DockerSandbox:
    """Jails by Docker."""

    name = "docker"

    def __init__(self, *, most_warm: int = 4, cpus: float = 1.0, images: Mapping[str, str] | None = None) -> None:
        self._engine = Engine(images)
        self._cpus = cpus
        self._uids = Uids()
        self._lock = threading.Lock()
        self._jails: set[DockerJail] = set()
        self._removers = ThreadPoolExecutor(REMOVERS, thread_name_prefix="container-remover")
        self._pool = Pool(self._make, most=most_warm, max_age_seconds=WARM_SECONDS, guessed_bytes=GUESSED_BYTES)
        self._engine.keep_swept()

    def start(self, environments: Iterable[str]) -> None:
        """Find the images, and try a container of each. Raises ``SandboxFault``."""
        for environment in environments:
            self._engine.image_id(environment)
            self._make((environment, Limits())).close()

    def open(self, environment: str, limits: Limits) -> Jail:
        """Return a fresh container. Raises ``SandboxFault``."""
        self._engine.image_id(environment)
        return self._pool.take((environment, limits))

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say what a verdict from here rests on; the packages are the image's, and each session states them."""
        return {"image": self._engine.image_id(environment), "packages": {}, "limits": "container"}

    def close(self) -> None:
        """Remove every container of this runner."""
        self._pool.close()
        with self._lock:
            jails = list(self._jails)
        for jail in jails:
            jail.close()
        self._removers.shutdown(wait=True)
        self._engine.close()

    def _make(self, kind: tuple[str, Limits], *, ahead: bool = False) -> "DockerJail":
        environment, limits = kind
        order = ContainerOrder(
            image_id=self._engine.image_id(environment),
            environment=environment,
            limits=limits,
            job=str(uuid.uuid4()),
            owner=self._engine.owner,
            pool=self._engine.pool,
            deadline=int(time.time()) + LIFE_SECONDS,
            cpus=self._cpus,
            is_ahead=ahead,
        )
        client = self._engine.client
        with border():
            container = client.containers.create(**container_spec(order))
            stream: DockerStream | None = None
            try:
                # Attached before it starts, so that nothing it says can be missed.
                attached = client.api.attach_socket(
                    container.id, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
                )
                stream = DockerStream(attached)
                container.start()
            except BaseException:
                if stream is not None:
                    stream.close()
                remove(container)
                raise
        jail = DockerJail(self, container, stream, uids=self._uids.take(), is_promoted=not ahead)
        with self._lock:
            self._jails.add(jail)
        return jail

    def _discard(self, jail: "DockerJail", container: Any, uids: tuple[int, int]) -> None:
        with self._lock:
            self._jails.discard(jail)

        def discard() -> None:
            try:
                with border():
                    remove(container)
            except SandboxFault:
                log.exception("A container could not be removed; the next start of a runner tries again")
                return
            self._uids.give_back(uids)

        try:
            self._removers.submit(discard)
        except RuntimeError:
            # This sandbox is closing, and removes all of its containers itself.
            return


class DockerJail:
    """One container, used once."""

    def __init__(
        self,
        sandbox: DockerSandbox,
        container: Any,
        stream: DockerStream,
        *,
        uids: tuple[int, int],
        is_promoted: bool = True,
    ) -> None:
        self.stream = stream
        self.hello: Mapping[str, Any] = {"student_uid": uids[1], "counts_processes": True}
        self._sandbox = sandbox
        self._container = container
        self._uids = uids
        self._is_promoted = is_promoted
        self._promoting = threading.Lock()
        self._is_closed = False

    @property
    def is_usable(self) -> bool:
        """Whether it still waits for its submission."""
        return not self.stream.has_ended()

    @property
    def is_warm(self) -> bool:
        """Whether its session has done its imports; ask ``is_usable`` first."""
        return self.stream.is_warm

    def promote(self) -> None:
        """Give it a submission's share of the processors. Raises ``SandboxFault``."""
        with self._promoting:
            if self._is_promoted:
                return
            try:
                with border():
                    self._container.update(cpu_shares=JOB_SHARES)
            except NotFound as error:
                sentence = "A container that waited for a submission is gone."
                raise SandboxFault(sentence, str(error)) from error
            self._is_promoted = True

    def used_bytes(self) -> int | None:
        """Return the memory that it uses; None: nobody knows.

        It is its part of what is shared with other containers and all of the rest (PSS), where the kernel tells us; and
        otherwise what the engine says, without the files that the kernel keeps for it.
        """
        process = self.process
        if process is not None and self._is_seen(process):
            with contextlib.suppress(NotMeasurable):
                return pss_of_tree(process) + ENGINE_BYTES
        try:
            with border():
                memory = self._container.stats(stream=False, one_shot=True)["memory_stats"]
                details = memory["stats"]
                # Version 1 of cgroups names the figure in another way.
                idle_files = details.get("total_inactive_file", details.get("inactive_file", 0))
                return int(memory["usage"]) - int(idle_files) + ENGINE_BYTES
        except (SandboxFault, NotFound, KeyError, ValueError):
            return None

    def _is_seen(self, process: int) -> bool:
        """Whether this number means the same process here: the engine may live in another pid namespace."""
        try:
            return self._container.id in Path(f"/proc/{process}/cgroup").read_text()
        except OSError:
            return False

    @property
    def process(self) -> int | None:
        """The number of its first process on the engine's host, or None when it has ended."""
        try:
            with border():
                self._container.reload()
        except (SandboxFault, NotFound):
            return None
        return int(self._container.attrs["State"].get("Pid") or 0) or None

    def ending(self) -> JailEnding:
        """Say whether the container lives, and if not, why; an engine that does not answer is our fault."""
        try:
            with border():
                self._container.reload()
        except (SandboxFault, NotFound) as fault:
            log.warning("The container engine cannot say what became of a container: %s", fault)
            return JailEnding.TEMPLATE_DIED
        state = self._container.attrs["State"]
        if state["Status"] in ("created", "running", "paused", "restarting"):
            return JailEnding.ALIVE
        if state.get("Error"):
            return JailEnding.TEMPLATE_DIED
        return JailEnding.OOM if state.get("OOMKilled") else JailEnding.EXITED

    def close(self) -> None:
        """Hang up, and have the container killed and removed."""
        if self._is_closed:
            return
        self._is_closed = True
        self.stream.close()
        self._sandbox._discard(self, self._container, self._uids)
