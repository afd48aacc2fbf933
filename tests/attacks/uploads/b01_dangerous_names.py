"""B01: names that lead out, to a device, to another file, or look like something else

Stopped by: one strict rule for names, the same for browsers, programs and archives, and another in the sandbox.
Expect: refused
"""

from tests.attacks.archives import tarred, zipped

NAMES = """../x.py
../../etc/passwd|a/../../x.py|a/..|/etc/passwd|//server/x|C:\\x.py|C:/x.py|c:x|a\\b.py|..\\x.py|~/x.py
~root/x|a/~b|a//b.py|a/./b.py|x.py.|x.py |a /b.py|con|NUL.txt|a/com1|Lpt9.py|x?.py|x*.py|<script>.py|x.py:stream"""
STRANGE = ["x\x00.py", "x\n.py", "x\r\nSet-Cookie: a=b", "x\x1b[31m.py", "x\u202eyp.exe", "x\u2066.py", "x\u200b.py"]
STRANGE += ["x\ufeff.py", "x\u2028.py", "x\ue000.py", "a|b.py", 'x".py', "\x7f.py"]


def uploads():
    for name in [*NAMES.replace("\n", "|").split("|"), *STRANGE]:
        yield [("work.py", b""), (name, b"x = 1")]
        if "\x00" not in name:  # which ends a name in an archive
            yield [("hw.tar.gz", tarred((name, b"x = 1")))]
            yield [("hw.zip", zipped((name, b"x = 1")))]


def inside():
    for name in (
        "../x.py",
        "/x.py",
        "a/../x.py",
        "a\\b.py",
        "./x.py",
        "a//b.py",
        "x\0.py",
        "",
        "x" * 300,
        "d/" * 20 + "x",
    ):
        yield {name: b"x = 1"}
