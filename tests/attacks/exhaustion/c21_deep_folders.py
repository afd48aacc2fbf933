"""C21: nest folders deeper than recursion and paths reach, with names of full length, closed to their owner

Stopped by: what is left is moved up and emptied step by step, and a jail that cannot be emptied is not used again.
"""

import os


def attacked(numbers):
    for top in ("/tmp", "/dev/shm"):
        os.chdir(top)
        try:
            for number in range(1_500):
                name = "é" * 100 if number % 2 else "d\n" * 100
                os.mkdir(name)
                os.chdir(name)
                if number % 7 == 0:
                    os.symlink("..", "link")
                    os.mkfifo("pipe")
                if number % 50 == 0:
                    os.chmod("..", 0)
        except OSError:
            continue
    return numbers
