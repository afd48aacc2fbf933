"""Users that nobody else on a host has."""

import random
import threading

# Far above every user of a host and every range given to containers.
FIRST_UID, LAST_UID = 1_000_000_000, 2_000_000_000
UIDS = 4096


class Uids:
    """Pairs of users: one for a session, one for its cases."""

    def __init__(self) -> None:
        # Runners on one host do not know of each other, so each takes a range at random, one of 240,000.
        base = random.SystemRandom().randrange(FIRST_UID, LAST_UID, UIDS)
        self._free = [(base + offset, base + offset + 1) for offset in range(0, UIDS, 2)]
        self._lock = threading.Lock()

    def take(self) -> tuple[int, int]:
        """Return a free pair, the one that has been free for longest."""
        with self._lock:
            return self._free.pop(0)

    def give_back(self, pair: tuple[int, int]) -> None:
        """Make a pair free again."""
        with self._lock:
            self._free.append(pair)
