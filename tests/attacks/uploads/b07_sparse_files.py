"""B07: files of a terabyte that take no room in the archive, and sizes that are negative or lies

Stopped by: sparse files are refused, and the bytes that come must be as many as the entry states.
Expect: refused
"""

import struct
import tarfile

from tests.attacks.archives import of_size, special, tarred, zipped


def uploads():
    new = tarfile.TarInfo("big.py")
    new.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
    yield [("hw.tgz", tarred(new))]
    yield [("hw.tgz", tarred(special("old.py", tarfile.GNUTYPE_SPARSE)))]
    for size in (1 << 40, 1 << 62, -1, -512, -(1 << 40)):
        for kind in (tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
            yield [("hw.tgz", of_size(special("work.py", kind), size))]
    for claimed in (1, 10_000, 2**32 - 2):
        lying = bytearray(zipped(("lying.py", b"a" * 5_000)))
        struct.pack_into("<L", lying, lying.rfind(b"PK\x01\x02") + 24, claimed)
        yield [("hw.zip", bytes(lying))]
