"""C11: ignore every signal, and wait where only a fatal one wakes

Stopped by: the end is always SIGKILL to everything in the jail.
Expect: timeout
"""

import ctypes
import os
import signal
import time


def attacked(numbers):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    if ctypes.CDLL(None).vfork() == 0:  # its parent waits, uninterruptibly to all but death
        time.sleep(10_000)
    os._exit(0)
