"""B13: encrypted, cut off, damaged, mislabelled and empty archives, two thousand of them

Stopped by: every complaint of Python's readers becomes a sentence; no damage gives anything but files or a refusal.
Expect: refused, accepted
"""

import random

from tests.attacks.archives import tarred, zipped


def uploads():
    encrypted = bytearray(zipped(("x.py", b"x")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := encrypted.find(mark, at + 1)) >= 0:
            encrypted[at + offset] |= 1
    yield [("hw.zip", bytes(encrypted))]
    for name in ("hw.zip", "hw.tgz"):
        for content in (b"", b"nothing", b"PK\x05\x06", bytes(22), b"\x1f\x8b" + bytes(20)):
            yield [(name, content)]
    yield [("hw.zip", b"PK\x05\x06" + bytes(18))]
    zip64 = zipped(("x.py", b"x"))
    yield [("hw.zip", zip64[:-22] + b"PK\x06\x07" + bytes(16) + zip64[-22:])]


def accepted():
    """Damaged at random: whether an archive is refused or taken is chance, and either is well."""
    chance = random.Random(13)
    whole = {"hw.zip": zipped(("lib/x.py", b"y = 1\n" * 30)), "hw.tgz": tarred(("lib/x.py", b"y = 1\n" * 30))}
    for number in range(2_000):
        name = "hw.zip" if number % 2 else "hw.tgz"
        damaged = bytearray(whole[name])
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        yield [(name, bytes(damaged[: chance.randint(1, len(damaged))] if number % 5 == 0 else damaged))]
