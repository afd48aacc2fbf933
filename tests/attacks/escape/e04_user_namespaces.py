"""E04: make a user namespace, in which everything else is allowed

Stopped by: the filter refuses the flags, and the call whose flags it cannot see is absent.
"""

import ctypes
import errno
import os

LIBC = ctypes.CDLL(None, use_errno=True)
FLAGS = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x08000000}
FLAGS |= {"uts": 0x04000000, "cgroup": 0x02000000, "time": 0x80}


def attacked(numbers):
    for name, flag in FLAGS.items():
        if LIBC.unshare(flag) != -1:
            print("GOT a namespace:", name)
        if name != "time":
            child = LIBC.syscall(56, flag | 17, 0, 0, 0, 0)
            if child == 0:
                os._exit(0)
            if child != -1:
                print("GOT a namespace by clone:", name)
    arguments = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
    if LIBC.syscall(435, arguments, 88) != -1 or ctypes.get_errno() != errno.ENOSYS:
        print("GOT clone3")
    try:
        open("/proc/self/uid_map", "w").write("0 0 1")
        print("GOT a map of users")
    except OSError:
        pass
    return numbers
