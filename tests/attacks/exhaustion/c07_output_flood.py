"""C07: print without end and without a line break

Stopped by: the beginning and the end are kept, the middle is counted, and above 8 MB the check is stopped.
Expect: crashed
"""

import os


def attacked(numbers):
    while True:
        os.write(1, b"x" * 65_536)
