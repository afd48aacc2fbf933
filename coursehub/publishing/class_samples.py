"""Whom a scheme is tried on: the class as it stands, the class of the offering before, or one that is made up.

The made-up class is the same each time: a scheme decides everything about it. Its students differ in how well they do
as a whole and from item to item; some work is missing, some is worth nothing, and some is excused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from random import Random

from coursehub.courses.models import Offering
from coursehub.publishing.class_rows import class_rows
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.schemes import scheme_of
from grading.engine.items import COUNTED, ItemState, ItemValue
from grading.engine.participation import Count
from grading.engine.rows import StudentRow
from grading.engine.scheme import Item, Key, Node, Scheme

MADE_UP = 60
MOST_TRIED = 500
_SEED = 2026
_MISSING, _EXCUSED, _NOTHING = 4, 2, 2
"""In percent of all items."""


class Sample(StrEnum):
    """Where the students come from."""

    CLASS = "class"
    PREVIOUS = "previous"
    MADE_UP = "made-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The students that a scheme is tried on, at most ``MOST_TRIED`` of `all_of_them`."""

    source: Sample
    scheme: Scheme
    """Under the keys of the rows."""
    rows: tuple[StudentRow, ...]
    all_of_them: int


def tried_on(
    offering: Offering | None, previous: Offering | None, content: OfferingContent, *, wanted: str = ""
) -> Tried:
    """Return the wanted students; where they have no grades, or nobody said whom, the first that have some.

    Pass only offerings whose grades the reader may see.
    """
    order = [sample for sample in (Sample.CLASS, Sample.PREVIOUS) if sample == wanted or not wanted]
    for sample in order:
        of = offering if sample is Sample.CLASS else previous
        found = None if of is None else class_rows(of)
        if found is not None and any(map(_has_grades, found.rows)):
            rows = found.rows_for(content)
            scheme = found.scheme_of(content)
            return Tried(source=sample, scheme=scheme, rows=rows[:MOST_TRIED], all_of_them=len(rows))
    scheme = scheme_of(content)
    rows = made_up_class(scheme)
    return Tried(source=Sample.MADE_UP, scheme=scheme, rows=rows, all_of_them=len(rows))


def made_up_class(scheme: Scheme, *, students: int = MADE_UP) -> tuple[StudentRow, ...]:
    """Return a class with a value for every item and a count for every rule of the scheme; twice the same."""
    dice = Random(_SEED)  # noqa: S311  # nothing secret: a class that is the same each time
    items = list(scheme.items())
    rules = [node for _, node in scheme.walk() if isinstance(node, Node) and node.rule is not None]
    return tuple(_student(number, items, rules, dice) for number in range(1, students + 1))


def _student(number: int, items: Sequence[Item], rules: Sequence[Node], dice: Random) -> StudentRow:
    ability = min(100, 55 + sum(dice.randint(0, 12) for _ in range(4)))
    values: dict[Key, ItemValue] = {item.key: _value(item, ability, dice) for item in items}
    return StudentRow(student=number, items=values, counts={node.key: _count(node, ability, dice) for node in rules})


def _value(item: Item, ability: int, dice: Random) -> ItemValue:
    chance = dice.randrange(100)
    noise = sum(dice.randint(-9, 9) for _ in range(3))
    if chance < _MISSING:
        return ItemValue.without_score(ItemState.MISSING)
    if chance < _MISSING + _EXCUSED:
        return ItemValue.without_score(ItemState.EXCUSED)
    percent = 0 if chance < _MISSING + _EXCUSED + _NOTHING else max(0, min(100, ability + noise))
    return ItemValue.scored(Fraction(item.max_points) * percent / 100)


def _count(node: Node, ability: int, dice: Random) -> Count:
    held = max(20, 2 * (node.rule.threshold or 0)) if node.rule else 20
    excused = 1 if dice.randrange(100) < 10 else 0
    reached = held * max(0, min(100, ability - 10 + dice.randint(-20, 20))) // 100
    return Count(count=min(reached, held - excused), of=held, excused=excused)


def _has_grades(row: StudentRow) -> bool:
    return any(value.state in COUNTED and value.state is not ItemState.MISSING for value in row.items.values())
