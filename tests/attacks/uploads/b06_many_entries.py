"""B06: a hundred thousand entries

Stopped by: a directory that is too long is refused before anything is made of it; a tar, after 2000 entries.
Expect: refused
"""

import struct
import tarfile

from tests.attacks.archives import tarred, zipped


def directory_of(count):
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0)
    directory = b"".join(entry + b"%05d" % (number % 100_000) for number in range(count))
    return directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count % 65536, count % 65536, len(directory), 0, 0)


def uploads():
    yield [("hw.zip", directory_of(100_000))]
    yield [("hw.zip", directory_of(65_536))]
    yield [("hw.zip", zipped(*((f"{number}.py", b"") for number in range(2_100))))]
    yield [("hw.tgz", tarred(*(tarfile.TarInfo(f"{number}.py") for number in range(2_100))))]
    yield [(f"{number}.py", b"") for number in range(2_100)]


def inside():
    yield {f"{number}.py": b"" for number in range(2_100)}
