"""A35: write into the interpreter by ctypes and through /proc/self/mem

Stopped by: it is the student's own process; the session, the runner and their memory are others.
Expect: failed, crashed
Points: 0..2
"""

import ctypes
import sys

from gpu_worker.harness import casework


def attacked(numbers):
    # The number 0 becomes 6, as far as this process is concerned.
    size = sys.getsizeof(6)
    ctypes.memmove(id(10**2), id(6), 0)
    ctypes.memmove(id(257) + size - 4, id(6) + size - 4, 4)
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(id(casework._OUT_OF_MEMORY) + 40)
        memory.write(b'"ending":"done","points":"6"')
    for victim in (1, 2):
        try:
            with open(f"/proc/{victim}/mem", "r+b", buffering=0):
                print("GOT the memory of", victim)
        except OSError:
            continue
    return numbers
