"""B10: names of 255 bytes, paths of thousands of folders

Stopped by: caps on parts, paths and depth, at the site and in the sandbox.
Expect: refused
"""

from tests.attacks.archives import tarred, zipped

NAMES = ["x" * 129, "x" * 255, "é" * 200, "d/" * 17 + "x.py", "d/" * 4096 + "x.py", "/".join(["y" * 100] * 10)]


def uploads():
    for name in NAMES:
        yield [("hw.tgz", tarred((name, b"")))]
        yield [("hw.zip", zipped((name, b"")))]
        yield [("work.py", b""), (name, b"")]


def inside():
    for name in ("x" * 256, "é" * 200, "d/" * 17 + "x.py"):
        yield {name: b""}
