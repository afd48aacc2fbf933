"""What became better and what worse between two reports: pure, by the ids of checks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Change(StrEnum):
    """What became of a check since the other report."""

    FIXED = "fixed"
    """It passes now and did not before."""
    BETTER = "better"
    """It earns a larger part of its points, and still not all."""
    SAME = "same"
    WORSE = "worse"
    """It earns a smaller part of its points, and still some."""
    BROKEN = "broken"
    """It passed before, or earned something, and now earns nothing or does not pass."""
    NEW = "new"
    """The other report does not have it."""


ORDER = tuple(Change)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFact:
    """What a comparison needs to know of a check."""

    id: str
    passed: bool
    share: Fraction
    """Points earned as a part of those possible; 0 where nothing is."""


def share_of(points: Fraction, most: Fraction) -> Fraction:
    """Return the part that was earned, and 0 where nothing could be."""
    return points / most if most else Fraction(0)


def changes(before: Iterable[CheckFact], after: Iterable[CheckFact]) -> dict[str, Change]:
    """Return for each check of `after`, in its order, what became of it. What only `before` has is left out."""
    known = {fact.id: fact for fact in before}
    return {fact.id: _change(known.get(fact.id), fact) for fact in after}


def counted(found: Mapping[str, Change]) -> dict[Change, int]:
    """Return how many checks changed in each way, the ways in a fixed order and none that is not there."""
    counts = Counter(found.values())
    return {change: counts[change] for change in ORDER if counts[change]}


def told(counts: Mapping[Change, int]) -> str:
    """Return the counts in words: ``2 fixed, 1 broken``."""
    changed = ", ".join(f"{number} {change}" for change, number in counts.items() if change is not Change.SAME)
    return changed or "Nothing changed"


def _change(before: CheckFact | None, after: CheckFact) -> Change:
    if before is None:
        return Change.NEW
    if before.passed != after.passed:
        return Change.FIXED if after.passed else Change.BROKEN
    if before.share == after.share or after.passed:
        return Change.SAME
    if after.share > before.share:
        return Change.BETTER
    return Change.WORSE if after.share else Change.BROKEN
