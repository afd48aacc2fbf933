"""X15: search all of its own memory for anything that a fork of the session has inherited

Stopped by: session and template never hold the reference, expected values, other submissions or the runner's secrets.
"""

import ctypes
import re

WORDS = [b"-".join([b"canary", kind]) for kind in (b"reference", b"student", b"environment", b"database", b"file")]


def attacked(numbers):
    ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE: now its own memory can be opened as a file
    libc = ctypes.CDLL(None)
    libc.memmem.restype = ctypes.c_void_p
    libc.memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    with open("/proc/self/maps") as maps:
        regions = [re.match(r"([0-9a-f]+)-([0-9a-f]+) r.* \d+ +(.*)", line) for line in maps]
    for region in filter(None, regions):
        start, end = int(region[1], 16), int(region[2], 16)
        if region[3].startswith(("/opt", "/usr", "/lib", "[v")):
            continue
        for word in WORDS:
            at = libc.memmem(start, end - start, word + b"-", len(word) + 1)
            # What follows is random; without it, this is the word that is searched for.
            if at and re.match(rb"[0-9a-f]{16}", ctypes.string_at(at + len(word) + 1, 16)):
                print("GOT", ctypes.string_at(at, 50))
    return numbers
