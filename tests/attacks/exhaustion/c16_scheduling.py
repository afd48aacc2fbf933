"""C16: spin on every processor in many processes, with whatever priority it can get

Stopped by: each jail has the same share of the processors, a container one processor; no priority can be raised.
Expect: timeout
Note: found with this catalogue; before, a neighbour of a bubblewrap jail with thirty busy processes took ten times as
long. How long it takes now is in `benchmarks/`.
"""

import os


def attacked(numbers):
    for _ in range(24):
        if os.fork() == 0:
            break
    for attempt in (
        lambda: os.nice(-20),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),
        lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(99)),
    ):
        try:
            attempt()
            print("GOT a priority", flush=True)
        except OSError:
            continue
    os.sched_setaffinity(0, range(os.cpu_count()))
    while True:
        pass
