"""What would have to happen: the score that a total needs, and totals with scores that nobody has yet. Exact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import assert_never

from grading.engine.items import ItemValue
from grading.engine.nodes import FILLINGS, NOT_ASSIGNED, Filling, Mode, NodeValue, is_pending_for
from grading.engine.points import told
from grading.engine.problems import check_computable
from grading.engine.rows import Adjustment, StudentRow
from grading.engine.scheme import Item, Key, LetterOn, Scheme
from grading.engine.totals import HUNDRED, ZERO, Totals, best_sum, mode_sum, sum_of, totals_of


class Assumption(StrEnum):
    """What the other pending work is taken to earn."""

    FLOOR = "floor"
    """Nothing."""
    CURRENT = "current"
    """The same part as what counts so far in its node, or in the course where nothing does."""
    CEILING = "ceiling"
    """Full marks."""


class Answer(StrEnum):
    """Whether a goal can be reached."""

    REACHED = "reached"
    NEEDED = "needed"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The answer. `points` is 0 where the goal is reached already, None where it cannot be; `total` is what then is."""

    answer: Answer
    points: Decimal | None
    total: Fraction
    sentence: str


class NothingToAsk(ValueError):
    """The item is not in the scheme, or its points are settled, or the scale has no such letter."""


def what_if(
    scheme: Scheme, row: StudentRow, scores: Mapping[Key, Decimal], *, bonuses: Sequence[Adjustment] = ()
) -> Totals:
    """Return the totals with these scores instead of what is there."""
    return totals_of(scheme, _with_scores(row, scores), bonuses=bonuses)


def cutoff(scheme: Scheme, letter: str) -> Decimal:
    """Return the lowest total that earns a letter. Raises ``NothingToAsk`` where the scale does not have it."""
    for found in scheme.letters:
        if found.label == letter:
            return found.lower_bound
    message = f"There is no letter {letter} in this course's scale."
    raise NothingToAsk(message)


def needed(
    scheme: Scheme,
    row: StudentRow,
    item: Key,
    *,
    target: Decimal,
    assumption: Assumption = Assumption.FLOOR,
    scores: Mapping[Key, Decimal] | None = None,
    bonuses: Sequence[Adjustment] = (),
) -> Need:
    """Return the lowest score on one pending item with which the total reaches `target` course points.

    `scores` are taken for granted on other items; what is pending beside them earns what `assumption` says. Where
    letters are read from the rounded total, so is this. Raises ``NothingToAsk`` where the item is not pending.
    """
    check_computable(scheme)
    asked = _asked(scheme, row, item)
    row = _with_scores(row, scores or {})
    filling = _filling(scheme, row, assumption, bonuses)
    name = asked.title or str(asked.key)

    def total_with(points: Fraction) -> Fraction:
        found = best_sum(scheme, row.with_item(item, ItemValue.scored(points)), filling, bonuses)
        return found.extra if found.total is None else found.total

    def reaches(points: Fraction) -> bool:
        total = total_with(points)
        read = Fraction(scheme.shown(total)) if scheme.letter_on is LetterOn.ROUNDED else total
        return read >= Fraction(target)

    goal, full = told(Fraction(target)), Fraction(asked.max_points)
    if reaches(ZERO):
        sentence = f"{goal} is reached whatever {name} brings."
        return Need(answer=Answer.REACHED, points=Decimal(0), total=total_with(ZERO), sentence=sentence)
    if not reaches(full):
        most = f"{scheme.shown(total_with(full)):f}"
        sentence = f"{goal} cannot be reached: with full marks on {name} the total is {most}."
        return Need(answer=Answer.IMPOSSIBLE, points=None, total=total_with(full), sentence=sentence)
    points = _lowest(asked, reaches)
    sentence = f"{points:f} of {told(full)} on {name} reach {goal}."
    return Need(answer=Answer.NEEDED, points=points, total=total_with(Fraction(points)), sentence=sentence)


def _lowest(asked: Item, reaches: Callable[[Fraction], bool]) -> Decimal:
    """Return the lowest score that reaches the goal: a total never falls when a score rises, so halving finds it."""
    step = asked.granularity
    below, enough = 0, ceil(Fraction(asked.max_points) / Fraction(step))
    while enough - below > 1:
        middle = (below + enough) // 2
        if reaches(Fraction(min(middle * step, asked.max_points))):
            enough = middle
        else:
            below = middle
    return min(enough * step, asked.max_points)


def _asked(scheme: Scheme, row: StudentRow, key: Key) -> Item:
    for one in (scheme, *scheme.alternatives):
        for item in one.items():
            if item.key == key and is_pending_for(row.items.get(key, NOT_ASSIGNED), scheme):
                return item
    message = "Only work that is still to be graded can be asked about."
    raise NothingToAsk(message)


def _with_scores(row: StudentRow, scores: Mapping[Key, Decimal]) -> StudentRow:
    for key, points in scores.items():
        row = row.with_item(key, ItemValue.scored(points))
    return row


def _filling(
    scheme: Scheme, row: StudentRow, assumption: Assumption, bonuses: Sequence[Adjustment]
) -> Callable[[Scheme], Filling]:
    match assumption:
        case Assumption.FLOOR:
            return lambda _: lambda node: ZERO
        case Assumption.CEILING:
            return lambda _: lambda node: Fraction(1)
        case Assumption.CURRENT:
            course = mode_sum(scheme, row, Mode.CURRENT, bonuses).total
            share = min(max(course / HUNDRED, ZERO), Fraction(1)) if course is not None else ZERO
            shares = {id(one): _shares(one, row, share) for one in (scheme, *scheme.alternatives)}
            return lambda one: lambda node: shares[id(one)][node.key]
        case _:  # pragma: no cover
            assert_never(assumption)


def _shares(scheme: Scheme, row: StudentRow, course: Fraction) -> dict[Key, Fraction]:
    """Return the part that a node's pending children are taken to earn: the node's own, else that of what it is in."""
    shares: dict[Key, Fraction] = {}

    def note(value: NodeValue, above: Fraction) -> None:
        own = above if value.ratio is None or value.is_extra_alone else value.ratio
        shares[value.node.key] = own
        for child in value.children:
            if child.node is not None:
                note(child.node, own)

    for value in sum_of(scheme, row, FILLINGS[Mode.CURRENT], ()).nodes:
        note(value, course)
    return shares
