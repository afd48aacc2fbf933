"""Suites that this host does not have are fetched from the site by digest and kept on disk.

Theory of operation
-------------------
Below the cache's folder a suite lies in ``<digest>/<name>/``, written aside and renamed, so that a half-written one is
never found. It is read like any other suite and its digest is computed again each time: what does not have it is
thrown away and fetched anew. When the cache is larger than it may be, the suites that were not used for longest go,
but none that this process has in memory, because its folder may be in use.
"""

import logging
import os
import re
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from runners.bundles import unpack_bundle
from runners.sandboxes.base import SandboxFault
from runners.suites import Suite, SuiteInvalid, load_suite

CACHE_BYTES = 2 << 30
IN_MEMORY = 16
UNUSABLE = "The suite that grades this could not be made ready on the grading host."
_DIGEST, _NAME = re.compile(r"[0-9a-f]{64}"), re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}")

log = logging.getLogger(__name__)


class SuiteLibrary:
    """The suites of this host: those of its own folder, and those of the site. Safe to use from several threads."""

    def __init__(
        self,
        own: Mapping[str, Suite],
        fetch: Callable[[str], bytes],
        folder: Path,
        *,
        max_bytes: int = CACHE_BYTES,
    ) -> None:
        self._own = {suite.digest: suite for suite in own.values()}
        self._fetch = fetch
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._in_memory: OrderedDict[str, Suite] = OrderedDict()

    def get(self, name: str, digest: str) -> Suite:
        """Return a suite, fetched where it is not here. Raises ``SandboxFault``, ``BundleInvalid``, ``SiteError``."""
        if (own := self._own.get(digest)) is not None and own.manifest.name == name:
            return own
        if not (_DIGEST.fullmatch(digest) and _NAME.fullmatch(name)):
            raise SandboxFault(UNUSABLE, f"{name!r} with the digest {digest!r} is no suite that could be fetched.")
        with self._lock:
            loading = self._loading.setdefault(digest, threading.Lock())
        with loading:
            suite = self._remembered(digest) or self._read(name, digest) or self._fetched(name, digest)
            self._remember(suite)
        return suite

    def _remembered(self, digest: str) -> Suite | None:
        with self._lock:
            return self._in_memory.get(digest)

    def _remember(self, suite: Suite) -> None:
        with suppress(OSError):
            os.utime(suite.folder.parent)
        with self._lock:
            self._in_memory[suite.digest] = suite
            self._in_memory.move_to_end(suite.digest)
            while len(self._in_memory) > IN_MEMORY:
                self._in_memory.popitem(last=False)

    def _read(self, name: str, digest: str) -> Suite | None:
        """Return the suite as it lies on disk, or None where it does not, or is not what it should be."""
        place = self._folder / digest
        if not place.is_dir():
            return None
        try:
            suite = load_suite(place / name)
        except SuiteInvalid as error:
            log.warning("A suite on this disk is damaged and is fetched again: %s", error)
        else:
            if suite.digest == digest:
                return suite
            log.warning("The suite in %s has another digest by now; it is fetched again", place)
        shutil.rmtree(place, ignore_errors=True)
        return None

    def _fetched(self, name: str, digest: str) -> Suite:
        files = unpack_bundle(self._fetch(digest), sha256=digest)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".fetching-", dir=self._folder))
            try:
                write_files(aside / name, files)
                aside.replace(self._folder / digest)
            except BaseException:
                shutil.rmtree(aside, ignore_errors=True)
                raise
        except OSError as error:
            raise SandboxFault(UNUSABLE, f"{self._folder} cannot be written: {error}") from error
        suite = self._read(name, digest)
        if suite is None:
            raise SandboxFault(UNUSABLE, f"The suite {name} with the digest {digest} cannot be read as it was fetched.")
        log.info("Fetched the suite %s, %s", name, digest[:12])
        self._make_room(keep=digest)
        return suite

    def _make_room(self, *, keep: str) -> None:
        """Delete the suites that were not used for longest until the cache is as small as it must be."""
        with self._lock:
            spared = {keep, *self._in_memory}
        places = sorted(
            (place for place in self._folder.iterdir() if _DIGEST.fullmatch(place.name)),
            key=lambda place: place.stat().st_mtime,
        )
        sizes = {place: sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) for place in places}
        total = sum(sizes.values())
        for place in places:
            if total <= self._max_bytes:
                return
            if place.name not in spared:
                shutil.rmtree(place, ignore_errors=True)
                total -= sizes[place]


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a new folder. Their paths must be plain and relative, as ``unpack_bundle`` sees to."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
