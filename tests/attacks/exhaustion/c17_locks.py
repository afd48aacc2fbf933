"""C17: lock files that jails share, so that others wait, or to tell them something

Stopped by: nothing that anybody waits for; shared files are read-only, and nobody of ours locks them.
Note: two jails of one host can still signal each other by a lock on a shared file; accepted, and said here.
"""

import fcntl
import glob


def attacked(numbers):
    kept = []
    for path in ["/opt/coursehub/gpu_worker/protocol.py", "/dev/null", *glob.glob("/opt/site/numpy/*.py")]:
        file = open(path, "rb")
        kept.append(file)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.fcntl(file, 1024, fcntl.F_RDLCK)  # F_SETLEASE
            print("GOT a lease on", path)
        except OSError:
            continue
    return numbers
