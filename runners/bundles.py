"""Unpack the bundle of a submission: a ZIP that the site made, checked again here.

The site has already refused hostile archives and builds the bundle itself from stored files. This side trusts
that no more than it must: caps on everything, plain relative names, no links, and the digest at the end.
"""

import io
import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

from runners.protocol import folder_digest

MAX_BUNDLE_BYTES = 128 << 20
MAX_FILES = 2_000
MAX_NAME_BYTES = 1_024
UNREADABLE = (
    zipfile.BadZipFile,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)
"""What Python's ZIP reader raises on bytes that are no ZIP."""


class BundleInvalid(Exception):
    """The bundle is not what the site should send: our fault, never the student's."""


def unpack_bundle(content: bytes, *, sha256: str) -> dict[str, bytes]:
    """Return path -> content, or raise ``BundleInvalid``."""
    files = read_bundle(content)
    if (found := folder_digest(files.items())) != sha256:
        message = f"The bundle's digest is {found}, but the job names {sha256}."
        raise BundleInvalid(message)
    return files


def read_bundle(content: bytes) -> dict[str, bytes]:
    """Return path -> content, whatever the digest, or raise ``BundleInvalid``."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read_entries(archive)
    except UNREADABLE as error:
        message = f"The bundle is not a readable ZIP file: {error}."
        raise BundleInvalid(message) from error


def _read_entries(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        message = f"The bundle has {len(entries)} entries; at most {MAX_FILES} are accepted."
        raise BundleInvalid(message)
    files: dict[str, bytes] = {}
    left = MAX_BUNDLE_BYTES
    for entry in entries:
        _check_entry(entry)
        if entry.filename in files:
            message = f"The bundle names {entry.filename!r} twice."
            raise BundleInvalid(message)
        with archive.open(entry) as stream:
            # The size that the archive states is not believed: at most one byte too many is ever read.
            body = stream.read(left + 1)
        left -= len(body)
        if left < 0:
            message = f"The bundle unpacks to more than {MAX_BUNDLE_BYTES} bytes."
            raise BundleInvalid(message)
        files[entry.filename] = body
    return files


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    path = PurePosixPath(name)
    mode = entry.external_attr >> 16
    is_plain = stat.S_IFMT(mode) in {0, stat.S_IFREG} and not name.endswith("/") and not entry.flag_bits & 1
    is_inside = (
        path.parts != ()
        and not path.is_absolute()
        and ".." not in path.parts
        and path.as_posix() == name
        and "\\" not in name
        and name.isprintable()
        and len(name.encode(errors="replace")) <= MAX_NAME_BYTES
    )
    if not (is_plain and is_inside):
        message = f"The bundle holds {name!r}, which is not a plain file with a plain relative name."
        raise BundleInvalid(message)
