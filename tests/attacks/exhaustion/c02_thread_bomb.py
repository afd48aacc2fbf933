"""C02: start threads without end

Stopped by: threads count as processes do.
Expect: failed, timeout, crashed, memory
"""

import threading
import time


def attacked(numbers):
    started = 0
    while started < 100_000:
        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
        started += 1
    print("GOT", started, "threads")
