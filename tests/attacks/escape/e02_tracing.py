"""E02: trace, read and write other processes

Stopped by: a filter refuses the calls, users differ, and the runner is in no namespace of the jail.
"""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def attacked(numbers):
    child = os.fork()
    if child == 0:
        LIBC.pause()
    buffer = ctypes.create_string_buffer(8)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    for number in [int(name) for name in os.listdir("/proc") if name.isdigit()] + [child]:
        for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
            if LIBC.ptrace(request, number, 0, 0) != -1:
                print("GOT a trace of", number)
        for call in (310, 311):  # process_vm_readv, process_vm_writev
            if number != os.getpid() and LIBC.syscall(call, number, vector, 1, vector, 1, 0) != -1:
                print("GOT the memory of", number)
        pidfd = LIBC.syscall(434, number, 0)  # pidfd_open
        if pidfd != -1 and LIBC.syscall(438, pidfd, 1, 0) != -1:  # pidfd_getfd
            print("GOT a descriptor of", number)
        if LIBC.syscall(312, os.getpid(), number, 1, 0, 0) != -1:  # kcmp
            print("GOT a comparison with", number)
    return numbers
