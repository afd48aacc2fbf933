"""How much memory all processes of a case use together, where no cgroup counts it."""

import os
import time

EVERY_SECONDS = 0.1


class MemorySampler:
    """Looks at every process of this pid namespace now and then."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._own = str(os.getpid())
        # A fork shares these pages with the session until it writes to them, and they count in both.
        self._inherited = self._private_bytes(self._own)
        self._next = 0.0

    def is_over(self) -> bool:
        """Whether they use more than they may, as far as the last look can tell."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + EVERY_SECONDS
        processes = [name for name in os.listdir("/proc") if name.isdigit() and name != self._own]  # noqa: PTH208
        used = sum(max(self._private_bytes(name) - self._inherited, 0) for name in processes)
        return used > self._limit

    def _private_bytes(self, process: str) -> int:
        try:
            with open(f"/proc/{process}/statm") as sizes:  # noqa: PTH123
                _, resident, shared, *_ = map(int, sizes.read().split())
        except (OSError, ValueError):
            return 0
        return (resident - shared) * self._page
