"""C10: stop itself, and try to stop the session

Stopped by: the clock is kept outside, and SIGKILL ends stopped processes too.
Expect: timeout
"""

import os
import signal


def attacked(numbers):
    for victim in (os.getppid(), 1):
        try:
            os.kill(victim, signal.SIGSTOP)
        except OSError:
            continue
    while True:
        os.kill(os.getpid(), signal.SIGSTOP)
