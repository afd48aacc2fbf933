"""C03: use memory without end, in one process and in many

Stopped by: a memory limit for the process, and one for all processes of the jail together.
Expect: memory
"""

import os


def attacked(numbers):
    if numbers.shape != (3, 4):
        for _ in range(5):
            os.fork()
    kept = []
    while True:
        kept.append(bytearray(b"x") * (16 << 20))
