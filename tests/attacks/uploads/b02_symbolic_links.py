"""B02: a symbolic link, and a file that is written through it

Stopped by: links of any kind are refused, and archives are never unpacked to a disk.
Expect: refused
"""

import stat
import tarfile

from tests.attacks.archives import special, tarred, zipped


def as_link(info):
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def uploads():
    for target in ("/etc/passwd", "../../outside", "/proc/self/environ", "work.py", "."):
        yield [("hw.tgz", tarred(special("link", tarfile.SYMTYPE, target), ("link/x.py", b"written through it")))]
        yield [("hw.zip", zipped(("link", target.encode()), change=as_link))]
