"""C09: never end: in Python, asleep, and in C code that does not look up

Stopped by: a time limit that the session keeps, and another one that the runner keeps.
Expect: timeout
"""

import time


def attacked(numbers):
    if numbers.shape == (3, 4):
        (9**9**8) % 7
    time.sleep(10_000)
