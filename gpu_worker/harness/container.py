"""What a template gives up of the container that it lives in, before the first submission comes.

Docker mounts more than a jail should see: message queues and terminals that all jails would share, the kernel's view
of the machine, the files with the host's names, and the folder of the very socket that the template has just used.
"""

from gpu_worker.harness import linux

KEPT = ("/", "/proc", "/dev", "/dev/shm")  # noqa: S108 - every jail mounts its own over the last


def strip() -> None:
    """Unmount everything but the image, its devices and /proc, which each jail covers. Raises ``OSError``."""
    # Later mounts lie on top of earlier ones.
    for target in reversed(_mounted()):
        if target not in KEPT and not target.startswith("/proc/"):
            linux.unmount(target)
    if left := [each for each in _mounted() if each not in KEPT and not each.startswith("/proc/")]:
        message = f"{left[0]} stays mounted."
        raise OSError(message)


def _mounted() -> list[str]:
    with open("/proc/self/mountinfo") as lines:  # noqa: PTH123 - the harness imports little
        # A path with a space or so in it is written with escapes, and Docker mounts none of ours there.
        return [line.split()[4] for line in lines]
