"""What a node is worth, from its children up, with everything that an explanation needs.

A counted child has a ratio r and a weight w: its maximum in a sum of points, 1 in a mean, else the weight it was given.
A node is worth (Σ w·r over the counted children that are kept + Σ w·r over extra credit) / Σ w over those kept.
Extra credit stands above the line only, so it never makes anything else count less.

What is pending is left out of the current value, is 0 in the floor and full marks in the ceiling. A node of which
nothing counts is absent. What extra credit it has is then kept only where it is a sum of points that says how many it
has in all.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from grading.engine.drops import Part, kept_by_size, kept_by_value, kept_without_extremes, places_of
from grading.engine.items import ItemState, ItemValue
from grading.engine.participation import NO_COUNT, Count, span
from grading.engine.points import PERCENT
from grading.engine.rows import StudentRow
from grading.engine.scheme import Aggregation, DropBy, Item, Key, Node, Scheme

ZERO, ONE = Fraction(0), Fraction(1)
NOT_ASSIGNED = ItemValue.without_score(ItemState.NOT_ASSIGNED)


class Mode(StrEnum):
    """How pending work is taken."""

    CURRENT = "current"
    FLOOR = "floor"
    CEILING = "ceiling"


Filling = Callable[[Node], Fraction | None]
"""The part of their points that a node's pending children are taken to earn; None: they are left out."""

FILLINGS: dict[Mode, Filling] = {
    Mode.CURRENT: lambda node: None,
    Mode.FLOOR: lambda node: ZERO,
    Mode.CEILING: lambda node: ONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildValue:
    """A child as its node counts it. `earned` is weight times ratio, None where the child is not counted."""

    key: Key | None
    """None for a child that is expected and not there yet."""
    title: str
    weight: Fraction
    earned: Fraction | None
    is_extra: bool
    is_droppable: bool
    is_pending: bool
    is_dropped: bool = False
    item: Item | None = None
    value: ItemValue | None = None
    node: "NodeValue | None" = None

    @property
    def counts(self) -> bool:
        """Whether it is part of the node's value."""
        return self.earned is not None and not self.is_dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeValue:
    """A node's value. `ratio` is None where the node is absent; `uncapped` is the ratio before the node's cap."""

    node: Node
    ratio: Fraction | None
    uncapped: Fraction | None
    weight: Fraction
    """The sum of the weights that count below the line."""
    children: tuple[ChildValue, ...] = ()
    is_extra_alone: bool = False
    """Nothing counts but extra credit: the ratio is added above the line and the node does not count below it."""
    is_pending: bool = False
    """Whether anything in it may still change."""
    count: Count | None = None


def node_value(node: Node, row: StudentRow, scheme: Scheme, filling: Filling) -> NodeValue:
    """Return what the node is worth for the student."""
    if node.rule is not None:
        return _rule_value(node, row, filling)
    children = [_child_value(node, child, row, scheme, filling) for child in node.children]
    children += _expected(node, filling)
    children = _with_drops(node, children)
    extra = [child for child in children if child.is_extra and child.earned is not None]
    counted = [child for child in children if child.counts and not child.is_extra]
    weight = sum((child.weight for child in counted), ZERO)
    earned = sum((child.earned or ZERO for child in (*counted, *extra)), ZERO)
    is_extra_alone = not weight and bool(extra) and node.counts_by is Aggregation.POINTS and bool(node.max_points)
    below = weight or (Fraction(node.max_points or 0) if is_extra_alone else ZERO)
    uncapped = earned / below if below else None
    return NodeValue(
        node=node, ratio=_capped(node, uncapped), uncapped=uncapped, weight=below, children=tuple(children),
        is_extra_alone=is_extra_alone, is_pending=any(child.is_pending for child in children),
    )  # fmt: skip


def weight_of(node: Node, child: Item | Node) -> Fraction:
    """Return the weight of a child among its siblings."""
    match node.counts_by:
        case Aggregation.POINTS:
            return Fraction(child.max_points or 0)
        case Aggregation.WEIGHTED | Aggregation.COURSE_POINTS:
            return Fraction(child.weight or 0)
        case _:
            return ONE


def expected_weights(node: Node) -> list[Fraction]:
    """Return the weights of the children that are expected and not there yet.

    Those of a sum of points share what its points in all leave over, or else are as large as the others on average.
    """
    there = [child for child in node.children if not child.extra_credit]
    if not node.children:
        number = max(1, node.expected_count or 1)
    elif node.counts_by in {Aggregation.POINTS, Aggregation.MEAN}:
        number = max(0, (node.expected_count or 0) - len(there))
    else:
        number = 0
    if not number or node.counts_by is not Aggregation.POINTS:
        return [ONE] * number
    maxima = sum((Fraction(child.max_points or 0) for child in there), ZERO)
    if node.max_points is not None:
        return [max(ZERO, (Fraction(node.max_points) - maxima) / number)] * number
    return [maxima / len(there) if there else ONE] * number


def _rule_value(node: Node, row: StudentRow, filling: Filling) -> NodeValue:
    counted = row.counts.get(node.key, NO_COUNT)
    found = span(node.rule, counted) if node.rule else None
    ratio = found.filled(filling(node)) if found else None
    return NodeValue(
        node=node, ratio=_capped(node, ratio), uncapped=ratio, weight=ONE, count=counted,
        is_pending=found is not None and not found.is_settled,
    )  # fmt: skip


def _child_value(node: Node, child: Item | Node, row: StudentRow, scheme: Scheme, filling: Filling) -> ChildValue:
    weight = weight_of(node, child)
    if isinstance(child, Node):
        inner = node_value(child, row, scheme, filling)
        return ChildValue(
            key=child.key, title=child.name, weight=weight,
            earned=None if inner.ratio is None else weight * inner.ratio,
            is_extra=child.extra_credit or inner.is_extra_alone, is_droppable=child.droppable,
            is_pending=inner.is_pending, node=inner,
        )  # fmt: skip
    value = row.items.get(child.key, NOT_ASSIGNED)
    is_pending = is_pending_for(value, scheme)
    return ChildValue(
        key=child.key, title=child.title or str(child.key), weight=weight,
        earned=_earned(node, child, value, filling(node) if is_pending else ONE, is_pending=is_pending),
        is_extra=child.extra_credit, is_droppable=child.droppable, is_pending=is_pending, item=child, value=value,
    )  # fmt: skip


def is_pending_for(value: ItemValue, scheme: Scheme) -> bool:
    """Whether the item may still get points, as the scheme takes what is missing."""
    if value.state is ItemState.MISSING:
        return scheme.missing_is_pending
    return value.state in {ItemState.SUBMITTED_UNGRADED, ItemState.NOT_DUE}


def _earned(node: Node, item: Item, value: ItemValue, part: Fraction | None, *, is_pending: bool) -> Fraction | None:
    most, weight = Fraction(item.max_points), weight_of(node, item)
    if is_pending:
        # What is out of nothing has no share to be earned: it stays out, and extra credit adds nothing yet.
        return None if part is None or not most else weight * part
    if value.points is None:
        return None
    if not most:
        return value.points if item.extra_credit and node.counts_by is Aggregation.POINTS else None
    return weight * value.points / most


def _expected(node: Node, filling: Filling) -> list[ChildValue]:
    part = filling(node)
    return [
        ChildValue(
            key=None, title="Still to come", weight=weight, earned=None if part is None else weight * part,
            is_extra=False, is_droppable=True, is_pending=True,
        )
        for weight in expected_weights(node)
    ]  # fmt: skip


def _with_drops(node: Node, children: list[ChildValue]) -> list[ChildValue]:
    """Mark what is dropped. Of equal children the one due later goes, then the one with the higher key."""
    if not node.drop_lowest and not node.drop_highest:
        return children
    order = places_of([(child.key, child.item.due_at if child.item else None) for child in children])
    parts, earned, weight = [], ZERO, ZERO
    for at, child in enumerate(children):
        if child.earned is None:
            continue
        if child.is_droppable and child.weight and not child.is_extra:
            parts.append(Part(child.earned, child.weight, order[at]))
        else:
            earned += child.earned
            weight += ZERO if child.is_extra else child.weight
    if node.drop_highest:
        kept = kept_without_extremes(parts, node.drop_lowest, node.drop_highest)
    elif node.drop_by is DropBy.OPTIMAL:
        kept = kept_by_value(parts, node.drop_lowest, earned=earned, weight=weight)
    else:
        kept = kept_by_size(parts, node.drop_lowest, node.drop_by)
    dropped = {part.place for part in parts} - kept
    return [replace(child, is_dropped=True) if order[at] in dropped else child for at, child in enumerate(children)]


def _capped(node: Node, ratio: Fraction | None) -> Fraction | None:
    if ratio is None or node.cap_percent is None:
        return ratio
    return min(ratio, Fraction(node.cap_percent) * PERCENT)
