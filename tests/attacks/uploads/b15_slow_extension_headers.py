"""B15: extension headers of a tar that Python reads in square time, or keeps a thousand times over

Stopped by: an extension header must be a row of small records before Python is given it.
Expect: refused
Note: found with this catalogue; before, half a megabyte of digits stopped a web worker for an hour.
"""

import random
import tarfile

from tests.attacks.archives import special, tarred, with_extension


def uploads():
    digits = bytes(random.Random(15).choices(b"0123456789", k=900_000))
    yield [("hw.tgz", with_extension(digits))]
    yield [("hw.tgz", with_extension(digits[:60_000]))]
    yield [("hw.tgz", with_extension(b"60013 path=" + digits[:60_001] + b"\n"))]
    yield [("hw.tgz", with_extension(b"4 ab" * 15_000 + b"="))]
    yield [("hw.tgz", with_extension(*[b"11 ab=cde\n\n"] * 2_500, kind=tarfile.XGLTYPE))]
    yield [("hw.tgz", tarred(*(special("x" * 90, tarfile.XHDTYPE) for _ in range(3_000))))]
