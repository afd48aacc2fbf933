"""Files into a container and out of it again, as the archives that the engine takes and gives."""

import contextlib
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

from runners.autograders.values import TRUNCATED

PLAIN, RUNNABLE, FOLDER = 0o644, 0o755, 0o755
BLOCK = 512


class FileRefused(Exception):
    """What stands at this path in the container is no plain file of a size that is read; the sentence says what."""


def packed(files: Mapping[str, bytes], *, mode: int = PLAIN, folders: Iterable[str] = ()) -> bytes:
    """Return a tar of these files, all of root, with every folder above them and these folders besides."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        made: set[str] = set()
        for path in [*(f"{folder}/" for folder in folders), *files]:
            parts = path.split("/")[:-1]
            for depth in range(1, len(parts) + 1):
                folder = "/".join(parts[:depth])
                if folder not in made:
                    made.add(folder)
                    entry = tarfile.TarInfo(folder)
                    entry.type, entry.mode = tarfile.DIRTYPE, FOLDER
                    archive.addfile(entry)
            if path in files:
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(files[path]), mode
                archive.addfile(entry, io.BytesIO(files[path]))
    return whole.getvalue()


def plain_file(stream: Iterable[bytes], *, limit: int) -> bytes:
    """Return the one file of an archive. Raises ``FileRefused`` where it is a link, a folder or larger than that.

    Raises ``OSError`` where the engine's answer breaks off.
    """
    with _opened(stream) as archive, _whole():
        entry, content = _only_file(archive)
        if entry.size > limit:
            message = f"It is larger than {limit} bytes."
            raise FileRefused(message)
        return content.read(limit)


def ends_of_file(stream: Iterable[bytes], *, limit: int) -> bytes:
    """Return the one file of an archive, its middle left out where it is larger than that. Raises as the other does."""
    with _opened(stream) as archive, _whole():
        entry, content = _only_file(archive)
        if entry.size <= limit:
            return content.read(limit)
        half = limit // 2
        start, end = content.read(half), b""
        while piece := content.read(1 << 16):
            end = (end + piece)[-half:]
        return start + TRUNCATED.encode() + end


class _Pieces(io.RawIOBase):
    """The engine's answer as a file: nothing of it is kept that was not asked for."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = iter(stream)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = BLOCK if size < 0 else size
        while len(self._left) < wanted and (piece := next(self._stream, b"")):
            self._left += piece
        found, self._left = self._left[:wanted], self._left[wanted:]
        return found


def _opened(stream: Iterable[bytes]) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=_Pieces(stream), mode="r|")
    except tarfile.TarError as error:
        message = f"It cannot be read: {error}."
        raise FileRefused(message) from error


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        message = f"The engine's answer broke off: {error}."
        raise OSError(message) from error


def _only_file(archive: tarfile.TarFile) -> tuple[tarfile.TarInfo, IO[bytes]]:
    try:
        entry = archive.next()
        content = archive.extractfile(entry) if entry is not None and entry.isreg() and not entry.issparse() else None
    except (tarfile.TarError, OSError, ValueError) as error:
        message = f"It cannot be read: {error}."
        raise FileRefused(message) from error
    if entry is None or content is None:
        message = "It is no plain file."
        raise FileRefused(message)
    return entry, content
