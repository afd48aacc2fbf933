"""E10: type into a terminal that is shared with the host

Stopped by: there is no terminal, and the session is a new one.
"""

import fcntl
import os
import termios


def attacked(numbers):
    for path in ("/dev/tty", "/dev/console", "/dev/ptmx", "/dev/tty0", "/dev/pts/0"):
        try:
            os.open(path, os.O_RDWR | os.O_NOCTTY)
            if path != "/dev/ptmx":  # a container may make terminals of its own
                print("GOT", path)
        except OSError:
            continue
    for number in range(4):
        for request, argument in ((termios.TIOCSTI, b"x"), (termios.TIOCSCTTY, 1), (termios.TIOCLINUX, b"\3")):
            try:
                fcntl.ioctl(number, request, argument)
                print("GOT the terminal at", number)
            except OSError:
                continue
    return numbers
