"""How many warm things of each kind to keep, and when to make one more: pure rules.

Two wishes are told apart. What the latest rush took is *wanted*, and may use all memory but the reserve. Beyond that a
stock is *welcome*, so that the first rush of the evening finds one too: as many as are allowed of what takes long to
make, while all that wait together use no more than a share of the free memory. A host with much free memory so keeps
deep shelves, and gives them up as that memory is needed.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

DEMAND_SECONDS = 120.0
"""How long a rush is remembered."""
STOCK_DEMAND_SECONDS = 3_600.0
"""A kind that nobody took for so long is kept in no stock."""
FULL_STOCK_SECONDS = 2.0
"""Of what takes so long to make as many are kept in stock as are allowed; of what is quicker, in proportion fewer."""
RESERVED_SHARE = 1 / 8
RESERVED_BYTES = 512 << 20
"""This much memory, or that share of all if it is more, is never used for what only waits."""
STOCK_SHARE = 1 / 4
"""The stock ends where all that wait use this share of the memory that would be free without them."""
IDLE_SECONDS = 10.0
"""Nobody has taken any for so long: this host is idle."""
QUIET_SECONDS = 1.0
"""After one was taken nothing is made for so long, where others of that kind wait."""

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
    """For a rush like the latest one."""
    welcome: int = 0
    """In all, while memory is plentiful."""
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


def welcome(taken_at: Sequence[float], *, now: float, make_seconds: float, most: int) -> int:
    """Return how many may wait in stock, where memory is plentiful; none of a kind that nobody takes any more."""
    if not taken_at or taken_at[-1] < now - STOCK_DEMAND_SECONDS:
        return 0
    return min(most, math.ceil(most * make_seconds / FULL_STOCK_SECONDS))


def shares(wishes: Iterable[Wish[Kind]], *, memory: Memory, slack_bytes: int = 0) -> dict[Kind, int]:
    """Share out the memory: one of each kind first, in the order given, then another of each, while they fit.

    First what is wanted, then what is welcome. ``memory`` is as it is with those that wait; theirs is shared out anew.
    ``slack_bytes`` is how much more there is taken to be.
    """
    wishes = list(wishes)
    held_bytes = sum(wish.waiting * wish.each_bytes for wish in wishes)
    given = {wish.kind: 0 for wish in wishes}
    room_bytes = memory.room_bytes + held_bytes + slack_bytes
    room_bytes -= _add(given, {wish.kind: wish.wanted for wish in wishes}, wishes, room_bytes)
    used_bytes = sum(given[wish.kind] * wish.each_bytes for wish in wishes)
    stock_bytes = int((memory.available_bytes + held_bytes) * STOCK_SHARE) + slack_bytes - used_bytes
    _add(given, {wish.kind: wish.welcome for wish in wishes}, wishes, min(room_bytes, stock_bytes))
    return given


def _add(given: dict[Kind, int], goal: dict[Kind, int], wishes: Iterable[Wish[Kind]], room_bytes: int) -> int:
    """Give more, one of each in turn, up to the goals; return the bytes that this takes of the room."""
    left_bytes = room_bytes

    def fits(wish: Wish[Kind]) -> bool:
        return given[wish.kind] < goal[wish.kind] and wish.each_bytes <= left_bytes

    while open_wishes := [wish for wish in wishes if fits(wish)]:
        for wish in open_wishes:
            if fits(wish):
                given[wish.kind] += 1
                left_bytes -= wish.each_bytes
    return room_bytes - left_bytes


def is_quiet_time(now: float, *, last_taken_at: float, waiting: int) -> bool:
    """Whether to leave the machine to the submission that has just begun, because the next one will find its own."""
    return waiting > 0 and now < last_taken_at + QUIET_SECONDS


def at_once(processors: int, *, idle_seconds: float) -> int:
    """Return how many may be made side by side, so long after one was taken last.

    Few while somebody is graded, who needs the same processors; a few more on a host that has nothing else to do.
    """
    if idle_seconds < IDLE_SECONDS:
        return max(1, min(2, processors - 1), processors // 8)
    return max(1, min(2, processors), processors // 4)
