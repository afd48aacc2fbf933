"""The submission's files inside the jail: checked again, written once, and what the cases leave behind wiped."""

import contextlib
import errno
import itertools
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

MAX_FILES = 2_000
MAX_DEPTH = 16
MAX_NAME_BYTES = 255
MAX_COMPILED_BYTES = 16 << 20
COMPILED_BY_TRIAL = "/tmp/compiled"  # noqa: S108 - a tmpfs of this jail alone
COMPILED = "/job/compiled"
WIPED_FOLDERS = ("/tmp", "/dev/shm")  # noqa: S108 - tmpfs of this jail alone


class BadBundle(Exception):
    """The submission's files cannot be laid out; the text says which one and why."""


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files below a new folder. Raises ``BadBundle``."""
    if len(files) > MAX_FILES:
        message = f"The submission holds more than {MAX_FILES} files."
        raise BadBundle(message)
    for path in files:
        _check(path)
    folder.mkdir(mode=0o755)
    for path, content in files.items():
        try:
            _write(folder / path, content)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            message = f"{path!r} is there twice, as a file and as a folder."
            raise BadBundle(message) from error
        except OSError as error:
            message = f"{path!r} could not be written: {error.strerror}."
            raise BadBundle(message) from error


def _check(path: str) -> None:
    parts = PurePosixPath(path).parts
    is_plain = (
        path == "/".join(parts)
        and parts
        and len(parts) <= MAX_DEPTH
        and not path.startswith("/")
        and not any(part in (".", "..") for part in parts)
        and not any(character in path for character in ("\0", "\\"))
        and all(len(part.encode(errors="replace")) <= MAX_NAME_BYTES for part in parts)
    )
    if not is_plain:
        message = f"{path[:200]!r} is no plain relative path."
        raise BadBundle(message)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def take_compiled() -> dict[str, bytes]:
    """Return what the first import left, by relative path, and remove it. In the fork of the submission."""
    taken: dict[str, bytes] = {}
    left = MAX_COMPILED_BYTES
    for path in Path(COMPILED_BY_TRIAL).rglob("*.pyc"):
        # Whatever stands in the way, a link or a folder, costs a little time in every case and nothing else.
        with contextlib.suppress(OSError):
            if path.is_file() and len(taken) < MAX_FILES and path.stat().st_size <= left:
                taken[path.relative_to(COMPILED_BY_TRIAL).as_posix()] = content = path.read_bytes()
                left -= len(content)
    with contextlib.suppress(OSError):
        _empty(COMPILED_BY_TRIAL)
        os.rmdir(COMPILED_BY_TRIAL)  # noqa: PTH106
    return taken


def keep_compiled(compiled: Mapping[str, bytes]) -> None:
    """Keep what a submission says it compiles to, so that no case compiles it again and none can change it.

    The bytes are a stranger's and are not looked at: only forks that run the submission ever load them.
    """
    left = MAX_COMPILED_BYTES
    for path, content in list(compiled.items())[:MAX_FILES]:
        left -= len(content)
        with contextlib.suppress(OSError, BadBundle, ValueError):
            _check(path)
            if left >= 0:
                _write(Path(COMPILED) / path, content)


def has_leftovers() -> bool:
    """Whether a case has left files behind, or a folder that cannot be looked into."""
    try:
        return any(os.listdir(folder) for folder in WIPED_FOLDERS)  # noqa: PTH208 - names of a hostile choice
    except OSError:
        return True


def wipe() -> None:
    """Delete what a case left behind. Run it as the user who made it, when nothing of theirs runs any more."""
    for folder in WIPED_FOLDERS:
        # Where cases are of the session's own user, one may have closed the folder itself.
        with contextlib.suppress(OSError):
            os.chmod(folder, 0o1777)  # noqa: PTH101, S103
        _empty(folder)


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are bytes of a hostile choice, not paths to reason about
    except OSError:
        return []


def _empty(folder: str) -> None:
    """Delete everything in a folder, without going deeper: what is in a folder inside is moved up before that goes.

    So neither recursion, nor the length of a path, nor a link is ever met, however folders are nested.
    """
    fresh = itertools.count()
    while names := _entries(folder):
        left = len(names)
        for name in names:
            left -= _remove(folder, f"{folder}/{name}", fresh)
        if left == len(names):
            return  # of none of these can we do anything


def _remove(folder: str, path: str, fresh: Iterator[int]) -> bool:
    """Delete a file, or an inner folder after moving up what it holds; False where that cannot be."""
    try:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            os.unlink(path)  # noqa: PTH108
            return True
        os.chmod(path, 0o700)  # noqa: PTH101
        for name in _entries(path):
            _move_up(folder, f"{path}/{name}", fresh)
        os.rmdir(path)  # noqa: PTH106
    except (OSError, ValueError):
        return False
    return True


def _move_up(folder: str, path: str, fresh: Iterator[int]) -> None:
    if stat.S_ISDIR(os.lstat(path).st_mode):
        # A folder that may not be written to cannot be moved either.
        os.chmod(path, 0o700)  # noqa: PTH101
    while True:
        try:
            os.rename(path, f"{folder}/.{next(fresh)}")  # noqa: PTH104
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            continue
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            continue
        return
