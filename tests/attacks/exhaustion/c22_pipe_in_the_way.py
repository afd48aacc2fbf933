"""C22: put a pipe where the session looks for compiled files, so that it waits for ever

Stopped by: the session looks what a path is before it opens it, and never waits for a submission.
"""

import os
import shutil

shutil.rmtree("/tmp/compiled", ignore_errors=True)
try:
    os.mkfifo("/tmp/compiled")
except OSError:
    pass


def attacked(numbers):
    os.mkfifo("/tmp/pipe")
    return numbers
