"""From what a browser or a program sent to a list of files with safe names. Nothing is written anywhere."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from grading.submissions.archives import Budget, entries_of, readable
from grading.submissions.errors import FileMissing, FileNotAccepted, NothingUploaded, TooMuch
from grading.submissions.names import NameTable, is_archive, is_ignored, safe_path, shown

NOTEBOOK = ".ipynb"
_ARCHIVE_EXTRA_BYTES = 1_000_000


class Readable(Protocol):
    """What an uploaded file can do."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most that many bytes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file: a safe relative path and its content."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """What an assessment takes."""

    max_files: int = 100
    max_file_bytes: int = 1_000_000
    max_total_bytes: int = 10_000_000
    accepted_patterns: tuple[str, ...] = ()
    required_files: tuple[str, ...] = ()
    keeps_archives: bool = False
    """An archive inside the archive that was sent is a file like others."""


def read_uploads(files: Iterable[tuple[str, Readable]], limits: UploadLimits) -> list[Upload]:
    """Read (name, file) pairs, unpack archives, and return what is handed in, by path.

    Raises the ``UploadRefused`` family; its sentence names the entry.
    """
    budget = Budget(
        max_files=limits.max_files,
        max_file_bytes=limits.max_file_bytes,
        max_total_bytes=limits.max_total_bytes,
        keeps_archives=limits.keeps_archives,
    )
    names = NameTable()
    found: dict[str, bytes] = {}
    for name, file in files:
        for path, content in _contents_of(name, file, budget, limits):
            names.add(path)
            found[path] = content
    if not found:
        raise NothingUploaded
    uploads = [Upload(path=path, content=content) for path, content in sorted(found.items())]
    return _without_common_folder(uploads, limits.required_files)


def check_files(uploads: Sequence[Upload], limits: UploadLimits) -> None:
    """Raise the ``UploadRefused`` family unless these files are what the assessment takes."""
    if not uploads:
        raise NothingUploaded
    names = NameTable()
    budget = Budget(
        max_files=limits.max_files, max_file_bytes=limits.max_file_bytes, max_total_bytes=limits.max_total_bytes
    )
    for upload in uploads:
        names.add(safe_path(upload.path))
        budget.take(upload.path, len(upload.content))
    paths = {upload.path for upload in uploads}
    if missing := [path for path in limits.required_files if not _is_there(path, paths)]:
        there = ", ".join(shown(path) for path in sorted(paths)[:5])
        message = f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing. You sent: {there}."
        raise FileMissing(message)
    for path in sorted(paths):
        if not is_accepted(path, limits):
            message = f"“{shown(path)}” is not taken here: this assessment takes {', '.join(limits.accepted_patterns)}."
            raise FileNotAccepted(message)


def is_accepted(path: str, limits: UploadLimits) -> bool:
    """Return whether a path fits one of the patterns, or no pattern is given. A required file always fits.

    A notebook fits where the module that it becomes would.
    """
    if not limits.accepted_patterns:
        return True
    return any(_fits(each, limits) for each in {path, module_path(path)})


def module_path(path: str) -> str:
    """Return the path of the module that a notebook becomes when it is graded, and any other path as it is."""
    return f"{path.removesuffix(NOTEBOOK)}.py" if path.endswith(NOTEBOOK) else path


def _fits(path: str, limits: UploadLimits) -> bool:
    name = path.rpartition("/")[2]
    return path in limits.required_files or any(
        fnmatchcase(path if "/" in pattern else name, pattern) for pattern in limits.accepted_patterns
    )


def _is_there(required: str, paths: Set[str]) -> bool:
    """Return whether a required file was sent: itself, or the notebook of the same name."""
    return required in paths or (required.endswith(".py") and f"{required.removesuffix('.py')}{NOTEBOOK}" in paths)


def _contents_of(name: str, file: Readable, budget: Budget, limits: UploadLimits) -> Iterable[tuple[str, bytes]]:
    path = safe_path(name)
    if is_ignored(path):
        return []
    if is_archive(path):
        room = limits.max_total_bytes + _ARCHIVE_EXTRA_BYTES
        content = file.read(room + 1)
        if len(content) > room:
            message = f"“{shown(path)}” is larger than {readable(limits.max_total_bytes)}, the most for all files."
            raise TooMuch(message)
        return entries_of(path, content, budget)
    content = file.read(limits.max_file_bytes + 1)
    budget.take(path, len(content))
    return [(path, content)]


def _without_common_folder(uploads: list[Upload], required: tuple[str, ...]) -> list[Upload]:
    """Take off the one folder that holds everything, where the required files are then in their place."""
    paths = {upload.path for upload in uploads}
    tops = {path.partition("/")[0] for path in paths}
    if all(_is_there(each, paths) for each in required) or len(tops) != 1 or not all("/" in path for path in paths):
        return uploads
    shorter = [Upload(path=upload.path.partition("/")[2], content=upload.content) for upload in uploads]
    found = {upload.path for upload in shorter}
    return shorter if all(_is_there(each, found) for each in required) else uploads


def _listed(paths: list[str]) -> str:
    quoted = [f"“{path}”" for path in paths]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
