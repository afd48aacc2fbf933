"""B08: two entries that are one file on some computer

Stopped by: names are compared in one normal form, without case and accents; a name is a file or a folder, not both.
Expect: refused
"""

import warnings

from tests.attacks.archives import tarred, zipped

PAIRS = [
    ("a.py", "a.py"),
    ("a.py", "A.py"),
    ("stra\u00dfe.py", "STRASSE.py"),
    ("caf\u00e9.py", "cafe\u0301.py"),
    ("\ufb01t.py", "fit.py"),
    ("a", "a/b.py"),
    ("a/b.py", "a"),
    ("a/b.py", "A/c.py"),
    ("work.py", "./work.py"),
]


def uploads():
    warnings.simplefilter("ignore", UserWarning)
    for one, other in PAIRS:
        yield [("hw.zip", zipped((one, b"1"), (other, b"2")))]
        yield [("hw.tgz", tarred((one, b"1"), (other, b"2")))]
        yield [("work.py", b""), (one, b"1"), (other, b"2")]


def inside():
    yield {"a": b"", "a/b.py": b""}
    yield {"a/b.py": b"", "a": b""}
