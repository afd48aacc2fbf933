"""A21: send frames that are too long, too deep, too many, or mean nothing

Stopped by: every length is checked against a cap before anything is reserved for it.
Expect: crashed, failed
"""

import os
import struct

HEADERS = [
    b"\xff\xff\xff\xff",
    struct.pack("<I", 2) + b"{}" + struct.pack("<Q", 2**64 - 1),
    struct.pack("<I", 40_000) + b"[" * 20_000 + b"]" * 20_000 + bytes(8),
]


def attacked(numbers):
    for header in HEADERS if numbers.shape == (3, 4) else HEADERS[1:]:
        os.write(3, header)
    return numbers
