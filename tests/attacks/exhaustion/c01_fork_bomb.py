"""C01: fork without end

Stopped by: a limit of processes per user and per jail; the whole pid namespace or container is killed.
Expect: timeout, crashed, memory
"""

import os


def attacked(numbers):
    while True:
        try:
            os.fork()
        except OSError:
            continue
