"""Run an autograder on a submission, in a container used once, and bring out what it wrote.

Theory of operation
-------------------
The harness is out here. It lays the submission into a container that does not run yet, starts it, looks on, and
kills the whole of it at a limit. What it wrote is read only then, from a container in which nothing lives any more:
one file by its name, only where it is a plain file, and no more of it than fits. Inside, a shell does what must be
done inside: empty ``submission`` and ``results`` of what the image had there, and send all output to a file.
"""

import contextlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from docker.errors import DockerException, NotFound

from runners import stalls
from runners.autograders.archives import FileRefused, ends_of_file, packed, plain_file
from runners.autograders.container_spec import FOLDER, INCOMING, LABEL, AutograderOrder, container_spec
from runners.autograders.engine import Engine, border, remove
from runners.autograders.images import Image
from runners.autograders.ran import Ran
from runners.autograders.results import MAX_RESULTS_BYTES
from runners.autograders.values import MAX_TEXT
from runners.protocol import SuiteManifest
from runners.runs import Stopped
from runners.sandboxes import owners
from runners.sandboxes.base import SandboxFault

DISK_BYTES = 4 << 30
LOOK_SECONDS = (0.05, 0.5)
DISK_LOOK_SECONDS = 3.0
DEATH_SECONDS = 30.0
SPARE_LIFE_SECONDS = 900
MAX_CONSOLE_BYTES = 4 * MAX_TEXT
"""A character is at most four bytes."""

log = logging.getLogger(__name__)


def run_autograder(
    engine: Engine,
    image: Image,
    manifest: SuiteManifest,
    *,
    files: Mapping[str, bytes],
    metadata: Mapping[str, Any],
    stopped: threading.Event,
    on_start: Callable[[], None] = lambda: None,
) -> Ran:
    """Run an autograder on these files. Raises ``SandboxFault`` and ``Stopped``; leaves nothing behind."""
    job = str(uuid.uuid4())
    with border(), _network(engine, manifest, job) as network:
        order = AutograderOrder(
            image_id=image.id,
            start_with=image.start_with,
            memory_bytes=manifest.memory_bytes,
            cpus=manifest.cpus,
            disk_bytes=DISK_BYTES,
            network=network,
            runtime=engine.wall.runtime,
            job=job,
            owner=owners.this_process(),
            deadline=_deadline(manifest),
        )
        container = engine.client.containers.create(**container_spec(order))
        try:
            container.put_archive(FOLDER, _incoming(files, metadata))
            container.start()
            on_start()
            return _Watch(engine, container, manifest.run_seconds, stopped).ran()
        finally:
            _leave(lambda: remove(container))


def _leave(remove_it: Callable[[], None]) -> None:
    """Remove something. Where that fails what was found still counts, and the next start of a runner tries again."""
    try:
        remove_it()
    except (DockerException, requests.RequestException, OSError):
        log.exception("Something of an autograder's run could not be removed; the next start of a runner tries again")


class _Watch:
    """One container from its start to its end."""

    def __init__(self, engine: Engine, container: Any, limit_seconds: float, stopped: threading.Event) -> None:
        self._engine = engine
        self._container = container
        self._limit_seconds = limit_seconds
        self._stopped = stopped
        self._since = stalls.HOST.begin()

    def ran(self) -> Ran:
        timed_out, out_of_disk = self._wait()
        state = self._state()
        results, refusal = self._results()
        return Ran(
            results=results,
            refusal=refusal,
            console=self._console(),
            seconds=time.monotonic() - self._since,
            timed_out=timed_out,
            out_of_memory=bool(state.get("OOMKilled")),
            out_of_disk=out_of_disk,
            exit_status=int(state.get("ExitCode") or 0),
        )

    def _wait(self) -> tuple[bool, bool]:
        """Wait for the end, or bring it about. Returns whether time ran out, and whether the disk did."""
        ends_at, disk_at = self._since + self._limit_seconds, self._since + DISK_LOOK_SECONDS
        may_extend = True
        pause = LOOK_SECONDS[0]
        while self._state().get("Running"):
            now = time.monotonic()
            if now >= ends_at:
                # A limit that ran while this host stood still says nothing about a submission: it is given once more.
                if may_extend and stalls.HOST.spoilt(self._limit_seconds, since=self._since):
                    may_extend, ends_at = False, now + self._limit_seconds
                    continue
                self._kill()
                return True, False
            if now >= disk_at:
                if self._written_bytes() > DISK_BYTES:
                    self._kill()
                    return False, True
                disk_at = time.monotonic() + DISK_LOOK_SECONDS
            if self._stopped.wait(min(pause, ends_at - now)):
                raise Stopped
            pause = min(LOOK_SECONDS[1], pause * 1.5)
        return False, False

    def _kill(self) -> None:
        with contextlib.suppress(NotFound):
            self._container.kill()
        until = time.monotonic() + DEATH_SECONDS
        while self._state().get("Running"):
            if time.monotonic() > until:
                sentence = "An autograder's container did not end."
                raise SandboxFault(sentence, f"Killed {DEATH_SECONDS:.0f} s ago.")
            time.sleep(LOOK_SECONDS[0])

    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = self._engine.client.api.inspect_container(self._container.id)["State"]
        except NotFound as error:
            sentence = "An autograder's container was removed by somebody else."
            raise SandboxFault(sentence, str(error)) from error
        return state

    def _written_bytes(self) -> int:
        rows = self._engine.client.api.containers(all=True, size=True, filters={"id": self._container.id})
        return int(rows[0].get("SizeRw") or 0) if rows else 0

    def _results(self) -> tuple[bytes | None, str]:
        try:
            with self._archive("results/results.json") as stream:
                return plain_file(stream, limit=MAX_RESULTS_BYTES), ""
        except NotFound:
            return None, ""
        except FileRefused as refusal:
            return None, f"results.json cannot be used. {refusal}"

    def _console(self) -> str:
        try:
            with self._archive("results/stdout") as stream:
                return ends_of_file(stream, limit=MAX_CONSOLE_BYTES).decode("utf-8", errors="replace")
        except (NotFound, FileRefused):
            return ""

    @contextlib.contextmanager
    def _archive(self, path: str) -> Iterator[Iterator[bytes]]:
        stream, _ = self._engine.client.api.get_archive(self._container.id, f"{FOLDER}/{path}", chunk_size=1 << 16)
        try:
            yield stream
        finally:
            stream.close()


@contextlib.contextmanager
def _network(engine: Engine, manifest: SuiteManifest, job: str) -> Iterator[str]:
    """Make a network of the run's own where the suite asks for one: submissions do not meet each other there."""
    if not manifest.network:
        yield "none"
        return
    labels = {LABEL: job, f"{LABEL}.lease": owners.this_process(), f"{LABEL}.deadline": str(_deadline(manifest))}
    network = engine.client.networks.create(f"coursehub-autograder-{job}", driver="bridge", labels=labels)
    try:
        yield network.name
    finally:
        _leave(network.remove)


def _incoming(files: Mapping[str, bytes], metadata: Mapping[str, Any]) -> bytes:
    folder = INCOMING.rpartition("/")[2]
    laid_out = {f"{folder}/submission/{path}": content for path, content in files.items()}
    laid_out["submission_metadata.json"] = json.dumps(metadata, indent=2).encode()
    return packed(laid_out, folders=[f"{folder}/submission", f"{folder}/results"])


def _deadline(manifest: SuiteManifest) -> int:
    return int(time.time() + 2 * manifest.run_seconds + SPARE_LIFE_SECONDS)
