"""An image per version of an autograder: built as Gradescope builds one, or ready-made and pinned.

An image is named by what it was made from (the autograder's files, the base image's id, this recipe), so the same
files never build twice, and a run names the image by its own id.
"""

import hashlib
import io
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from docker.errors import ImageNotFound, NotFound

from runners.autograders.archives import RUNNABLE, packed
from runners.autograders.container_spec import FOLDER, LABEL
from runners.autograders.engine import Engine, border, remove
from runners.autograders.values import shorten
from runners.cleaning import clean
from runners.config import BUILD_ARGUMENTS
from runners.protocol import AUTOGRADER_BUILD_SECONDS as BUILD_SECONDS
from runners.protocol import folder_digest
from runners.sandboxes.base import SandboxFault

BUILD_MEMORY_BYTES = 4 << 30
MAX_LOG = 200_000
RECIPE = 1
"""Counts the ways in which images were built here."""

log = logging.getLogger(__name__)


class BuildFailed(SandboxFault):
    """The autograder's ``setup.sh`` did not come to its end: the instructor's to mend, never the submission's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Where an autograder runs."""

    id: str
    start_with: str
    """The shell that starts it: ``/bin/bash`` where the image was built here, which is sure to have it."""


class Images:
    """Builds and finds images. Safe to use from several threads: nobody builds what somebody builds already."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._found: dict[tuple[str, str], Image] = {}

    def image_of(self, engine: Engine, files: Mapping[str, bytes], ready_made: str) -> Image:
        """Return the image of an autograder. Raises ``BuildFailed``, and ``SandboxFault`` for what else is amiss."""
        key = ready_made or f"coursehub/autograder:{_name(engine, files)}"
        with self._locks[key]:
            known = (engine.config.docker_host, key)
            if known not in self._found or not _is_there(engine, self._found[known]):
                self._found[known] = _ready_made(engine, key) if ready_made else _built(engine, files, key)
            return self._found[known]


def dockerfile(files: Iterable[str]) -> str:
    """Return how an autograder's image is built; ``files`` are those of its folder and of its wheels."""
    wheels = any(path.startswith("wheels/") for path in files)
    lines = [
        "ARG BASE_IMAGE",
        "FROM ${BASE_IMAGE}",
        # Of the build only: an autograder does not see them when it runs.
        "ARG DEBIAN_FRONTEND=noninteractive",
        "ARG DAY",
        "RUN echo $DAY; if command -v apt-get; then"
        " apt-get -o Acquire::Retries=0 -o Acquire::http::Timeout=20 update || true; fi",
        *(f"ARG {name}" for name in BUILD_ARGUMENTS if name.startswith("PIP_")),
        *(["COPY wheels /opt/autograder-wheels", "ARG PIP_FIND_LINKS=/opt/autograder-wheels"] if wheels else []),
        f"COPY autograder {FOLDER}",
        f"WORKDIR {FOLDER}",
        f"RUN bash {FOLDER}/source/setup.sh && if command -v apt-get >/dev/null; then apt-get clean; fi",
    ]
    return "\n".join(lines) + "\n"


def context(files: Mapping[str, bytes]) -> bytes:
    """Return what a build is given, as a tar: both scripts with Unix line ends, and everything runnable."""
    laid_out = {"Dockerfile": dockerfile(files).encode()}
    for path, content in files.items():
        if path in ("autograder/setup.sh", "autograder/run_autograder"):
            content = _with_unix_lines(content)
        folder, _, rest = path.partition("/")
        laid_out[f"autograder/source/{rest}" if folder == "autograder" else path] = content
    laid_out["autograder/run_autograder"] = laid_out["autograder/source/run_autograder"]
    folders = ["autograder/submission", "autograder/results"]
    return packed(laid_out, mode=RUNNABLE, folders=folders)


def _with_unix_lines(content: bytes) -> bytes:
    # A program, unlike a script, holds null bytes and keeps every byte it has.
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")


def _name(engine: Engine, files: Mapping[str, bytes]) -> str:
    base = engine.config.base_image
    try:
        with border():
            base_id = str(engine.client.images.get(base).id)
    except ImageNotFound as error:
        sentence = f"The image {base}, which autograders start from, is not at their engine."
        raise SandboxFault(sentence, f"Give it: deploy/autograder-engine.sh start {base}") from error
    made_from = f"{RECIPE} {base_id} {folder_digest(files.items())} {dockerfile(files)}"
    return hashlib.sha256(made_from.encode()).hexdigest()[:40]


def _is_there(engine: Engine, image: Image) -> bool:
    """Whether nobody has cleaned an image away since it was found."""
    try:
        with border():
            engine.client.images.get(image.id)
    except ImageNotFound:
        return False
    return True


def _ready_made(engine: Engine, name: str) -> Image:
    try:
        with border():
            try:
                image = engine.client.images.get(name)
            except ImageNotFound:
                image = engine.client.images.pull(name)
    except (ImageNotFound, NotFound) as error:
        sentence = f"The autograder's image {name} cannot be had."
        raise SandboxFault(sentence, str(error)) from error
    with border():
        container = engine.client.containers.create(image.id, entrypoint=["/bin/sh"], command=[], network_mode="none")
        try:
            engine.client.api.get_archive(container.id, f"{FOLDER}/run_autograder")[0].close()
        except NotFound as error:
            sentence = f"The autograder's image {name} has no {FOLDER}/run_autograder."
            raise SandboxFault(sentence) from error
        finally:
            remove(container)
    return Image(id=str(image.id), start_with="/bin/sh")


def _built(engine: Engine, files: Mapping[str, bytes], tag: str) -> Image:
    try:
        with border():
            return Image(id=str(engine.client.images.get(tag).id), start_with="/bin/bash")
    except ImageNotFound:
        log.info("Building the autograder's image %s", tag)
    began = time.monotonic()
    arguments = {
        **engine.config.build_arguments,
        "BASE_IMAGE": engine.config.base_image,
        # Package lists are fetched once a day, for all autograders together.
        "DAY": datetime.now(UTC).date().isoformat(),
    }
    said = _Log()
    try:
        with border():
            stream = engine.client.api.build(
                fileobj=io.BytesIO(context(files)),
                custom_context=True,
                tag=tag,
                buildargs=arguments,
                labels={f"{LABEL}.image": tag},
                rm=True,
                forcerm=True,
                decode=True,
                container_limits={"memory": BUILD_MEMORY_BYTES, "memswap": BUILD_MEMORY_BYTES},
            )
            _follow(stream, said, until=began + BUILD_SECONDS)
            return Image(id=str(engine.client.images.get(tag).id), start_with="/bin/bash")
    except ImageNotFound as error:
        sentence = "The autograder could not be set up: its setup.sh failed."
        raise BuildFailed(sentence, said.text[-18_000:]) from error
    finally:
        _keep(engine, tag, said.text)
        log.info("Built %s in %.1f s", tag, time.monotonic() - began)


def _follow(stream: Iterable[Mapping[str, Any]], said: "_Log", *, until: float) -> None:
    """Read a build's log to its end. Hanging up is what ends a build that takes too long."""
    try:
        for event in stream:
            said.add(str(event.get("stream") or event.get("error") or ""))
            if "error" in event:
                return
            if time.monotonic() > until:
                said.add(f"\nsetup.sh took longer than {BUILD_SECONDS} s and was ended.\n")
                return
    finally:
        if hasattr(stream, "close"):
            stream.close()


class _Log:
    """What a build said, the middle left out where it is long."""

    def __init__(self) -> None:
        self._start = ""
        self._end: deque[str] = deque()
        self._end_size = 0

    def add(self, piece: str) -> None:
        room = MAX_LOG // 2 - len(self._start)
        self._start += piece[:room] if room > 0 else ""
        rest = piece[room:] if room > 0 else piece
        if rest:
            self._end.append(rest[-MAX_LOG // 2 :])
            self._end_size += len(self._end[-1])
        while self._end_size > MAX_LOG:
            self._end_size -= len(self._end.popleft())

    @property
    def text(self) -> str:
        return clean(shorten(self._start + "".join(self._end), MAX_LOG))


def _keep(engine: Engine, tag: str, text: str) -> None:
    path = engine.config.logs_folder / f"{tag.rpartition(':')[2]}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        log.warning("The build's log could not be kept: %s", error)
