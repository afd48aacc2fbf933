"""A22: send one byte of an answer at a time, for ever

Stopped by: the time limit is for the whole check, not for the next byte.
Expect: timeout
"""

import os
import time

from gpu_worker.protocol import encode


def attacked(numbers):
    for byte in encode("record", name="sums", rule={}, value=[0] * 1_000):
        os.write(3, bytes([byte]))
        time.sleep(0.05)
