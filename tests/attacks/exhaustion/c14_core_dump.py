"""C14: leave a core dump of everything in memory

Stopped by: the core limit is 0, and the process may not be dumped.
Expect: crashed
Note: a `core_pattern` that is a pipe ignores the limit: on a grading host, keep it a file name.
"""

import ctypes
import os
import resource


def attacked(numbers):
    ballast = bytearray(b"x") * (64 << 20)
    ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (1 << 40, 1 << 40))
        print("GOT a core limit")
    except (OSError, ValueError):
        pass
    os.chdir("/dev/shm" if numbers.shape == (3, 4) else "/tmp")
    os.abort()
    return ballast


def count(numbers):
    return len([name for name in os.listdir("/dev/shm") + os.listdir("/tmp") if "core" in name])
