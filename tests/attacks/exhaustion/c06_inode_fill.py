"""C06: make files until nobody can make one, here or elsewhere

Stopped by: the folders that can be written have a number of files, `/dev/shm` in a container too.
Note: found with this catalogue; before, a container's `/dev/shm` took any number of empty files.
"""

import os


def attacked(numbers):
    for folder in ("/tmp", "/dev/shm"):
        made = 0
        try:
            while made < 20_000:
                os.close(os.open(f"{folder}/{made}", os.O_CREAT | os.O_WRONLY))
                made += 1
        except OSError:
            continue
        print("GOT", made, "files in", folder)
