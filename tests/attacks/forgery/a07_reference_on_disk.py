"""A07: read reference, manifest and expected values from any file, folder or descriptor in reach

Stopped by: they are not in the sandbox; its image and its binds hold interpreter, packages and harness only.
Note: the visible case code is in the jail on purpose; what is looked for is the reference's own text.
"""

import os

WORD = b"-".join([b"canary", b"reference"])
SKIPPED = ("/proc", "/sys", "/opt/site", "/usr/share", "/opt/python/lib")


def places():
    for top, folders, names in os.walk("/"):
        folders[:] = [folder for folder in folders if not os.path.join(top, folder).startswith(SKIPPED)]
        yield from (os.path.join(top, name) for name in names)
    for number in filter(str.isdigit, os.listdir("/proc")):
        for inner in ("cwd", "root", "fd", "environ", "cmdline", "map_files"):
            path = f"/proc/{number}/{inner}"
            try:
                yield from [f"{path}/{name}" for name in os.listdir(path)]
            except OSError:
                yield path


def attacked(numbers):
    for path in places():
        try:
            if not os.path.isfile(path) or os.path.getsize(path) > 1 << 20:
                continue
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            continue
        if WORD in content or path.endswith(("manifest.json", "suite.toml")) and b"attacked" in content:
            print("GOT", path, content[:200])
    return numbers
