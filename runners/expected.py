"""What the reference records for a seed, computed ahead of time.

Theory of operation
-------------------
Every run of a submission has a secret seed of its own, drawn here, and the values to compare with come from a run of
the suite's reference in a jail of its own with that same seed. So that nobody waits for the reference, a thread keeps
a few pairs of (seed, expected values) ready per suite. A pair serves one run and is then gone; nothing is written to
disk. The thread works while nobody is graded; under load a run that finds the pool empty computes a few pairs, takes
one and leaves the others to the next. The reference is code of ours: its cases run in one process, which costs a tenth
of what a process each costs.

A reference that does not come to its end is our fault: ``ReferenceFailed`` is a ``SandboxFault``, so the job runs
again and costs nobody anything.
"""

import logging
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from runners.kinds import kind_of
from runners.kinds.base import Expected
from runners.kinds.differential import SEED_BYTES, ReferenceFailed, case_orders, case_seed
from runners.runs import Stopped
from runners.sandboxes import Sandbox
from runners.suite import Suite

__all__ = [
    "SEED_BYTES",
    "Expected",
    "ExpectedPool",
    "ReferenceFailed",
    "case_orders",
    "case_seed",
    "compute_expected",
    "fresh_seed",
]

RETRY_SECONDS = 10.0
BATCH = 4
"""How many pairs are computed in one jail: most of the cost is the jail."""
CLOSE_SECONDS = 5.0
LATE_SUITES = 8
"""For how many suites that came later pairs are kept ready."""

log = logging.getLogger(__name__)


def fresh_seed() -> bytes:
    """Draw the secret seed of one run."""
    return secrets.token_bytes(SEED_BYTES)


def compute_expected(
    sandbox: Sandbox, suite: Suite, seeds: Sequence[bytes], *, stopped: threading.Event
) -> list[Expected]:
    """Run the reference for each of these seeds. Raises ``ReferenceFailed``, ``SandboxFault`` and ``Stopped``."""
    return kind_of(suite.manifest.kind).expected(sandbox, suite, seeds, stopped=stopped)


class ExpectedPool:
    """Expected values of fresh seeds, ready before anyone asks. Safe to use from several threads."""

    def __init__(self, sandbox: Sandbox, suites: Mapping[str, Suite], *, size: int) -> None:
        self._sandbox = sandbox
        self._suites = [suite for suite in suites.values() if kind_of(suite.manifest.kind).compares]
        self._size = size
        self._ready: dict[str, deque[Expected]] = {suite.digest: deque() for suite in self._suites}
        self._lacking: set[str] = set()
        """The suites that have lacked a whole batch of pairs, and have not yet got all again."""
        self._late: dict[str, Suite] = {}
        """Suites that were asked for and that this host did not begin with, the one asked for last at the end."""
        self._changed = threading.Condition()
        self._busy = 0
        self._closing = threading.Event()
        self._filler = threading.Thread(target=self._fill, name="expected-values", daemon=True)
        if size > 0:
            self._filler.start()

    def take(self, suite: Suite, *, stopped: threading.Event) -> Expected:
        """Return a pair that nobody else gets, from the pool or computed now. Raises as ``compute_expected`` does."""
        with self._changed:
            self._learn(suite)
            ready = self._ready.get(suite.digest)
            if ready:
                return ready.popleft()
        count = BATCH if self._size > 0 else 1
        first, *others = self._compute(suite, count, stopped=stopped)
        self._keep(suite, others)
        return first

    @contextmanager
    def nobody_waits(self) -> Iterator[None]:
        """Keep the thread from computing ahead while a submission is being graded: the machine is for that one."""
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def ready(self, suite: Suite) -> int:
        """Return how many pairs are ready for a suite."""
        with self._changed:
            return len(self._ready.get(suite.digest, ()))

    def wait_until_full(self, seconds: float) -> bool:
        """Wait until every suite has its pairs; False where that takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._wanted() is None, seconds)

    def close(self) -> None:
        """End the thread, and the run that it is in."""
        with self._changed:
            self._closing.set()
            self._changed.notify_all()
        if self._filler.is_alive():
            self._filler.join(CLOSE_SECONDS)

    def _learn(self, suite: Suite) -> None:
        """Keep pairs ready from now on for a suite that came later; only for the last few of those."""
        known = self._late.pop(suite.digest, None)
        if self._size == 0 or (known is None and suite.digest in self._ready):
            return
        self._late[suite.digest] = suite
        self._ready.setdefault(suite.digest, deque())
        while len(self._late) > LATE_SUITES:
            forgotten = next(iter(self._late))
            del self._late[forgotten], self._ready[forgotten]
            self._lacking.discard(forgotten)
        self._changed.notify_all()

    def _wanted(self) -> Suite | None:
        """Return the suite that has the fewest pairs ready, or None where all have enough.

        A suite gets pairs again when a whole batch of them is gone: several in one jail cost hardly more than one.
        """
        kept = [*self._suites, *self._late.values()]
        for suite in kept:
            ready = len(self._ready[suite.digest])
            if ready >= self._size:
                self._lacking.discard(suite.digest)
            elif ready <= max(0, self._size - BATCH):
                self._lacking.add(suite.digest)
        missing = [suite for suite in kept if suite.digest in self._lacking]
        return min(missing, key=lambda suite: len(self._ready[suite.digest]), default=None)

    def _next(self) -> Suite | None:
        """Wait until a pair is wanted and the machine is free; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing.is_set() or (self._busy == 0 and self._wanted() is not None))
            return None if self._closing.is_set() else self._wanted()

    def _fill(self) -> None:
        while (suite := self._next()) is not None:
            try:
                count = min(BATCH, max(1, self._size - self.ready(suite)))
                self._keep(suite, self._compute(suite, count, stopped=self._closing))
            except Stopped:
                return
            except Exception:
                # The outermost loop of this thread. Whoever is graded meets the same trouble and reports it.
                log.exception("The reference of suite %s could not be run ahead of time", suite.manifest.name)
                self._closing.wait(RETRY_SECONDS)

    def _compute(self, suite: Suite, count: int, *, stopped: threading.Event) -> list[Expected]:
        seeds = [fresh_seed() for _ in range(count)]
        return compute_expected(self._sandbox, suite, seeds, stopped=stopped)

    def _keep(self, suite: Suite, pairs: Iterable[Expected]) -> None:
        with self._changed:
            if suite.digest in self._ready:
                self._ready[suite.digest].extend(pairs)
            self._changed.notify_all()
