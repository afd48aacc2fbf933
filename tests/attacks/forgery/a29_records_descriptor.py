"""A29: duplicate, reopen, close and replace the pipe that carries the values

Stopped by: whatever arrives on it is one check's claim, and a claim is compared.
Expect: failed, crashed
"""

import fcntl
import os
import resource

from gpu_worker.protocol import encode


def attacked(numbers):
    try:
        other = os.open("/proc/self/fd/3", os.O_RDWR)
        os.write(other, encode("record", name="sums", rule={"kind": "exact"}, value=[1.0]))
        os.read(other, 1 << 16)
    except OSError:
        pass
    fcntl.fcntl(3, 1031, 1 << 20)  # F_SETPIPE_SZ
    copies = [os.dup(3) for _ in range(50)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
    os.closerange(0, 3)
    os.dup2(os.memfd_create("answers"), 3)
    os.write(copies[0], encode("finished", ending="done", message=""))
    return numbers
