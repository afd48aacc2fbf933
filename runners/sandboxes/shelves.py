"""What the pool keeps: something warm or warming, how it is made, and the shelf with those of one kind."""

import logging
from collections import deque
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from runners.sandboxes.base import SandboxFault

REMEMBERED = 256

log = logging.getLogger(__name__)


class Warm(Protocol):
    """Something that waits to be used."""

    @property
    def is_usable(self) -> bool:
        """Whether it still waits."""

    @property
    def is_warm(self) -> bool:
        """Whether it has done all that can be done ahead."""

    def promote(self) -> None:
        """Give it what it is used with, where it was made with less. Raises ``SandboxFault``; may be called again."""

    def used_bytes(self) -> int | None:
        """Return the memory that it uses, or None where nobody knows."""

    def close(self) -> None:
        """Give it up."""


Thing = TypeVar("Thing", bound=Warm)
Kind = TypeVar("Kind", bound=Hashable, contravariant=True)
MadeThing = TypeVar("MadeThing", bound=Warm, covariant=True)


class Making(Protocol[Kind, MadeThing]):
    """How a thing is made."""

    def __call__(self, kind: Kind, *, ahead: bool) -> MadeThing:
        """Make one; ``ahead``: it need not be as it is used before it is promoted. Raises ``SandboxFault``."""


class Shelf(Generic[Thing]):
    """The things of one kind that wait, each with the moment since when, and what is known of the kind."""

    def __init__(self, guessed_bytes: int) -> None:
        self.waiting: deque[tuple[float, Thing]] = deque()
        self.warming: deque[tuple[float, Thing]] = deque()
        self.taken_at: deque[float] = deque(maxlen=REMEMBERED)
        self.make_seconds = 1.0
        self.each_bytes = guessed_bytes
        self.measured_at = float("-inf")

    @property
    def count(self) -> int:
        """How many there are, warm or warming."""
        return len(self.waiting) + len(self.warming)

    def take(self) -> Thing | None:
        """Take out one that is ready, or else the one that has been warming for longest."""
        for those in (self.waiting, self.warming):
            if those:
                return those.popleft()[1]
        return None

    def settle(self, made: tuple[float, Thing], now: float) -> None:
        """Put one that is warm among those that are ready, unless somebody has taken it meanwhile."""
        if made in self.warming:
            self.warming.remove(made)
            self.waiting.append((now, made[1]))


def promoted(thing: Warm) -> bool:
    """Promote it, and return whether that could be done."""
    try:
        thing.promote()
    except SandboxFault as fault:
        log.warning("A sandbox that waited could not be made ready: %s", fault)
        return False
    return True
