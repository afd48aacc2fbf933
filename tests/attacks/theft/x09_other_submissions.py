"""X09: find what other students' submissions have left, or hold at this moment

Stopped by: a jail is used once; its folders, shared memory and names are its own.
Note: another submission runs beside this one, with its secret in memory, in `/tmp` and in `/dev/shm`.
"""

import ctypes
import os

WORD = b"-".join([b"canary", b"student"])


def attacked(numbers):
    for top in ("/tmp", "/dev/shm", "/job", "/var", "/run", "/home", "/root", "/mnt", "/srv", "/dev/mqueue"):
        for folder, _, names in os.walk(top):
            for name in names:
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        if WORD in file.read(1 << 20) or name == "mine":
                            print("GOT", folder, name)
                except OSError:
                    continue
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (29, 64, 68):  # shmget, semget, msgget
        for key in range(1, 200):
            if libc.syscall(call, key, 0, 0) != -1:
                print("GOT System V memory", key)
    for kind in ("shm", "sem", "msg"):
        with open(f"/proc/sysvipc/{kind}") as rows:
            if len(rows.readlines()) > 1:
                print("GOT", kind)
    return numbers
