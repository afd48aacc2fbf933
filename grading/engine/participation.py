"""Taking part: what a count of discussions, polls or meetings is worth, and who is among the most active."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

Key = int | str
FULL = Fraction(1)
NONE = Fraction(0)


class Below(StrEnum):
    """What a count below the threshold is worth."""

    LINEAR = "linear"
    """The part of the threshold that was reached."""
    STEP = "step"
    """Nothing."""
    RATIO = "ratio"
    """There is no threshold: the part of what there was."""


class Ties(StrEnum):
    """What becomes of those who are level with the last place of the most active."""

    INCLUDE = "include"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationRule:
    """A rule. `threshold` is a count, and with a ratio only what the bonus asks for; `bonus_top_n` 0 means no bonus."""

    below: Below
    threshold: int | None = None
    excused_shrinks: bool = True
    """Whether what somebody is excused from is taken off the threshold, or off what there was."""
    bonus_top_n: int = 0
    bonus_course_points: Decimal = Decimal(0)
    ties: Ties = Ties.INCLUDE


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A student's count. `of` is how many there were, with those excused; used by a ratio only."""

    count: int
    of: int = 0
    excused: int = 0
    still_to_come: int | None = 0
    """How many more there can be: 0 once it is over, None where nobody can say."""


NO_COUNT = Count(count=0, still_to_come=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A share that is not settled: at least, at most, and by what counts so far; None: nothing counts so far."""

    floor: Fraction
    current: Fraction | None
    ceiling: Fraction

    @property
    def is_settled(self) -> bool:
        """Whether nothing can change it."""
        return self.floor == self.ceiling

    def filled(self, filling: Fraction | None) -> Fraction | None:
        """Return the share where what is to come earns this part; None: by what counts so far."""
        return self.current if filling is None else min(max(filling, self.floor), self.ceiling)


def share_of_count(rule: ParticipationRule, count: int, *, total: int) -> Fraction:
    """Return the share for a count out of `total`, which is the threshold or what there was, excuses taken off."""
    if total <= 0:
        return FULL
    match rule.below:
        case Below.LINEAR | Below.RATIO:
            return min(FULL, Fraction(count, total))
        case Below.STEP:
            return FULL if count >= total else NONE
        case _:  # pragma: no cover
            assert_never(rule.below)


def span(rule: ParticipationRule, counted: Count) -> Span | None:
    """Return the share, as far as it is settled, or None for somebody excused from all of it.

    A threshold counts in the current grade once it is reached or nothing more can come, a ratio from the first one on.
    """
    excused = counted.excused if rule.excused_shrinks else 0
    to_come = counted.still_to_come
    if rule.below is Below.RATIO:
        held = counted.of - excused
        if held <= 0 and to_come == 0:
            return None if counted.excused else Span(floor=NONE, current=None, ceiling=FULL)
        current = share_of_count(rule, counted.count, total=held) if held > 0 else None
        if to_come is None:
            return Span(floor=NONE, current=current, ceiling=FULL)
        floor = share_of_count(rule, counted.count, total=held + to_come)
        ceiling = share_of_count(rule, counted.count + to_come, total=held + to_come)
        return Span(floor=floor, current=floor if floor == ceiling else current, ceiling=ceiling)
    threshold = (rule.threshold or 0) - excused
    if threshold <= 0 and excused:
        return None
    floor = share_of_count(rule, counted.count, total=threshold)
    ceiling = FULL if to_come is None else share_of_count(rule, counted.count + to_come, total=threshold)
    return Span(floor=floor, current=floor if floor == ceiling else None, ceiling=ceiling)


def most_active(rule: ParticipationRule, counts: Mapping[Key, int]) -> frozenset[Key]:
    """Return who gets the bonus: the N highest counts that reach the threshold, ties by the rule, nobody with 0."""
    able = {student: count for student, count in counts.items() if count >= max(1, rule.threshold or 0)}
    ranked = sorted(able.values(), reverse=True)
    if rule.bonus_top_n <= 0 or not ranked:
        return frozenset()
    if len(ranked) <= rule.bonus_top_n:
        return frozenset(able)
    last, next_one = ranked[rule.bonus_top_n - 1], ranked[rule.bonus_top_n]
    if last != next_one or rule.ties is Ties.INCLUDE:
        return frozenset(student for student, count in able.items() if count >= last)
    return frozenset(student for student, count in able.items() if count > last)
