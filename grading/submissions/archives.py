"""Read .zip and .tar.gz archives that may be hostile, in memory, and write nothing.

Neither ``extract`` nor ``extractall`` is ever called: entries are read one by one, with the real bytes counted while
they are inflated. Only plain files and folders are known; links of any kind are refused, so no later write could
follow one.
"""

import gzip
import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from grading.submissions.errors import ArchiveBroken, EntryRefused, TooMuch
from grading.submissions.names import is_archive, is_ignored, safe_path, shown

MAX_ENTRIES = 2_000
MAX_RATIO = 100
RATIO_COUNTS_FROM_BYTES = 1_000_000
_MAX_DIRECTORY_BYTES = MAX_ENTRIES * 1_200
MAX_EXTENSION_BYTES = 64 * 1024
MAX_EXTENSIONS_BYTES = 2_000_000
MAX_GLOBAL_BYTES = 4 * 1024
"""A tar's global extensions are copied for every entry."""
_CHUNK = 64 * 1024
_END = struct.Struct("<4s4H2LH")
_RECORD = re.compile(rb"(\d{1,6}) ([^=\n]{1,200})=")
_DIGITS = re.compile(rb"\d{40}")
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # UnicodeDecodeError too
    OverflowError,
    NotImplementedError,
    RuntimeError,  # RecursionError too: a chain of extension headers
    LookupError,
    TypeError,
    AttributeError,
)


@dataclass(slots=True, kw_only=True)
class Budget:
    """What may still be taken, shared by all files of one upload."""

    max_files: int
    max_file_bytes: int
    max_total_bytes: int
    keeps_archives: bool = False
    """An archive inside an archive is a file like others, which nobody unpacks; else it is refused."""
    files: int = 0
    total_bytes: int = 0

    def take(self, path: str, size: int) -> None:
        """Count one file. Raises ``TooMuch``."""
        if size > self.max_file_bytes:
            message = f"“{shown(path)}” is larger than {readable(self.max_file_bytes)}, the most for one file."
            raise TooMuch(message)
        self.files += 1
        if self.files > self.max_files:
            message = f"There are more than {self.max_files} files. Leave out what is not needed."
            raise TooMuch(message)
        self.total_bytes += size
        if self.total_bytes > self.max_total_bytes:
            message = (
                f"With “{shown(path)}” your files come to more than {readable(self.max_total_bytes)}. "
                "Leave out what is not needed."
            )
            raise TooMuch(message)


def entries_of(name: str, content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Yield (safe path, content) of the files in an archive. Raises the ``UploadRefused`` family and nothing else."""
    inside = _zip_entries if name.lower().endswith(".zip") else _tar_entries
    try:
        yield from inside(name, content, budget)
    except _BROKEN as error:
        message = f"“{shown(name)}” is damaged or not an archive of this kind. Pack it again and send it again."
        raise ArchiveBroken(message) from error


def readable(size: int) -> str:
    """Return a size as people write it: 10 MB."""
    for unit, worth in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= worth:
            return f"{size / worth:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def _zip_entries(name: str, content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    _check_directory(name, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        if len(infos) > MAX_ENTRIES:
            raise _too_many(name)
        for info in infos:
            raw = _zip_name(info)
            path = safe_path(raw.removesuffix("/"))
            kind = stat.S_IFMT(info.external_attr >> 16)
            if is_ignored(path):
                continue
            if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
                raise _not_plain(path, "a link" if kind == stat.S_IFLNK else "a device or another special file")
            if raw.endswith("/") or kind == stat.S_IFDIR:
                continue
            if info.flag_bits & 0x41:
                message = f"“{shown(path)}” is encrypted. Pack the archive without a password and send it again."
                raise ArchiveBroken(message)
            if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                message = f"“{shown(path)}” is packed in an unusual way. Pack a plain .zip and send it again."
                raise ArchiveBroken(message)
            if not budget.keeps_archives:
                _check_nested(path)
            _check_ratio(path, info.file_size, info.compress_size)
            budget.take(path, info.file_size)
            with archive.open(info) as file:
                data = file.read(info.file_size + 1)
            if len(data) != info.file_size:
                message = f"“{shown(path)}” does not have the size that the archive says. Pack it again."
                raise ArchiveBroken(message)
            yield path, data


def _zip_name(info: zipfile.ZipInfo) -> str:
    raw = info.orig_filename
    if info.flag_bits & 0x800 or raw.isascii():
        return raw
    try:
        # macOS writes UTF-8 without saying so; Python then reads it as the code page of the first PCs.
        return raw.encode("cp437").decode("utf-8")
    except UnicodeError as error:
        message = f"The name of “{shown(raw)}” is not written in UTF-8. Rename the file with plain letters."
        raise ArchiveBroken(message) from error


def _check_directory(name: str, content: bytes) -> None:
    """Refuse a directory that is too long before anything is made of it. Zip64 is for what is too large anyway."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if at < 0 or len(content) - at < _END.size:
        message = f"“{shown(name)}” is damaged or not a .zip archive. Pack it again and send it again."
        raise ArchiveBroken(message)
    _, _, _, _, count, size, _, _ = _END.unpack_from(content, at)
    if count > MAX_ENTRIES or size > _MAX_DIRECTORY_BYTES or content[max(0, at - 20) :].startswith(b"PK\x06\x07"):
        raise _too_many(name)


def _tar_entries(name: str, content: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    room = budget.max_total_bytes * 2 + MAX_ENTRIES * 1_024 + RATIO_COUNTS_FROM_BYTES
    plain = _inflated(name, content, room)
    with tarfile.open(fileobj=plain, mode="r:", tarinfo=_member_class(plain)) as archive:
        for number, member in enumerate(archive, start=1):
            if number > MAX_ENTRIES:
                raise _too_many(name)
            if member.isdir() and member.name.rstrip("/") in {".", ""}:
                continue
            path = safe_path(member.name.rstrip("/") if member.isdir() else member.name)
            if is_ignored(path):
                continue
            if member.issparse():
                raise _not_plain(path, "a sparse file")
            if member.issym() or member.islnk():
                raise _not_plain(path, "a link")
            if member.isdir():
                continue
            if not member.isreg():
                raise _not_plain(path, "a device or another special file")
            if not budget.keeps_archives:
                _check_nested(path)
            budget.take(path, member.size)
            file = archive.extractfile(member)
            data = b"" if file is None else file.read(member.size + 1)
            if len(data) != member.size:
                message = f"“{shown(path)}” is cut off. Pack the archive again and send it again."
                raise ArchiveBroken(message)
            yield path, data


def _inflated(name: str, content: bytes, room: int) -> io.BytesIO:
    plain = io.BytesIO()
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        while chunk := packed.read(_CHUNK):
            plain.write(chunk)
            _check_ratio(name, plain.tell(), len(content))
            if plain.tell() > room:
                message = f"“{shown(name)}” is too large once it is unpacked. Leave out what is not needed."
                raise TooMuch(message)
    plain.seek(0)
    return plain


def _member_class(plain: io.BytesIO) -> type[tarfile.TarInfo]:
    """Return the class of one archive's members, which looks at extension headers before Python does.

    Python 3.11.7 reads them in time that grows with the square of their length, and keeps a text of that length per
    record: half a megabyte of digits stops a process for an hour.
    """
    left = {tarfile.XHDTYPE: MAX_EXTENSIONS_BYTES, tarfile.XGLTYPE: MAX_GLOBAL_BYTES}

    class Member(tarfile.TarInfo):
        def _proc_pax(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
            kind = tarfile.XGLTYPE if self.type == tarfile.XGLTYPE else tarfile.XHDTYPE
            left[kind] -= self.size
            if not 0 <= self.size <= MAX_EXTENSION_BYTES or left[kind] < 0:
                message = "extension headers that are too long"
                raise tarfile.HeaderError(message)
            start = plain.tell()
            _check_extension(plain.read(self.size))
            plain.seek(start)
            return super()._proc_pax(archive)  # type: ignore[misc,no-any-return]  # Python's, without a type

    return Member


def _check_extension(content: bytes) -> None:
    """Refuse what is no row of ``LENGTH KEYWORD=VALUE`` records, and long rows of digits in any of them."""
    at = 0
    while at < len(content):
        record = _RECORD.match(content, at)
        end = at + int(record[1]) if record else 0
        if record is None or not record.end() < end <= len(content) or content[end - 1 : end] != b"\n":
            message = "an extension header of another form"
            raise tarfile.HeaderError(message)
        at = end
    if _DIGITS.search(content):
        message = "an extension header with a number that nothing has"
        raise tarfile.HeaderError(message)


def _check_ratio(path: str, size: int, packed: int) -> None:
    if size > RATIO_COUNTS_FROM_BYTES and size > packed * MAX_RATIO:
        message = f"“{shown(path)}” grows more than {MAX_RATIO} times when it is unpacked, which no homework does."
        raise TooMuch(message)


def _check_nested(path: str) -> None:
    if is_archive(path):
        message = f"“{shown(path)}” is an archive inside an archive. Unpack it and send the files themselves."
        raise EntryRefused(message)


def _not_plain(path: str, what: str) -> EntryRefused:
    return EntryRefused(f"“{shown(path)}” is {what}. Replace it by the file itself and pack the archive again.")


def _too_many(name: str) -> TooMuch:
    return TooMuch(f"“{shown(name)}” holds more than {MAX_ENTRIES} entries. Leave out what is not needed.")
