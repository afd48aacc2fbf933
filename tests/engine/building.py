"""Schemes and rows in one line each."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from grading.engine.class_totals import totals_of_class
from grading.engine.items import ItemState, ItemValue
from grading.engine.participation import Count
from grading.engine.points import rounded
from grading.engine.rows import Adjustment, StudentRow
from grading.engine.scheme import Aggregation, Item, LetterCutoff, Node, Scheme
from grading.engine.totals import Totals, totals_of

CANVAS = tuple(
    LetterCutoff(label=label, lower_bound=Decimal(bound))
    for label, bound in (
        ("A", 94), ("A-", 90), ("B+", 87), ("B", 84), ("B-", 80), ("C+", 77), ("C", 74), ("C-", 70), ("D+", 67),
        ("D", 64), ("D-", 61), ("F", 0),
    )
)  # fmt: skip
MISSING = ItemValue.without_score(ItemState.MISSING)
EXCUSED = ItemValue.without_score(ItemState.EXCUSED)
UNGRADED = ItemValue.without_score(ItemState.SUBMITTED_UNGRADED)
NOT_DUE = ItemValue.without_score(ItemState.NOT_DUE)

Score = str | int | ItemValue


def item(key: str, max_points: str | int = 100, **fields: Any) -> Item:
    if "weight" in fields:
        fields["weight"] = Decimal(fields["weight"])
    return Item(key=key, max_points=Decimal(max_points), title=key.upper(), **fields)


def node(
    key: str, aggregation: Aggregation | None, *children: Item | Node, weight: str | int = 100, **fields: Any
) -> Node:
    return Node(
        key=key, title=key.title(), weight=Decimal(weight), aggregation=aggregation, children=children, **fields
    )


def scheme(*nodes: Node, **fields: Any) -> Scheme:
    return Scheme(nodes=nodes, **fields)


def value(score: Score) -> ItemValue:
    return score if isinstance(score, ItemValue) else ItemValue.scored(Decimal(score))


def row(
    scores: Mapping[str, Score], *, student: int = 1, extra: str | int = 0, counts: Mapping[str, Count] | None = None
) -> StudentRow:
    adjustments = (Adjustment(course_points=Decimal(extra), reason="Extra credit"),) if extra else ()
    return StudentRow(
        student=student,
        items={key: value(score) for key, score in scores.items()},
        counts=dict(counts or {}),
        adjustments=adjustments,
    )


def sheet(aggregation: Aggregation, works: str, **fields: Any) -> tuple[Scheme, StudentRow]:
    """Return one node and one row from ``80/100 20/100 1/20``."""
    pairs = [work.split("/") for work in works.split()]
    children = [item(f"q{number}", most) for number, (_, most) in enumerate(pairs, start=1)]
    scores = {f"q{number}": score for number, (score, _) in enumerate(pairs, start=1)}
    return scheme(node("work", aggregation, *children, **fields)), row(scores)


def both(of: Scheme, student: StudentRow) -> Totals:
    """Return the totals, having compared the fast way with the slow one."""
    slow = totals_of(of, student)
    assert totals_of_class(of, [student]) == [slow]
    return slow


def shown(total: Fraction | None, decimals: int = 2) -> str:
    assert total is not None
    return str(rounded(total, decimals))
