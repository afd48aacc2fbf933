"""Schemes and classes of every shape that can be computed, small enough to be read when one fails."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as some

from grading.engine.items import ItemState, ItemValue
from grading.engine.participation import Below, Count, ParticipationRule, Ties
from grading.engine.rows import Adjustment, StudentRow
from grading.engine.scheme import Aggregation, DropBy, Item, LetterOn, Node, Scheme
from tests.engine.building import CANVAS

DUE = datetime(2026, 9, 1, tzinfo=UTC)
MAXIMA = some.sampled_from([Decimal(text) for text in ("1", "7", "10", "12.5", "30", "100")])
WEIGHTS = some.sampled_from([Decimal(text) for text in ("0", "1", "2.5", "10", "33.3333")])
STATES = some.sampled_from([state for state in ItemState if state is not ItemState.OVERRIDDEN])

rules = some.builds(
    ParticipationRule,
    below=some.sampled_from(Below),
    threshold=some.integers(1, 6),
    excused_shrinks=some.booleans(),
    bonus_top_n=some.integers(0, 2),
    bonus_course_points=some.sampled_from([Decimal(1), Decimal("0.5")]),
    ties=some.sampled_from(Ties),
)
counts = some.builds(
    Count,
    count=some.integers(0, 7),
    of=some.integers(0, 9),
    excused=some.integers(0, 2),
    still_to_come=some.none() | some.integers(0, 3),
)


@some.composite
def schemes(draw: some.DrawFn, *, alternatives: bool = True, publishable: bool = False) -> Scheme:
    """Draw a scheme that can be computed; with `publishable` one of which totals only rise with scores."""
    names = iter(range(1000))
    nodes = draw(some.lists(some.integers(1, 2), min_size=1, max_size=3))
    top = tuple(_node(draw, names, depth, publishable=publishable) for depth in nodes)
    return Scheme(
        nodes=top,
        letters=draw(some.sampled_from([(), CANVAS])),
        decimals=draw(some.integers(0, 3)),
        letter_on=draw(some.sampled_from(LetterOn)),
        cap=draw(some.sampled_from([None, Decimal(100), Decimal(90)])),
        missing_is_pending=draw(some.booleans()),
        alternatives=(draw(schemes(alternatives=False, publishable=publishable)),)
        if alternatives and draw(some.booleans())
        else (),
    )


def _node(draw: some.DrawFn, names, depth: int, *, publishable: bool) -> Node:
    key = f"n{next(names)}"
    common = {
        "key": key,
        "weight": draw(WEIGHTS),
        "max_points": draw(some.sampled_from([Decimal(20), Decimal("0.5"), Decimal(100)])),
        "extra_credit": draw(some.integers(0, 5)) == 0,
        "droppable": draw(some.booleans()),
        "cap_percent": draw(some.sampled_from([None, None, Decimal(95), Decimal(100)])),
    }
    if draw(some.integers(0, 4)) == 0:
        return Node(aggregation=Aggregation.RULE, rule=draw(rules), **common)
    way = draw(some.sampled_from([way for way in Aggregation if way is not Aggregation.RULE]))
    children = [_child(draw, names, depth, way, publishable=publishable) for _ in range(draw(some.integers(0, 6)))]
    highest = draw(some.integers(0, 2)) if way is Aggregation.MEAN else 0
    return Node(
        aggregation=way, children=tuple(children), drop_lowest=draw(some.integers(0, 3)), drop_highest=highest,
        drop_by=DropBy.OPTIMAL if publishable else draw(some.sampled_from(DropBy)),
        expected_count=draw(some.none() | some.integers(0, 7)), **common,
    )  # fmt: skip


def _child(draw: some.DrawFn, names, depth: int, way: Aggregation, *, publishable: bool) -> Item | Node:
    if depth > 1 and draw(some.integers(0, 3)) == 0:
        return _node(draw, names, depth - 1, publishable=publishable)
    extra = draw(some.integers(0, 4)) == 0
    return Item(
        key=f"i{next(names)}",
        max_points=draw(MAXIMA) if draw(some.integers(0, 9)) else Decimal(0),
        weight=draw(WEIGHTS),
        extra_credit=extra,
        droppable=draw(some.integers(0, 4)) > 0,
        due_at=draw(some.none() | some.integers(0, 3).map(lambda days: DUE + timedelta(days=days))),
    )


@some.composite
def values(draw: some.DrawFn, item: Item) -> ItemValue:
    """Draw a value for an item."""
    if draw(some.integers(0, 2)):
        most = item.max_points or Decimal(5)
        part = draw(some.fractions(0, 1, max_denominator=12) | some.sampled_from([Fraction(0), Fraction(1)]))
        return ItemValue.scored(Fraction(most) * part)
    state = draw(STATES)
    return ItemValue.scored(1) if state is ItemState.SCORED else ItemValue.without_score(state)


@some.composite
def rows(draw: some.DrawFn, scheme: Scheme, student: int = 1) -> StudentRow:
    """Draw a row for the scheme and its alternatives."""
    found, counted = {}, {}
    for one in (scheme, *scheme.alternatives):
        for _, child in one.walk():
            if isinstance(child, Item) and draw(some.integers(0, 9)):
                found[child.key] = draw(values(child))
            elif isinstance(child, Node) and child.rule and draw(some.integers(0, 5)):
                counted[child.key] = draw(counts)
    extra = draw(some.sampled_from(["0", "0", "1.5", "-2"]))
    adjustments = (Adjustment(course_points=Decimal(extra), reason="Extra"),) if extra != "0" else ()
    return StudentRow(student=student, items=found, counts=counted, adjustments=adjustments)


@some.composite
def graded(draw: some.DrawFn, **fields: bool) -> tuple[Scheme, StudentRow]:
    """Draw a scheme and a row."""
    scheme = draw(schemes(**fields))
    return scheme, draw(rows(scheme))
