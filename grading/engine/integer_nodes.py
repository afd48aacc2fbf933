"""The value of a node on integers: what ``class_totals`` runs for every student. Written for speed, see there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import lcm

from grading.engine.drops import places_of
from grading.engine.items import ItemState, ItemValue
from grading.engine.nodes import expected_weights, weight_of
from grading.engine.participation import NO_COUNT, Count, ParticipationRule, span
from grading.engine.points import PERCENT
from grading.engine.scheme import Aggregation, DropBy, Item, Key, Node

Quotient = tuple[int, int, bool]
"""Numerator, denominator, and whether it is extra credit alone, which counts above the line only."""

_STORED = 10_000
"""Stored points have four places, so that most values fit this denominator at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child: what its value (an item's points, a node's ratio) is worth, and its weight, in one denominator."""

    key: Key
    worth: int
    weight: int
    full: tuple[int, int]
    """The value of full marks."""
    is_extra: bool
    is_droppable: bool
    counts: bool
    """False where nothing is possible and nothing can be earned."""
    counts_pending: bool
    place: int
    """Of equal ones the first is kept."""


_Value = tuple[Child, int, int, bool]
"""A child, numerator and denominator of its value, whether it stands above the line only."""


_Part = tuple[int, int, int]
"""What a child that may be dropped earns, its weight, and its place."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A node's three values. None: absent."""

    current: Quotient | None
    floor: Quotient | None
    ceiling: Quotient | None
    is_pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledNode:
    """A node as integers."""

    key: Key
    items: tuple[Child, ...]
    inner: "tuple[tuple[Child, CompiledNode], ...]"
    expected: tuple[Child, ...]
    lowest: int
    highest: int
    drop_by: DropBy
    weights_are_equal: bool
    cap: tuple[int, int] | None
    alone: int
    """What extra credit alone is counted of; 0: it does not count alone."""
    missing_is_pending: bool
    rule: ParticipationRule | None
    by_count: dict[Count, Evaluated] = field(default_factory=dict)
    """Counts are few and repeat."""

    def evaluated(self, items: Mapping[Key, ItemValue], counts: Mapping[Key, Count]) -> Evaluated:
        """Return what the node is worth for a student."""
        if self.rule is not None:
            counted = counts.get(self.key, NO_COUNT)
            if counted not in self.by_count:
                self.by_count[counted] = self._by_rule(self.rule, counted)
            return self.by_count[counted]
        fixed, pending, is_pending = self._collected(items)
        if not self.inner:
            current = self._combined(fixed)
            if not is_pending:
                return Evaluated(current, current, current, False)
            return Evaluated(
                current,
                self._combined(fixed + [(child, 0, 1, child.is_extra) for child in pending]),
                self._combined(fixed + [(child, *child.full, child.is_extra) for child in pending]),
                True,
            )
        return self._with_inner(fixed, pending, is_pending, items, counts)

    def _collected(self, items: Mapping[Key, ItemValue]) -> tuple[list[_Value], list[Child], bool]:
        fixed: list[_Value] = []
        pending = list(self.expected)
        is_pending = bool(pending)
        missing_is_pending = self.missing_is_pending
        for child in self.items:
            value = items.get(child.key)
            if value is None:
                continue
            points, state = value.points, value.state
            if points is None or (missing_is_pending and state is ItemState.MISSING):
                if points is None and state is not ItemState.NOT_DUE and state is not ItemState.SUBMITTED_UNGRADED:
                    continue
                is_pending = True
                if child.counts_pending:
                    pending.append(child)
            elif child.counts:
                fixed.append((child, *points.as_integer_ratio(), child.is_extra))
        return fixed, pending, is_pending

    def _with_inner(
        self,
        fixed: list[_Value],
        pending: list[Child],
        is_pending: bool,
        items: Mapping[Key, ItemValue],
        counts: Mapping[Key, Count],
    ) -> Evaluated:
        inner = [(child, node.evaluated(items, counts)) for child, node in self.inner]
        is_pending = is_pending or any(value.is_pending for _, value in inner)
        current = self._combined(fixed + _values([(child, value.current) for child, value in inner]))
        if not is_pending:
            return Evaluated(current, current, current, False)
        low = [(child, 0, 1, child.is_extra) for child in pending]
        high = [(child, *child.full, child.is_extra) for child in pending]
        return Evaluated(
            current,
            self._combined(fixed + low + _values([(child, value.floor) for child, value in inner])),
            self._combined(fixed + high + _values([(child, value.ceiling) for child, value in inner])),
            True,
        )

    def _combined(self, values: list[_Value]) -> Quotient | None:
        scale = _STORED
        for _, _, denominator, _ in values:
            if scale % denominator:
                scale = lcm(scale, denominator)
        drops = self.lowest or self.highest
        earned = weight = 0
        has_extra = False
        parts: list[_Part] = []
        for child, numerator, denominator, is_extra in values:
            own = child.worth * numerator * (scale // denominator)
            if is_extra:
                has_extra = True
                earned += own
            elif drops and child.is_droppable:
                parts.append((own, child.weight, child.place))
            else:
                earned += own
                weight += child.weight
        if len(parts) > 1:
            parts = self._kept(parts, earned, weight, scale)
        for own, own_weight, _ in parts:
            earned += own
            weight += own_weight
        if not weight:
            return self._capped(earned, self.alone * scale, True) if has_extra and self.alone else None
        return self._capped(earned, weight * scale, False)

    def _kept(self, parts: list[_Part], earned: int, weight: int, scale: int) -> list[_Part]:
        number = max(1, len(parts) - self.lowest)
        if self.highest:
            parts.sort(reverse=True)
            return parts[number - max(1, number - self.highest) : number]
        if self.drop_by is DropBy.PERCENT:
            return sorted(parts, key=lambda part: (-Fraction(part[0], part[1]), part[2]))[:number]
        if self.drop_by is DropBy.POINTS:
            return sorted(parts, key=lambda part: (-part[0], part[2]))[:number]
        if self.weights_are_equal:
            parts.sort(reverse=True)
            return _kept_of_equal(parts, number, earned, weight * scale, scale)
        return _kept_by_value(parts, number, earned, weight * scale, scale)

    def _capped(self, numerator: int, denominator: int, is_extra_alone: bool) -> Quotient:
        if self.cap is not None and numerator * self.cap[1] > self.cap[0] * denominator:
            return *self.cap, is_extra_alone
        return numerator, denominator, is_extra_alone

    def _by_rule(self, rule: ParticipationRule, counted: Count) -> Evaluated:
        found = span(rule, counted)
        if found is None:
            return Evaluated(None, None, None, False)
        ends = [
            None if end is None else self._capped(*end.as_integer_ratio(), False)
            for end in (found.current, found.floor, found.ceiling)
        ]
        return Evaluated(ends[0], ends[1], ends[2], not found.is_settled)


def compiled_node(node: Node, *, missing_is_pending: bool) -> CompiledNode:
    """Return the node as integers."""
    expected = expected_weights(node)
    declared = Fraction(node.max_points or 0) if node.counts_by is Aggregation.POINTS else Fraction(0)
    unit = lcm(
        declared.denominator,
        *(weight.denominator for weight in expected),
        *(value.denominator for child in node.children for value in (weight_of(node, child), _worth(node, child))),
    )
    places = places_of([(child.key, _due(child)) for child in node.children])
    compiled = [
        (child, _compiled_child(node, child, unit, place)) for child, place in zip(node.children, places, strict=True)
    ]
    to_come = [
        Child(
            key="", worth=int(weight * unit), weight=int(weight * unit), full=(1, 1), is_extra=False,
            is_droppable=weight > 0, counts=True, counts_pending=True, place=len(places),
        )
        for weight in expected
    ]  # fmt: skip
    droppable = [child.weight for child in (*(ready for _, ready in compiled), *to_come) if child.is_droppable]
    cap = None if node.cap_percent is None else (Fraction(node.cap_percent) * PERCENT).as_integer_ratio()
    return CompiledNode(
        key=node.key,
        items=tuple(ready for child, ready in compiled if isinstance(child, Item)),
        inner=tuple(
            (ready, compiled_node(child, missing_is_pending=missing_is_pending))
            for child, ready in compiled
            if isinstance(child, Node)
        ),
        expected=tuple(to_come),
        lowest=node.drop_lowest,
        highest=node.drop_highest,
        drop_by=node.drop_by,
        weights_are_equal=len(set(droppable)) <= 1,
        cap=cap,
        alone=int(declared * unit),
        missing_is_pending=missing_is_pending,
        rule=node.rule,
    )


def _due(child: Item | Node) -> datetime | None:
    return child.due_at if isinstance(child, Item) else None


def _compiled_child(node: Node, child: Item | Node, unit: int, place: int) -> Child:
    weight, worth = weight_of(node, child), _worth(node, child)
    full = Fraction(child.max_points) if isinstance(child, Item) else Fraction(1)
    return Child(
        key=child.key, worth=int(worth * unit), weight=int(weight * unit), full=full.as_integer_ratio(),
        is_extra=child.extra_credit, is_droppable=child.droppable and not child.extra_credit and weight > 0,
        counts=full > 0 or (child.extra_credit and node.counts_by is Aggregation.POINTS), counts_pending=full > 0,
        place=place,
    )  # fmt: skip


def _worth(node: Node, child: Item | Node) -> Fraction:
    """Return what one point of an item, or the whole of a node, is worth among its siblings."""
    weight = weight_of(node, child)
    if isinstance(child, Node):
        return weight
    if not child.max_points:
        return Fraction(1)
    return weight / Fraction(child.max_points)


def _values(inner: list[tuple[Child, Quotient | None]]) -> list[_Value]:
    return [(child, value[0], value[1], child.is_extra or value[2]) for child, value in inner if value is not None]


def _kept_of_equal(parts: list[_Part], number: int, earned: int, weight: int, scale: int) -> list[_Part]:
    """Keep the best, and any further one that lies above what they make; `parts` fall."""
    own_weight = parts[0][1] * scale
    earned += sum(own for own, _, _ in parts[:number])
    weight += own_weight * number
    while number < len(parts) and parts[number][0] * weight > earned * own_weight:
        earned += parts[number][0]
        weight += own_weight
        number += 1
    return parts[:number]


def _kept_by_value(parts: list[_Part], number: int, earned: int, weight: int, scale: int) -> list[_Part]:
    """Dinkelbach's method, as in ``drops``; quotients are compared by products."""
    top = earned + sum(own for own, _, _ in parts)
    below = weight + scale * sum(own_weight for _, own_weight, _ in parts)
    while True:
        share = top * scale
        ranked = sorted([(part[0] * below - share * part[1], part) for part in parts], reverse=True)
        kept = [part for at, (gain, part) in enumerate(ranked) if at < number or gain > 0]
        new_top = earned + sum([part[0] for part in kept])
        new_below = weight + scale * sum([part[1] for part in kept])
        if new_top * below <= top * new_below:
            return kept
        top, below = new_top, new_below
