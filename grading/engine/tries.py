"""How many tries are left, and which one counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction


class CountingRule(StrEnum):
    """Which of several graded tries counts."""

    BEST = "best"
    LATEST = "latest"
    FIRST = "first"
    CHOSEN = "chosen"
    """The one that its author named; the latest until they have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often somebody has tried. ``allowed`` and ``left`` are None where there is no limit."""

    used: int
    allowed: int | None

    @property
    def left(self) -> int | None:
        """How many remain; never negative, also where the limit was lowered afterwards."""
        return None if self.allowed is None else max(0, self.allowed - self.used)

    @property
    def is_exhausted(self) -> bool:
        """Whether another try would be one too many."""
        return self.left == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedTry:
    """A try that has points."""

    number: int
    received_at: datetime
    share: Fraction
    """Points earned as a part of those possible, so that tries graded by different suites compare."""


def counting_try(graded: Iterable[GradedTry], rule: CountingRule, *, chosen: int | None = None) -> GradedTry | None:
    """Return the try that counts, or None where none has points. Of equally good ones, the earliest counts.

    `chosen` is the number of the try that its author named; where it has no points, the latest counts.
    """
    tries = sorted(graded, key=lambda graded_try: (graded_try.received_at, graded_try.number))
    if not tries:
        return None
    match rule:
        case CountingRule.FIRST:
            return tries[0]
        case CountingRule.LATEST:
            return tries[-1]
        case CountingRule.BEST:
            return max(tries, key=lambda graded_try: graded_try.share)  # max keeps the first of equals
        case CountingRule.CHOSEN:
            return next((graded_try for graded_try in tries if graded_try.number == chosen), tries[-1])
