"""How many warm things of each kind to keep: by what was asked for lately, and by the memory that is free."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

DEMAND_SECONDS = 120.0
"""How long a rush is remembered."""
RESERVED_SHARE = 1 / 8
RESERVED_BYTES = 512 << 20
"""This much memory, or that share of all if it is more, is never used for what only waits."""

Kind = TypeVar("Kind", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What this host has, in bytes."""

    total_bytes: int
    available_bytes: int

    @property
    def room_bytes(self) -> int:
        """What may still be used for things that only wait; negative where too much is in use."""
        return self.available_bytes - max(RESERVED_BYTES, int(self.total_bytes * RESERVED_SHARE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Generic[Kind]):
    """What one kind would like, and what it costs."""

    kind: Kind
    wanted: int
    waiting: int
    each_bytes: int


def host_memory() -> Memory:
    """Read what the kernel says of this host's memory. Raises ``OSError``."""
    sizes = {}
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, size = line.partition(":")
        sizes[name] = int(size.split()[0]) * 1024
    return Memory(total_bytes=sizes["MemTotal"], available_bytes=sizes["MemAvailable"])


def wanted(taken_at: Sequence[float], *, now: float, make_seconds: float, most: int) -> int:
    """Return how many should wait so that a rush like the latest one finds each of its things ready.

    ``taken_at`` are the moments of earlier takings in order. It is one more than were ever taken within the time that
    it takes to make one and the next, and at most ``most``.
    """
    span = 2 * max(make_seconds, 0.5)
    lately = [moment for moment in taken_at if moment >= now - DEMAND_SECONDS]
    first = busiest = 0
    for last, moment in enumerate(lately):
        while lately[first] < moment - span:
            first += 1
        busiest = max(busiest, last - first + 1)
    return min(most, 1 + busiest)


def shares(wishes: Iterable[Wish[Kind]], *, room_bytes: int) -> dict[Kind, int]:
    """Share out the room: one of each kind first, in the order given, then another of each, while they fit.

    ``room_bytes`` is what is free beside those that wait already; theirs is shared out anew.
    """
    wishes = list(wishes)
    room_bytes += sum(wish.waiting * wish.each_bytes for wish in wishes)
    given = {wish.kind: 0 for wish in wishes}
    open_wishes = wishes
    while open_wishes:
        for wish in open_wishes:
            if given[wish.kind] < wish.wanted and wish.each_bytes <= room_bytes:
                given[wish.kind] += 1
                room_bytes -= wish.each_bytes
        open_wishes = [wish for wish in open_wishes if given[wish.kind] < wish.wanted and wish.each_bytes <= room_bytes]
    return given
