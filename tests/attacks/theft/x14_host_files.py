"""X14: read files of the host: passwords, keys, home folders, the runner's own code, a file that everybody may read

Stopped by: only interpreter, packages and harness are there, read-only; the user has no group.
"""

import glob
import os

PATHS = [
    "@FILE@",
    "/etc/shadow",
    "/root/.bashrc",
    "/root/.ssh",
    "/home",
    "/work",
    "/proc/1/root/etc/shadow",
    "/proc/self/root/@FILE@",
    "/var/lib/docker",
    "/var/lib/postgresql",
    "/opt/coursehub/runners",
    "/opt/coursehub/gpu_worker/suites",
    "/sys/kernel/debug",
    "/sys/fs/cgroup/memory/docker",
    "/.env",
    "/run/secrets",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
]


def attacked(numbers):
    for path in PATHS:
        try:
            found = glob.glob(path + "/*") if os.path.isdir(path) else open(path, "rb").read(200)
        except OSError:
            continue
        if found:
            print("GOT", path, found)
    if os.getgroups() not in ([], [os.getgid()]):
        print("GOT groups", os.getgroups())
    return numbers
