"""Short ways to make archives that nobody should make."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable

Entry = tuple[str, bytes]
Uploads = list[tuple[str, bytes]]
WORK = b"import numpy as np\n\n\ndef honest(values):\n    return float(values.sum())\n"


def zipped(*entries: Entry, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> bytes:
    """Return a .zip; ``change`` may falsify each entry but the first."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate((("work.py", WORK), *entries)):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if number:
                change(info)
            archive.writestr(info, content)
    return packed.getvalue()


def tarred(*entries: Entry | tarfile.TarInfo) -> bytes:
    """Return a .tar.gz."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for entry in (("work.py", WORK), *entries):
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry, io.BytesIO(bytes(max(entry.size, 0))) if entry.isreg() else None)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                archive.addfile(info, io.BytesIO(entry[1]))
    return packed.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Return a tar entry that is no plain file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def with_extension(*contents: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    """Return a .tar.gz with these extension headers before its file."""
    plain = io.BytesIO()
    for content in contents:
        header = special("x", kind)
        header.size = len(content)
        plain.write(header.tobuf(format=tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512))
    file = tarfile.TarInfo("work.py")
    file.size = len(WORK)
    plain.write(file.tobuf() + WORK + bytes(-len(WORK) % 512) + bytes(1024))
    return gzip.compress(plain.getvalue())


def of_size(header: tarfile.TarInfo, size: int) -> bytes:
    """Return a .tar.gz of one header that states this size, which may be negative."""
    raw = bytearray(header.tobuf(format=tarfile.GNU_FORMAT))
    raw[124:136] = (256**12 + size).to_bytes(12, "big") if size < 0 else b"\x80" + size.to_bytes(11, "big")
    raw[148:156] = b" " * 8
    raw[148:156] = struct.pack("8s", b"%06o\0 " % sum(raw[:512]))
    return gzip.compress(bytes(raw) + bytes(2048))
