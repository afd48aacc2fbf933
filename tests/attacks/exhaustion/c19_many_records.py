"""C19: record a million values under a million names

Stopped by: frames, bytes and values of one check are counted, here and in the runner.
Expect: crashed
Note: the catalogue's handles and attributes of a remote-call wire do not exist here; records are the nearest thing.
"""

import os

from gpu_worker.protocol import encode


def attacked(numbers):
    for number in range(1_000_000):
        os.write(3, encode("record", name=str(number), rule={"kind": "exact"}, value=number))
