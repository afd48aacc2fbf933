"""X11: carry out what is inside by what students are shown: output, errors, points, times

Stopped by: nothing secret is inside; a hidden check's output is not shown, and it runs in another jail.
Note: here it prints all that a check knows, its inputs, code and seed, and none of it is a secret.
"""

import sys


def attacked(numbers):
    frame = sys._getframe()
    while frame:
        for name, value in frame.f_locals.items():
            print(name, repr(value)[:300])
        frame = frame.f_back
    print(numbers.tobytes().hex())
    raise RuntimeError(numbers.tobytes().hex())
