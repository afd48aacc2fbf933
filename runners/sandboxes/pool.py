"""Warm jails of each kind that is in use, made ahead by a thread of its own and handed out once.

Theory of operation
-------------------
A *shelf* holds what is ready of one kind, and beside it what is still *warming*: it has been made, and does its imports
with the least share of the processors that there is, one or two of all kinds at a time. When it says that it is warm it
is given the share that a submission has, and only then it is ready. Whoever finds nothing ready takes what is warming,
which from then on is as fast as one made on demand; and with none of either one is made.

How many are kept is decided anew each time that one is taken, and every few seconds (``warming.py``): as many as the
latest rush needed, and a stock beyond that while memory is plentiful. With little memory there are none, and then a
submission waits for its own.
"""

import contextlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from runners.sandboxes.base import SandboxFault
from runners.sandboxes.shelves import Making, Shelf, Warm, promoted
from runners.sandboxes.warming import (
    QUIET_SECONDS,
    Memory,
    Wish,
    at_once,
    host_memory,
    is_quiet_time,
    shares,
    wanted,
    welcome,
)

MAX_KINDS = 6
RETRY_SECONDS = 5.0
LOOK_SECONDS = 10.0
WARMING_LOOK_SECONDS = 0.05
SETTLED_SECONDS = 5.0
"""Something that has been ready for so long has taken all the memory that it takes, and shows what it costs."""
MEASURED_SECONDS = 60.0
"""How long a measurement counts: what one costs falls when others share its pages."""
LATE_SECONDS = 120.0
"""What has not said by then that it is warm is taken for it: an old image's harness does not say."""

log = logging.getLogger(__name__)


Kind = TypeVar("Kind", bound=Hashable)
Thing = TypeVar("Thing", bound=Warm)


class Pool(Generic[Kind, Thing]):
    """Keeps things of the last few kinds that were taken, at most ``most`` of each."""

    def __init__(
        self,
        make: Making[Kind, Thing],
        *,
        most: int,
        max_age_seconds: float,
        guessed_bytes: int,
        memory: Callable[[], Memory] = host_memory,
        processors: int | None = None,
    ) -> None:
        self._make = make
        self._most = most
        self._max_age_seconds = max_age_seconds
        self._guessed_bytes = guessed_bytes
        self._memory = memory
        self._processors = processors or os.cpu_count() or 1
        self._shelves: OrderedDict[Kind, Shelf[Thing]] = OrderedDict()
        self._last_taken_at = float("-inf")
        self._condition = threading.Condition()
        self._is_closed = False
        self._filler = threading.Thread(target=self._fill, name="pool", daemon=True)
        self._filler.start()

    def take(self, kind: Kind) -> Thing:
        """Return one that waits, or make one now. Raises what making raises."""
        taken_at = time.monotonic()
        while (thing := self._pop(kind, taken_at)) is not None:
            if thing.is_usable and promoted(thing):
                return thing
            thing.close()
        return self._make(kind, ahead=False)

    def waiting(self, kind: Kind) -> int:
        """Return how many of a kind are ready."""
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
            for _, thing in (*shelf.waiting, *shelf.warming):
                thing.close()
        self._shelves.clear()

    def _pop(self, kind: Kind, taken_at: float) -> Thing | None:
        with self._condition:
            if self._is_closed:
                sentence = "This runner is closing."
                raise SandboxFault(sentence)
            shelf = self._shelves.setdefault(kind, Shelf(self._guessed_bytes))
            self._shelves.move_to_end(kind)
            # One taking counts once, however many spoiled things it finds.
            if not shelf.taken_at or shelf.taken_at[-1] != taken_at:
                shelf.taken_at.append(taken_at)
            self._last_taken_at = taken_at
            self._condition.notify()
            return shelf.take()

    def _fill(self) -> None:
        while True:
            with self._condition:
                if self._is_closed:
                    return
                given_up = [*self._take_expired(), *self._take_spoiled(), *self._take_surplus()]
                warm = self._warm()
                unknown = self._unknown()
                kind = self._lacking()
                if not given_up and warm is None and unknown is None and kind is None:
                    self._condition.wait(self._pause())
                    continue
            for thing in given_up:
                thing.close()
            is_well = True
            if warm is not None:
                is_well = self._settle(*warm)
            elif unknown is not None:
                self._measure(*unknown)
            elif kind is not None:
                is_well = self._add(kind)
            if not is_well:
                with self._condition:
                    self._condition.wait_for(lambda: self._is_closed, RETRY_SECONDS)

    def _pause(self) -> float:
        """Return how long nothing is to be done unless one is taken."""
        if any(shelf.warming for shelf in self._shelves.values()):
            return WARMING_LOOK_SECONDS
        quiet = self._last_taken_at + QUIET_SECONDS - time.monotonic()
        return quiet if quiet > 0 else min(self._max_age_seconds / 10, LOOK_SECONDS)

    def _add(self, kind: Kind) -> bool:
        """Make one of this kind; return whether that could be done."""
        began = time.monotonic()
        try:
            thing = self._make(kind, ahead=True)
        except SandboxFault as fault:
            log.warning("A sandbox could not be made ready ahead: %s", fault)
            return False
        with self._condition:
            shelf = self._shelves.get(kind)
            if not self._is_closed and shelf is not None:
                shelf.warming.append((began, thing))
                return True
        with contextlib.suppress(SandboxFault):
            thing.close()
        return True

    def _settle(self, shelf: Shelf[Thing], made: tuple[float, Thing]) -> bool:
        """Make ready what is warm; return whether that could be done."""
        began, thing = made
        now = time.monotonic()
        if promoted(thing):
            with self._condition:
                shelf.make_seconds = (shelf.make_seconds + now - began) / 2
                shelf.settle(made, now)
            return True
        with self._condition:
            is_ours = made in shelf.warming
            if is_ours:
                shelf.warming.remove(made)
        if is_ours:
            thing.close()
        return not is_ours

    def _measure(self, shelf: Shelf[Thing], thing: Thing) -> None:
        used = thing.used_bytes()
        with self._condition:
            shelf.measured_at = time.monotonic()
            if used:
                shelf.each_bytes = used

    def _take_expired(self) -> list[Thing]:
        """Take out what has waited too long, and all of the kinds that were not asked for lately."""
        expired: list[Thing] = []
        while len(self._shelves) > MAX_KINDS:
            _, shelf = self._shelves.popitem(last=False)
            expired += [thing for _, thing in (*shelf.waiting, *shelf.warming)]
        oldest = time.monotonic() - self._max_age_seconds
        for shelf in self._shelves.values():
            while shelf.waiting and shelf.waiting[0][0] < oldest:
                expired.append(shelf.waiting.popleft()[1])
        return expired

    def _take_spoiled(self) -> list[Thing]:
        """Take out what has ended while it warmed."""
        spoiled = []
        for shelf in self._shelves.values():
            for made in [made for made in shelf.warming if not made[1].is_usable]:
                shelf.warming.remove(made)
                spoiled.append(made[1])
        return spoiled

    def _kept(self, *, slack: int = 0) -> dict[Kind, int]:
        """Return how many of each kind should wait now, the kind that was asked for last coming first.

        With ``slack`` it is how many may stay: all there are, as far as there is room for them and so many more.
        """
        now = time.monotonic()
        wishes = [
            Wish(
                kind=kind,
                wanted=wanted(shelf.taken_at, now=now, make_seconds=shelf.make_seconds, most=self._most),
                # Nothing is given up because fewer are wished for, only when memory is short or when it is old.
                welcome=max(
                    shelf.count if slack else 0,
                    welcome(shelf.taken_at, now=now, make_seconds=shelf.make_seconds, most=self._most),
                ),
                waiting=shelf.count,
                each_bytes=shelf.each_bytes,
            )
            for kind, shelf in reversed(self._shelves.items())
        ]
        slack_bytes = slack * max((wish.each_bytes for wish in wishes), default=0)
        return shares(wishes, memory=self._memory(), slack_bytes=slack_bytes)

    def _take_surplus(self) -> list[Thing]:
        surplus: list[Thing] = []
        # What is given up needs to be too much by one more than what is made, or both would go on for ever.
        for kind, number in self._kept(slack=1).items():
            shelf = self._shelves[kind]
            while shelf.count > number:
                # What is warming has cost less so far, and what is oldest would be given up first anyway.
                surplus.append((shelf.warming.pop() if shelf.warming else shelf.waiting.popleft())[1])
        return surplus

    def _lacking(self) -> Kind | None:
        """Return the kind of which one is to be made now: the one that has the smallest part of what it should have."""
        now = time.monotonic()
        most_at_once = at_once(self._processors, idle_seconds=now - self._last_taken_at)
        if sum(len(shelf.warming) for shelf in self._shelves.values()) >= most_at_once:
            return None
        kept = self._kept()
        lacking = [
            kind
            for kind, number in kept.items()
            if (shelf := self._shelves[kind]).count < number
            and not is_quiet_time(now, last_taken_at=self._last_taken_at, waiting=len(shelf.waiting))
        ]
        return min(lacking, key=lambda kind: self._shelves[kind].count / kept[kind], default=None)

    def _warm(self) -> tuple[Shelf[Thing], tuple[float, Thing]] | None:
        """Return one that has done its imports and is not ready yet."""
        late = time.monotonic() - LATE_SECONDS
        for shelf in self._shelves.values():
            for made in shelf.warming:
                if made[1].is_warm or made[0] < late:
                    return shelf, made
        return None

    def _unknown(self) -> tuple[Shelf[Thing], Thing] | None:
        """Return something that has settled, of a kind whose cost is only guessed or was measured long ago."""
        now = time.monotonic()
        for shelf in self._shelves.values():
            is_due = shelf.measured_at < now - MEASURED_SECONDS
            if is_due and shelf.waiting and shelf.waiting[0][0] <= now - SETTLED_SECONDS:
                return shelf, shelf.waiting[0][1]
        return None
