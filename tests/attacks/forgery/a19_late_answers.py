"""A19: answer for the next check, from a thread and a process that go on after the last word

Stopped by: after a check's last word every further byte ends it, and all its processes are killed before the next.
Expect: failed, crashed
"""

import os
import threading
import time

from gpu_worker.protocol import encode

FORGED = encode("record", name="sums", rule={"kind": "exact"}, value=1.0) + encode(
    "finished", ending="done", message=""
)


def keep_writing():
    while True:
        try:
            os.write(3, FORGED)
        except OSError:
            return
        time.sleep(0.001)


def attacked(numbers):
    threading.Thread(target=keep_writing, daemon=True).start()
    if os.fork() == 0:
        os.setsid()
        time.sleep(0.02)
        keep_writing()
    return numbers
