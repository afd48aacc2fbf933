"""A38: send millions of empty lists, which take three bytes each on the way and sixty in the runner

Stopped by: the values of one check are counted over all its frames, and too many end it.
Expect: crashed, timeout
Points: 2
Note: found with this catalogue; before, only the values of a single frame had a limit.
"""

import os
import struct

HEADER = b'{"kind":"record","fields":{"name":"%d","rule":{"m":{}},"value":[' + b"[]," * 90_000 + b"[]]}}"


def attacked(numbers):
    for number in range(500):
        header = HEADER.replace(b"%d", b"%d" % number, 1)
        rest = memoryview(struct.pack("<I", len(header)) + header + bytes(8))
        while rest:
            rest = rest[os.write(3, rest) :]
    return numbers
