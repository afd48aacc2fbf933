"""Warm jails of each kind that is in use, made ahead by a thread of its own and handed out once.

How many are kept is decided anew each time that one is taken, and every few seconds (``warming.py``): as many as the
latest rush needed, while memory is free; with little of it none, and then a submission waits for its own.
"""

import contextlib
import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from runners.sandboxes.base import SandboxFault
from runners.sandboxes.warming import Memory, Wish, host_memory, shares, wanted

MAX_KINDS = 6
RETRY_SECONDS = 5.0
LOOK_SECONDS = 10.0
SETTLED_SECONDS = 5.0
"""Something that has waited for so long has done its imports, and shows what it costs."""
REMEMBERED = 256

log = logging.getLogger(__name__)


class Warm(Protocol):
    """Something that waits to be used."""

    @property
    def is_usable(self) -> bool:
        """Whether it still waits."""

    def used_bytes(self) -> int | None:
        """Return the memory that it uses, or None where nobody knows."""

    def close(self) -> None:
        """Give it up."""


Kind = TypeVar("Kind", bound=Hashable)
Thing = TypeVar("Thing", bound=Warm)


class _Shelf(Generic[Thing]):
    """The things of one kind that wait, and what is known of the kind."""

    def __init__(self, guessed_bytes: int) -> None:
        self.waiting: deque[tuple[float, Thing]] = deque()
        self.taken_at: deque[float] = deque(maxlen=REMEMBERED)
        self.make_seconds = 1.0
        self.each_bytes = guessed_bytes
        self.is_measured = False


class Pool(Generic[Kind, Thing]):
    """Keeps things of the last few kinds that were taken, at most ``most`` of each."""

    def __init__(
        self,
        make: Callable[[Kind], Thing],
        *,
        most: int,
        max_age_seconds: float,
        guessed_bytes: int,
        memory: Callable[[], Memory] = host_memory,
    ) -> None:
        self._make = make
        self._most = most
        self._max_age_seconds = max_age_seconds
        self._guessed_bytes = guessed_bytes
        self._memory = memory
        self._shelves: OrderedDict[Kind, _Shelf[Thing]] = OrderedDict()
        self._condition = threading.Condition()
        self._is_closed = False
        self._filler = threading.Thread(target=self._fill, name="pool", daemon=True)
        self._filler.start()

    def take(self, kind: Kind) -> Thing:
        """Return a warm one, or make one now. Raises what making raises."""
        taken_at = time.monotonic()
        while (thing := self._pop(kind, taken_at)) is not None:
            if thing.is_usable:
                return thing
            thing.close()
        return self._make(kind)

    def waiting(self, kind: Kind) -> int:
        """Return how many of a kind wait."""
        with self._condition:
            shelf = self._shelves.get(kind)
            return len(shelf.waiting) if shelf else 0

    def close(self) -> None:
        """Give up all that wait, and stop making more."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        self._filler.join()
        for shelf in self._shelves.values():
            for _, thing in shelf.waiting:
                thing.close()
        self._shelves.clear()

    def _pop(self, kind: Kind, taken_at: float) -> Thing | None:
        with self._condition:
            if self._is_closed:
                sentence = "This runner is closing."
                raise SandboxFault(sentence)
            shelf = self._shelves.setdefault(kind, _Shelf(self._guessed_bytes))
            self._shelves.move_to_end(kind)
            # One taking counts once, however many spoiled things it finds.
            if not shelf.taken_at or shelf.taken_at[-1] != taken_at:
                shelf.taken_at.append(taken_at)
            self._condition.notify()
            return shelf.waiting.popleft()[1] if shelf.waiting else None

    def _fill(self) -> None:
        while True:
            with self._condition:
                surplus = self._take_expired()
                kept = self._kept()
                # What is given up needs to be too much by one more than what is made, or both would go on for ever.
                surplus += self._take_surplus(self._kept(slack=1))
                kind = self._lacking(kept)
                unknown = self._unknown()
                if kind is None and unknown is None and not surplus and not self._is_closed:
                    self._condition.wait(min(self._max_age_seconds / 10, LOOK_SECONDS))
                if self._is_closed:
                    break
            for thing in surplus:
                thing.close()
            if unknown is not None:
                self._measure(*unknown)
            elif kind is not None and not self._add(kind):
                with self._condition:
                    self._condition.wait_for(lambda: self._is_closed, RETRY_SECONDS)
        for thing in surplus:
            thing.close()

    def _add(self, kind: Kind) -> bool:
        began = time.monotonic()
        try:
            thing = self._make(kind)
        except SandboxFault as fault:
            log.warning("A sandbox could not be made ready ahead: %s", fault)
            return False
        now = time.monotonic()
        with self._condition:
            shelf = self._shelves.get(kind)
            if not self._is_closed and shelf is not None:
                shelf.make_seconds = (shelf.make_seconds + now - began) / 2
                shelf.waiting.append((now, thing))
                return True
        with contextlib.suppress(SandboxFault):
            thing.close()
        return True

    def _measure(self, shelf: _Shelf[Thing], thing: Thing) -> None:
        used = thing.used_bytes()
        with self._condition:
            shelf.is_measured = True
            if used:
                shelf.each_bytes = used

    def _take_expired(self) -> list[Thing]:
        """Take out what has waited too long, and all of the kinds that were not asked for lately."""
        expired: list[Thing] = []
        while len(self._shelves) > MAX_KINDS:
            _, shelf = self._shelves.popitem(last=False)
            expired += [thing for _, thing in shelf.waiting]
        oldest = time.monotonic() - self._max_age_seconds
        for shelf in self._shelves.values():
            while shelf.waiting and shelf.waiting[0][0] < oldest:
                expired.append(shelf.waiting.popleft()[1])
        return expired

    def _kept(self, *, slack: int = 0) -> dict[Kind, int]:
        """Return how many of each kind should wait now, the kind that was asked for last coming first.

        ``slack`` is how many more there is taken to be room for.
        """
        now = time.monotonic()
        wishes = [
            Wish(
                kind=kind,
                wanted=wanted(shelf.taken_at, now=now, make_seconds=shelf.make_seconds, most=self._most),
                waiting=len(shelf.waiting),
                each_bytes=shelf.each_bytes,
            )
            for kind, shelf in reversed(self._shelves.items())
        ]
        room_bytes = self._memory().room_bytes + slack * max((wish.each_bytes for wish in wishes), default=0)
        return shares(wishes, room_bytes=room_bytes)

    def _take_surplus(self, kept: dict[Kind, int]) -> list[Thing]:
        surplus: list[Thing] = []
        for kind, shelf in self._shelves.items():
            while len(shelf.waiting) > kept[kind]:
                surplus.append(shelf.waiting.popleft()[1])
        return surplus

    def _lacking(self, kept: dict[Kind, int]) -> Kind | None:
        return next((kind for kind, number in kept.items() if len(self._shelves[kind].waiting) < number), None)

    def _unknown(self) -> tuple[_Shelf[Thing], Thing] | None:
        """Return something that has settled, of a kind whose cost is only guessed."""
        settled = time.monotonic() - SETTLED_SECONDS
        for shelf in self._shelves.values():
            if not shelf.is_measured and shelf.waiting and shelf.waiting[0][0] <= settled:
                return shelf, shelf.waiting[0][1]
        return None
