"""C04: use memory that is no process's own: files in memory, shared mappings, anonymous files

Stopped by: folders in memory are small, and all of it counts against the jail's limit.
Expect: failed, memory, crashed, timeout
"""

import mmap
import os


def attacked(numbers):
    kept, total = [], 0
    for place in ("/dev/shm/big", "/tmp/big"):
        try:
            with open(place, "wb", buffering=0) as file:
                while file.write(bytes(1 << 20)):
                    total += 1
        except OSError:
            continue
    if total > 200:
        print("GOT", total, "MB of files")
    for _ in range(1_000):
        anonymous = os.memfd_create("big")
        kept.append(anonymous)
        os.truncate(anonymous, 32 << 20)
        with mmap.mmap(anonymous, 32 << 20) as mapped:
            for page in range(0, 32 << 20, 4096):
                mapped[page] = 1
    print("GOT", len(kept) * 32, "MB of anonymous files")
