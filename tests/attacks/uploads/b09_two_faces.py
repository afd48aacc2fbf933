"""B09: archives that say one thing to one reader and another to the next; files that are not what they are called

Stopped by: only the central directory counts, and what is taken is bytes under a checked name, never run or rendered.
Expect: refused, accepted
Note: how files are served (as attachment, without sniffing) is held by `tests/web/`.
"""

from tests.attacks.archives import tarred, zipped


def uploads():
    mismatched = zipped(("inner.py", b"x = 1")).replace(b"inner.py", b"outer.py", 1)
    yield [("hw.zip", mismatched)]
    yield [("hw.zip", tarred(("x.py", b"")))]
    yield [("hw.tar.gz", zipped(("x.py", b"")))]
    yield [("hw.zip", b"<html><script>alert(1)</script></html>")]


def accepted():
    polyglot = b"<html><script>alert(1)</script><!--" + zipped(("page.html", b"<script>alert(1)</script>"))
    yield [("hw.zip", polyglot)]
    yield [("work.py", b"\x7fELF"), ("picture.png", b"<svg onload=alert(1)>"), ("data.zip.txt", b"PK\x03\x04")]
    yield [("hw.zip", zipped(("x.py", b""), change=lambda info: setattr(info, "comment", b"PK" * 100)))]
