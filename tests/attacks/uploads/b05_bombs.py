"""B05: archives that unfold without end: zeros, archives in archives, entries that share their bytes

Stopped by: real bytes are counted while they are inflated, with caps on sum, ratio and count; nothing nested is opened.
Expect: refused
"""

import io
import zipfile

from tests.attacks.archives import tarred, zipped


def overlapping():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("work.py", b"0123456789abcdef" * 50_000)
        first = archive.infolist()[0]
        for number in range(90):
            twin = zipfile.ZipInfo(f"{number}.py")
            twin.header_offset, twin.CRC, twin.compress_type = first.header_offset, first.CRC, first.compress_type
            twin.file_size, twin.compress_size = first.file_size, first.compress_size
            archive.filelist.append(twin)
    return packed.getvalue()


def uploads():
    zeros = bytes(40_000_000)
    yield [("hw.zip", zipped(("zeros.py", zeros)))]
    yield [("hw.tgz", tarred(("zeros.py", zeros)))]
    yield [("hw.zip", zipped(("inner.zip", zipped(("x.py", b"")))))]
    yield [("hw.tgz", tarred(("inner.tar.gz", tarred())))]
    yield [("hw.zip", overlapping())]
    yield [(f"{number}.zip", zipped(("zeros.py", bytes(900_000)))) for number in range(20)]
