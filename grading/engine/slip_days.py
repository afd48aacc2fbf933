"""Slip days: a ledger, who pays what, and the division of a budget that helps most.

A student gets a budget of days. Late work is charged as it comes in, each item up to its limit; until the ledger locks
a student may declare another division. Of a team each member is charged from their own ledger, and one whose days are
used up takes the penalty alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

Key = int | str


class EntryKind(StrEnum):
    """Why a ledger's balance changed."""

    GRANT = "grant"
    BONUS = "bonus"
    REFUND = "refund"
    CHARGE = "charge"


class OnEmpty(StrEnum):
    """What becomes of late work that no slip day covers."""

    PENALTY = "penalty"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipEntry:
    """A line of a ledger: so many days, which a charge takes and everything else gives."""

    kind: EntryKind
    days: int
    item: Key | None = None

    def __post_init__(self) -> None:
        if self.days < 0:
            message = "A line of a slip-day ledger names days that are not negative; its kind says which way they go."
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPolicy:
    """How many days there are, how many of them one item may take (None: all), and what follows when none is left."""

    budget: int
    per_item_max: int | None = None
    on_empty: OnEmpty = OnEmpty.PENALTY

    def cover(self, days_late: int, available: int) -> int:
        """Return how many of the late days are covered with so many days available."""
        limit = days_late if self.per_item_max is None else min(days_late, self.per_item_max)
        return max(0, min(limit, available))


@dataclass(frozen=True, slots=True, kw_only=True)
class LateWork:
    """An item handed in late. `worth` is what it earns with 0, 1, 2, … days covered, in course points."""

    item: Key
    title: str = ""
    submitted_at: datetime
    days_late: int
    worth: tuple[Fraction, ...] = ()


def balance(entries: Iterable[SlipEntry]) -> int:
    """Return how many days a ledger has left."""
    return sum(-entry.days if entry.kind is EntryKind.CHARGE else entry.days for entry in entries)


def charged_for(entries: Iterable[SlipEntry], item: Key) -> int:
    """Return how many days are charged for an item, refunds taken off."""
    own = [entry for entry in entries if entry.item == item]
    return max(0, -balance(entry for entry in own if entry.kind in {EntryKind.CHARGE, EntryKind.REFUND}))


def chronological(policy: SlipPolicy, work: Iterable[LateWork], *, available: int) -> dict[Key, int]:
    """Return the days charged to each item, in the order in which the work came in."""
    charges: dict[Key, int] = {}
    for late in sorted(work, key=lambda late: (late.submitted_at, str(late.item))):
        charges[late.item] = policy.cover(late.days_late, available)
        available -= charges[late.item]
    return charges


def declared_problems(
    policy: SlipPolicy, work: Iterable[LateWork], declared: Mapping[Key, int], *, available: int
) -> list[str]:
    """Return what is wrong with a division that a student declared, each as a sentence; nothing where it holds."""
    known = {late.item: late for late in work}
    problems = []
    for item, days in declared.items():
        late = known.get(item)
        name = (late.title if late else "") or str(item)
        if days < 0:
            problems.append(f"{name}: a number of slip days cannot be negative.")
        elif late is None and days:
            problems.append(f"{name} is not late, so it takes no slip days.")
        elif late is not None and days > late.days_late:
            problems.append(f"{name} is {days_told(late.days_late)} late, so it takes no more; you gave it {days}.")
        if policy.per_item_max is not None and days > policy.per_item_max:
            problems.append(f"{name}: one item takes at most {_days(policy.per_item_max)}; you gave it {days}.")
    total = sum(declared.values())
    if total > available:
        problems.append(f"You have {_days(available)} and gave out {total}.")
    return problems


def best_division(policy: SlipPolicy, work: Sequence[LateWork], *, available: int) -> dict[Key, int]:
    """Return the division worth most, of equal ones that with the fewest days, then with more for the earlier work.

    Exact: tries every number of days for every item against every rest of the budget, 40 items and 10 days at once.
    """
    ordered = sorted(work, key=lambda late: (late.submitted_at, str(late.item)))
    best: dict[int, tuple[Fraction, tuple[int, ...]]] = {0: (Fraction(0), ())}
    for late in ordered:
        found: dict[int, tuple[Fraction, tuple[int, ...]]] = {}
        for used, (worth, days) in best.items():
            for more in range(policy.cover(late.days_late, available - used) + 1):
                candidate = (worth + _worth(late, more), (*days, more))
                if used + more not in found or candidate > found[used + more]:
                    found[used + more] = candidate
        best = found
    chosen = max(best.items(), key=lambda entry: (entry[1][0], -entry[0], entry[1][1]))[1][1]
    return {late.item: days for late, days in zip(ordered, chosen, strict=True)}


def team_charges(policy: SlipPolicy, balances: Mapping[Key, int], *, days_late: int) -> dict[Key, int]:
    """Return the days charged to each member of a team, each from their own balance."""
    return {student: policy.cover(days_late, available) for student, available in balances.items()}


def _worth(late: LateWork, days: int) -> Fraction:
    return late.worth[min(days, len(late.worth) - 1)] if late.worth else Fraction(0)


def days_told(number: int) -> str:
    """Return ``1 day``, ``2 days``."""
    return f"{number} day{'' if number == 1 else 's'}"


def _days(number: int) -> str:
    return f"{number} slip day{'' if number == 1 else 's'}"
