"""B03: hard links: to a file outside, to a link that comes before, and to one deeper than a filter looks

Stopped by: links of any kind are refused; Python's `filter="data"`, which has been passed more than once, is not used.
Expect: refused
"""

import tarfile

from tests.attacks.archives import special, tarred


def uploads():
    for target in ("/etc/shadow", "../../etc/shadow", "work.py", "deep/link"):
        yield [("hw.tgz", tarred(special("hard", tarfile.LNKTYPE, target), ("hard", b"overwritten")))]
    # The shape of CVE-2026-11940: a hard link to a symbolic link that lies deeper than the one who checks expects.
    deep = special("a/b/c/link", tarfile.SYMTYPE, "../../../../../etc")
    yield [("hw.tgz", tarred(deep, special("out", tarfile.LNKTYPE, "a/b/c/link"), ("out/passwd", b"root::0:0")))]
    # And of CVE-2025-4517: a path so long that it is no longer resolved.
    long = "d" * 120
    yield [("hw.tgz", tarred(*(special("/".join([long] * n), tarfile.DIRTYPE) for n in range(1, 14)),
                             special("x", tarfile.SYMTYPE, "/".join([long] * 30))))]  # fmt: skip
