"""A25: keep something for a later check: in files, shared memory, compiled code, or folders closed to the wipe

Stopped by: a check is a process of its own; everything that it leaves is killed, wiped and looked for again.
"""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def attacked(numbers):
    seen = [f"{folder}/{name}" for folder in ("/tmp", "/dev/shm") for name in os.listdir(folder)]
    if LIBC.shmget(0x5EC, 4096, 0o600) != -1 or LIBC.msgget(0x5EC, 0o600) != -1:
        seen.append("System V memory")
    if "kept" in os.environ or hasattr(attacked, "kept"):
        seen.append("the process")
    if seen:
        print("GOT", seen)
    os.environ["kept"] = attacked.kept = "yes"
    LIBC.shmget(0x5EC, 4096, 0o1600), LIBC.msgget(0x5EC, 0o1600)
    for folder in ("/tmp/compiled/job/submission", "/tmp/a/b/c", "/dev/shm/a/b/c"):
        os.makedirs(folder)
        open(f"{folder}/kept", "w").close()
    for folder in ("/tmp/a/b/c", "/tmp/a/b", "/tmp/a", "/dev/shm/a/b"):
        os.chmod(folder, 0)
    return numbers
