"""E06: write to the interpreter that runs it, and to the kernel's files

Stopped by: everything but two small folders in memory is read-only or somebody else's.
"""

import os

PATHS = [
    "/proc/self/exe",
    "/proc/1/exe",
    "/opt/python/bin/python3",
    "/opt/coursehub/gpu_worker/harness/session.py",
    "/opt/site/numpy/__init__.py",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sysrq-trigger",
    "/proc/sys/vm/overcommit_memory",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/release_agent",
    "/sys/fs/cgroup/memory/release_agent",
    "/sys/fs/cgroup/cgroup.procs",
    "/proc/1/oom_score_adj",
    "/etc/ld.so.preload",
    "/etc/passwd",
    "/dev/mem",
    "/dev/kmsg",
    "/dev/sda",
    "/job/submission/attack.py",
]


def attacked(numbers):
    for path in PATHS:
        for flags in (os.O_WRONLY, os.O_RDWR | os.O_CREAT):
            try:
                os.close(os.open(path, flags))
                print("GOT", path)
            except OSError:
                continue
    for path in ("/opt/coursehub", "/opt/site/numpy", "/job", "/job/submission", "/etc", "/lib", "/"):
        for attempt in (lambda p: os.mkdir(p + "/new"), lambda p: os.rename(p, p + "x"), lambda p: os.chmod(p, 0o777)):
            try:
                attempt(path)
                print("GOT", path)
            except OSError:
                continue
    return numbers
