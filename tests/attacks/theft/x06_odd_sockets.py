"""X06: use kinds of sockets and rings that filters forget

Stopped by: a filter lets through Unix and internet sockets only; rings, keys and tracing are refused.
"""

import ctypes
import socket

LIBC = ctypes.CDLL(None, use_errno=True)
HARMLESS = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6}


def attacked(numbers):
    for family in range(1, 46):
        for kind in (1, 2, 3, 5):
            for call, arguments in ((41, (family, kind, 0)), (53, (family, kind, 0, (ctypes.c_int * 2)()))):
                descriptor = LIBC.syscall(call, *arguments)
                if descriptor != -1 and family not in HARMLESS:
                    print("GOT", family, kind, "by call", call)
    for name, number in {
        "io_uring_setup": 425,
        "keyctl": 250,
        "add_key": 248,
        "bpf": 321,
        "perf_event_open": 298,
    }.items():
        if LIBC.syscall(number, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (1, 38):
            print("GOT", name, ctypes.get_errno())
    return numbers
