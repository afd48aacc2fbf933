"""C13: use up descriptors, sockets, pipes and watches

Stopped by: a limit of descriptors per process, and of processes.
"""

import ctypes
import os
import socket


def attacked(numbers):
    opened = []
    for make in (os.pipe, socket.socketpair, lambda: (os.dup(0),), lambda: (ctypes.CDLL(None).inotify_init(),)):
        try:
            while len(opened) < 5_000:
                opened.extend(make())
                if opened[-1] == -1:
                    break
        except OSError:
            continue
    if len(opened) >= 5_000:
        print("GOT", len(opened), "descriptors")
    opened.clear()
    return numbers
