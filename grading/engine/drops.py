"""Which children a node leaves out: those whose absence makes its value highest, found exactly.

Theory of operation
-------------------
A child earns e of a weight w. Kept children S are worth R(S) = (Σe + extra) / Σw, and what is dropped should make R
highest. Dinkelbach's method starts with some q = R(S) and keeps the children of which e - q·w is largest; their R is
higher, or q was already the best. Every step is exact and there are only finitely many sets, so it ends, as a rule
after two or three rounds.

At most so many are dropped, and at least one child that may be dropped is kept. A child is dropped in a full number
wherever that does not lower the value; it can only where children that may not be dropped, or extra credit below 0,
pull the value under it. So dropping never lowers a grade.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from grading.engine.scheme import DropBy, Key


@dataclass(frozen=True, slots=True)
class Part:
    """A child that may be dropped: what it earns of which weight, above 0, and its place, earlier ones kept first."""

    earned: Fraction
    weight: Fraction
    place: int

    @property
    def ratio(self) -> Fraction:
        """What it earns as a part of its weight."""
        return self.earned / self.weight


def places_of(children: Sequence[tuple[Key | None, datetime | None]]) -> list[int]:
    """Return the place of each child by its key and due date: what is due earlier first, then the lower key."""
    ranked = sorted(range(len(children)), key=lambda at: _order(*children[at]))
    places = [0] * len(children)
    for place, at in enumerate(ranked):
        places[at] = place
    return places


def kept_by_value(parts: Sequence[Part], lowest: int, *, earned: Fraction, weight: Fraction) -> set[int]:
    """Return the places of the parts to keep, beside `earned` of `weight` that stays in any case."""
    number = _kept_number(len(parts), lowest)
    kept = {part.place for part in parts}
    if number == len(parts):
        return kept
    value = _value(parts, kept, earned, weight)
    while True:
        gains = {part.place: part.earned - value * part.weight for part in parts}
        ranked = sorted(parts, key=lambda part: (-gains[part.place], part.place))
        kept = {part.place for at, part in enumerate(ranked) if at < number or gains[part.place] > 0}
        better = _value(parts, kept, earned, weight)
        if better <= value:
            return kept
        value = better


def kept_without_extremes(parts: Sequence[Part], lowest: int, highest: int) -> set[int]:
    """Return the places that a trimmed mean keeps: without the lowest and then the highest ratios, at least one."""
    ranked = sorted(parts, key=lambda part: (-part.ratio, part.place))
    ranked = ranked[: _kept_number(len(ranked), lowest)]
    return {part.place for part in ranked[len(ranked) - _kept_number(len(ranked), highest) :]}


def kept_by_size(parts: Sequence[Part], lowest: int, by: DropBy) -> set[int]:
    """Return the places to keep where the lowest percentages or points are dropped, as other systems read the rule."""
    ranked = sorted(parts, key=lambda part: (-(part.ratio if by is DropBy.PERCENT else part.earned), part.place))
    return {part.place for part in ranked[: _kept_number(len(ranked), lowest)]}


def _order(key: Key | None, due_at: datetime | None) -> tuple[bool, float, bool, int, str]:
    # A timestamp only ranks here; no grade is computed from it.
    number = key if isinstance(key, int) else 0
    return due_at is None, due_at.timestamp() if due_at else 0.0, key is None, number, str(key)


def _kept_number(many: int, dropped: int) -> int:
    return many - min(dropped, max(0, many - 1))


def _value(parts: Sequence[Part], kept: set[int], earned: Fraction, weight: Fraction) -> Fraction:
    earned += sum((part.earned for part in parts if part.place in kept), Fraction(0))
    weight += sum((part.weight for part in parts if part.place in kept), Fraction(0))
    return earned / weight
