"""E07: leave by a descriptor of a folder outside that somebody forgot to close

Stopped by: nothing is inherited but three pipes' ends, and the working folder is the jail's own.
"""

import os


def attacked(numbers):
    for number in range(3, 1024):
        for way in ("", "/..", "/../../../../etc"):
            path = f"/proc/self/fd/{number}{way}"
            try:
                os.chdir(path)
                print("GOT", path, os.getcwd())
            except OSError:
                continue
    if os.getcwd() != "/tmp":
        print("GOT", os.getcwd())
    above = os.stat("/..")
    if (above.st_dev, above.st_ino) != (os.stat("/").st_dev, os.stat("/").st_ino):
        print("GOT a folder above the root")
    return numbers
