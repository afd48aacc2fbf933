"""C05: fill the disk

Stopped by: only folders in memory can be written, and they have a size.
"""

import os


def attacked(numbers):
    written = 0
    for folder in ("/tmp", "/dev/shm", "/job", "/", "/var/tmp", "/run", "/opt/site"):
        try:
            for number in range(1_000):
                with open(f"{folder}/{number}", "wb", buffering=0) as file:
                    for _ in range(60):
                        written += file.write(bytes(1 << 20))
        except OSError:
            continue
    if written > 200 << 20:
        print("GOT", written >> 20, "MB")
    os.truncate("/tmp/0", 1 << 45)
