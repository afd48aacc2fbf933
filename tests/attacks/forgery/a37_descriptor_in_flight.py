"""A37: keep the pipe open beyond death, in the queue of a socket that is its own only reader

Stopped by: the kernel collects sockets that only hold each other; the pipe ends when the last process is gone.
"""

import array
import os
import socket


def attacked(numbers):
    ends = [socket.socketpair() for _ in range(20)]
    for one, other in ends:
        rights = array.array("i", [3, 1, one.fileno(), other.fileno()])
        one.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        other.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    if os.fork() == 0:
        os.setsid()
        os.execv("/opt/python/bin/python3", ["python3", "-I", "-S", "-c", "import time; time.sleep(99)"])
    return numbers
