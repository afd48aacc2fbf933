"""Totals of one student, one node after the other, with all that led to them. For a class see ``class_totals``.

The current total is the sum of the nodes of which something counts, as if those weights made 100. Floor and ceiling
take what is pending as 0 and as full marks. A node from which a student is excused altogether is left out of all three;
one to which nothing has been added yet is pending. Extra credit is added after that and never makes weights smaller.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grading.engine.nodes import FILLINGS, Filling, Mode, NodeValue, node_value
from grading.engine.problems import check_computable
from grading.engine.rows import Adjustment, StudentRow
from grading.engine.scheme import Key, Scheme

ZERO = Fraction(0)
HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a student has, in exact course points. `current` is None before anything counts."""

    student: Key
    current: Fraction | None
    floor: Fraction
    ceiling: Fraction
    is_settled: bool
    """Whether nothing is pending."""
    current_letter: str | None
    floor_letter: str | None

    @property
    def final(self) -> Fraction | None:
        """The final total, or None while something is pending or where nothing counts at all."""
        return self.floor if self.is_settled and self.current is not None else None

    @property
    def final_letter(self) -> str | None:
        """The letter of the final total."""
        return None if self.final is None else self.floor_letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A total and what it is made of. `weight` is that of the nodes that count; `total` is None where none does."""

    scheme: Scheme
    nodes: tuple[NodeValue, ...]
    weight: Fraction
    extra: Fraction
    """Course points of adjustments and bonuses."""
    uncapped: Fraction | None
    total: Fraction | None

    @property
    def is_pending(self) -> bool:
        """Whether anything in it may still change."""
        return any(value.is_pending for value in self.nodes)

    def contribution(self, value: NodeValue) -> Fraction:
        """Return the course points that a node adds to the total before its cap."""
        if value.ratio is None or not self.weight:
            return ZERO
        points = Fraction(value.node.weight or 0) * value.ratio
        return points if counts_on_top(value) else points * HUNDRED / self.weight


def counts_on_top(value: NodeValue) -> bool:
    """Whether the node adds course points and takes no part of the 100."""
    return value.node.extra_credit or value.is_extra_alone


def sum_of(scheme: Scheme, row: StudentRow, filling: Filling, adjustments: Sequence[Adjustment]) -> Sum:
    """Return one total by one scheme, its alternatives left aside."""
    nodes = tuple(node_value(node, row, scheme, filling) for node in scheme.nodes)
    weight = sum(
        (Fraction(value.node.weight or 0) for value in nodes if value.ratio is not None and not counts_on_top(value)),
        ZERO,
    )
    extra = sum((Fraction(adjustment.course_points) for adjustment in adjustments), ZERO)
    found = Sum(scheme=scheme, nodes=nodes, weight=weight, extra=extra, uncapped=None, total=None)
    if not weight:
        return found
    uncapped = sum((found.contribution(value) for value in nodes), extra)
    total = uncapped if scheme.cap is None else min(uncapped, Fraction(scheme.cap))
    return Sum(scheme=scheme, nodes=nodes, weight=weight, extra=extra, uncapped=uncapped, total=total)


def best_sum(
    scheme: Scheme, row: StudentRow, filling: Callable[[Scheme], Filling], bonuses: Sequence[Adjustment] = ()
) -> Sum:
    """Return the total by whichever of the scheme and its alternatives gives most, the first of equal ones."""
    adjustments = (*row.adjustments, *bonuses)
    sums = [sum_of(one, row, filling(one), adjustments) for one in (scheme, *scheme.alternatives)]
    return max(sums, key=lambda found: (found.total is not None, found.total or ZERO))


def mode_sum(scheme: Scheme, row: StudentRow, mode: Mode, bonuses: Sequence[Adjustment] = ()) -> Sum:
    """Return the total in one mode. Raises ``SchemeCannotBeComputed`` where the scheme leaves open how."""
    check_computable(scheme)
    return best_sum(scheme, row, lambda _: FILLINGS[mode], bonuses)


def totals_of(scheme: Scheme, row: StudentRow, *, bonuses: Sequence[Adjustment] = ()) -> Totals:
    """Return a student's totals. `bonuses` are the student's of ``rows.bonuses``, which needs the whole class."""
    current = mode_sum(scheme, row, Mode.CURRENT, bonuses)
    floor = mode_sum(scheme, row, Mode.FLOOR, bonuses)
    ceiling = mode_sum(scheme, row, Mode.CEILING, bonuses)
    lowest = floor.extra if floor.total is None else floor.total
    return Totals(
        student=row.student,
        current=current.total,
        floor=lowest,
        ceiling=ceiling.extra if ceiling.total is None else ceiling.total,
        is_settled=not _is_pending(scheme, row),
        current_letter=scheme.letter(current.total),
        floor_letter=scheme.letter(lowest),
    )


def _is_pending(scheme: Scheme, row: StudentRow) -> bool:
    nodes = [(one, node) for one in (scheme, *scheme.alternatives) for node in one.nodes]
    return any(node_value(node, row, one, FILLINGS[Mode.FLOOR]).is_pending for one, node in nodes)
