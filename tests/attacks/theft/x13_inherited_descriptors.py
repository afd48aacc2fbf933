"""X13: use descriptors that were left open

Stopped by: a check has five: nothing to read, its output twice, its values, and what it opens itself.
"""

import os


def attacked(numbers):
    for number in range(4096):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if number > 3 or not target.startswith(("pipe:", "/dev/null")):
            print("GOT", number, target)
        try:
            os.fchdir(number)
            print("GOT a folder at", number)
        except OSError:
            continue
    return numbers
