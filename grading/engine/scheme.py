"""How a course is graded, as one value: a tree of nodes with items as leaves, letters, and how totals are shown.

The weight of a node at the top is in course points; together they make 100. Below, a weight is a share among siblings
(``weighted``) or course points that make the parent's (``course_points``); ``points`` and ``mean`` need none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from grading.engine.participation import ParticipationRule
from grading.engine.points import rounded

Key = int | str


class Aggregation(StrEnum):
    """How a node's children make its value."""

    POINTS = "points"
    """All points earned, of all that were possible."""
    MEAN = "mean"
    """The mean of the percentages."""
    WEIGHTED = "weighted"
    """The percentages by their weights."""
    COURSE_POINTS = "course_points"
    """The percentages by the course points that each is worth; together they make the node's."""
    RULE = "rule"
    """No children: a count of what somebody took part in."""


class DropBy(StrEnum):
    """Which children a node drops. Only the first can be published: with the others better work can cost points."""

    OPTIMAL = "optimal"
    PERCENT = "percent"
    POINTS = "points"


class LetterOn(StrEnum):
    """Which total a letter is read from."""

    UNROUNDED = "unrounded"
    ROUNDED = "rounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A leaf: one assessment. `due_at` decides only which of equal items is shown as dropped: the later one."""

    key: Key
    max_points: Decimal
    title: str = ""
    weight: Decimal | None = None
    extra_credit: bool = False
    """Earns on top and never counts as possible. With 0 possible, its raw points count in a ``points`` node."""
    droppable: bool = True
    due_at: datetime | None = None
    granularity: Decimal = Decimal("0.01")
    """The smallest step of a score, in points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node. `aggregation` None means that nobody has said yet how its children count."""

    key: Key
    title: str = ""
    weight: Decimal | None = None
    aggregation: Aggregation | None = None
    children: "tuple[Item | Node, ...]" = ()
    rule: ParticipationRule | None = None
    drop_lowest: int = 0
    drop_highest: int = 0
    drop_by: DropBy = DropBy.OPTIMAL
    droppable: bool = True
    extra_credit: bool = False
    cap_percent: Decimal | None = None
    """The most that the node can be worth, in percent of itself; None: no limit."""
    max_points: Decimal | None = None
    """What a ``points`` node has in all, for children to come, for extra credit alone, and beside items of a parent."""
    expected_count: int | None = None
    """How many children there will be; those not there yet are pending. They count in floor and ceiling only."""

    @property
    def counts_by(self) -> Aggregation:
        """How it aggregates; the mean where nobody said and only one child makes every way the same."""
        return self.aggregation or Aggregation.MEAN

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return self.title or str(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCutoff:
    """A letter and the lowest total that earns it, in course points."""

    label: str
    lower_bound: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A grading scheme. With `alternatives` each student gets whichever of all of them is best."""

    nodes: tuple[Node, ...]
    name: str = ""
    letters: tuple[LetterCutoff, ...] = ()
    decimals: int = 2
    letter_on: LetterOn = LetterOn.UNROUNDED
    cap: Decimal | None = None
    """The most that a total can be, in course points; None: extra credit goes beyond 100."""
    missing_is_pending: bool = False
    alternatives: "tuple[Scheme, ...]" = ()

    def walk(self) -> Iterator[tuple[tuple[Node, ...], Item | Node]]:
        """Yield every node and item with its path from the top, parents first."""
        yield from _walk((), self.nodes)

    def items(self) -> Iterator[Item]:
        """Yield every item."""
        return (child for _, child in self.walk() if isinstance(child, Item))

    def shown(self, total: Fraction) -> Decimal:
        """Return a total as it is shown: rounded once, a half up."""
        return rounded(total, self.decimals)

    def letter(self, total: Fraction | None) -> str | None:
        """Return the letter for a total, the lowest one below 0; None without a total or without letters."""
        if total is None or not self.letters:
            return None
        read = Fraction(self.shown(total)) if self.letter_on is LetterOn.ROUNDED else total
        falling = sorted(self.letters, key=lambda cutoff: cutoff.lower_bound, reverse=True)
        return next((cutoff.label for cutoff in falling if read >= Fraction(cutoff.lower_bound)), falling[-1].label)


def _walk(path: tuple[Node, ...], children: tuple[Item | Node, ...]) -> Iterator[tuple[tuple[Node, ...], Item | Node]]:
    for child in children:
        yield path, child
        if isinstance(child, Node):
            yield from _walk((*path, child), child.children)
