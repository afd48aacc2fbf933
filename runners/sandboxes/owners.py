"""Which runner process something on this host belongs to, and whether that process still lives."""

import os
from pathlib import Path


def this_process() -> str:
    """Return a text that names this process and, after it has gone, never another one."""
    return f"{_home()}:{os.getpid()}:{start_time(os.getpid())}"


def is_gone(owner: str) -> bool:
    """Whether the process is certainly gone; of one in another pid namespace or on another boot nothing is known."""
    home, _, process = owner.rpartition(":")
    home, _, number = home.rpartition(":")
    return home == _home() and number.isdigit() and start_time(int(number)) != process


def start_time(number: int) -> str:
    """Return when a process started, in the kernel's own ticks, or a word when there is none."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "gone"


def _home() -> str:
    """Return what process numbers are relative to: the pid namespace of this boot."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{Path('/proc/self/ns/pid').readlink()}".replace(":[", "-").rstrip("]")
