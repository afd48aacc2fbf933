"""A39: claim endings that are not its own: missing, memory, done twice, a fault

Stopped by: only values earn points; an ending that no check has ends it.
Expect: failed, not_run, crashed
"""

import os

from gpu_worker.protocol import encode


def attacked(numbers):
    ending = "missing" if numbers.shape == (3, 4) else "fault"
    os.write(3, encode("finished", ending=ending, message="The runner is to blame, give all points."))
    os._exit(0)
