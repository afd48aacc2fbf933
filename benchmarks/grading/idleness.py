"""Waiting until this machine has nothing to do."""

import time
from pathlib import Path

WINDOW_SECONDS = 2.0
WINDOWS = 2
BUSY_SHARE = 0.1
MOST_SECONDS = 120.0


def wait_until_idle() -> float:
    """Wait until the processors have been nearly idle for a few seconds, or for two minutes; return the seconds."""
    begin = time.monotonic()
    quiet = 0
    while quiet < WINDOWS and time.monotonic() - begin < MOST_SECONDS:
        quiet = quiet + 1 if _busy_share() < BUSY_SHARE else 0
    return time.monotonic() - begin


def _busy_share() -> float:
    busy, total = _ticks()
    time.sleep(WINDOW_SECONDS)
    busy_later, total_later = _ticks()
    return (busy_later - busy) / max(1, total_later - total)


def _ticks() -> tuple[int, int]:
    """Return how long the processors have worked, and how long they have been there."""
    user, nice, system, idle, waiting, *others = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    total = user + nice + system + idle + waiting + sum(others)
    return total - idle - waiting, total
