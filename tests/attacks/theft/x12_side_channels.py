"""X12: learn about other jobs from load, times and counters of the host

Stopped by: little: load and free memory of the host can be read, as on any shared machine; names and users cannot.
Note: accepted. It tells that somebody is graded, not who or what; a grading host grades, and does nothing else.
"""

import os


def attacked(numbers):
    for path in ("/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/self/cgroup"):
        try:
            with open(path) as file:
                print(path, len(file.read()))
        except OSError:
            continue
    for path in ("/proc/sched_debug", "/proc/timer_list", "/proc/kallsyms", "/proc/kcore", "/proc/kmsg", "/proc/keys"):
        try:
            with open(path, "rb") as file:
                content = file.read(4096)
        except OSError:
            continue
        if content.strip(b"0 \n") and b"canary" in content:
            print("GOT", path)
    os.stat("/dev/null")
    return numbers
