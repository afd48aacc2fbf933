"""B04: devices, pipes, sockets, set-user-id bits, and the users of somebody else

Stopped by: only plain files are taken, and of them nothing but name and bytes.
Expect: refused, accepted
Note: a plain file with odd bits is taken, without them.
"""

import stat
import tarfile

from tests.attacks.archives import special, tarred, zipped


def uploads():
    for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"S", b"D", b"M", b"V"):
        yield [("hw.tgz", tarred(special("odd", kind)))]
    for mode in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        yield [
            ("hw.zip", zipped(("odd", b""), change=lambda info, mode=mode: setattr(info, "external_attr", mode << 16)))
        ]


def accepted():
    odd = tarfile.TarInfo("odd.py")
    odd.mode, odd.uid, odd.gid, odd.uname = 0o6777, 2**31, 2**31, "root"
    yield [("hw.tgz", tarred(odd))]
