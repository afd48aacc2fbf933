"""X08: read memory, arguments, folders and descriptors of other processes

Stopped by: a pid namespace of its own; of the two processes in it that are not its own, nothing can be opened.
"""

import os


def attacked(numbers):
    for number in filter(str.isdigit, os.listdir("/proc")):
        if int(number) == os.getpid():
            continue
        for name in ("environ", "maps", "mem", "auxv", "stack", "syscall", "io", "pagemap"):
            try:
                with open(f"/proc/{number}/{name}", "rb") as file:
                    print("GOT", number, name, file.read(200))
            except OSError:
                continue
        for name in ("cwd", "root", "exe", "fd/0", "fd/1", "fd/3", "ns/pid"):
            try:
                print("GOT", number, name, os.readlink(f"/proc/{number}/{name}"))
            except OSError:
                continue
    if len([name for name in os.listdir("/proc") if name.isdigit()]) > 4:
        print("GOT a view of other processes")
    return numbers
