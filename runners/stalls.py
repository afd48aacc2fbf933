"""How long this host stood still: a time limit that ran meanwhile says nothing about a submission.

A thread sleeps for a tenth of a second and looks how late it woke. A frozen virtual machine, a suspended process and
a starved processor all show as lateness; what a submission does in its jail does not, within the share that it has.
"""

import threading
import time
from collections import deque

TICK_SECONDS = 0.1
NOTICED_SECONDS = 0.2
"""Lateness below this is ordinary scheduling."""
REMEMBERED = 1_000
SHARE = 0.25
"""A limit counts as spoilt when the host stood still for this much of it."""


class StallWatch:
    """Remembers when this process was kept from running, and for how long. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stalls: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        self._last_tick = 0.0
        self._is_watching = False

    def begin(self) -> float:
        """Watch from now on at the latest; return this moment, for ``spoilt``."""
        with self._lock:
            if not self._is_watching:
                self._is_watching = True
                self._last_tick = time.monotonic()
                threading.Thread(target=self._watch, name="stall-watch", daemon=True).start()
        return time.monotonic()

    def spoilt(self, limit_seconds: float, *, since: float) -> bool:
        """Whether the host stood still for so long since then that a limit of these seconds proves nothing."""
        with self._lock:
            now = time.monotonic()
            # The last one is not noted yet where the watch itself has not woken.
            stalls = [*self._stalls, (now, self._lateness(now))]
        return sum(max(0.0, min(seconds, ended - since)) for ended, seconds in stalls) >= SHARE * limit_seconds

    def _watch(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            with self._lock:
                now = time.monotonic()
                if late := self._lateness(now):
                    self._stalls.append((now, late))
                self._last_tick = now

    def _lateness(self, now: float) -> float:
        late = now - self._last_tick - TICK_SECONDS
        return late if late >= NOTICED_SECONDS else 0.0


HOST = StallWatch()
"""The watch of this process."""
