"""Totals of a whole class, fast: the same numbers as ``totals.totals_of``, on integers and without an explanation.

Theory of operation
-------------------
A scheme is compiled once. In every node the weights, and what a point of each item is worth, become integers over one
denominator; a node's value is then a quotient of two integers, which is never reduced on the way. What is pending costs
a second and third run through a node only where something in it is pending. Dropping compares products of integers.
Fractions are made at the end, three for a student at most. ``tests/engine`` holds this path to the other one, exactly.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from grading.engine.integer_nodes import CompiledNode, Quotient, compiled_node
from grading.engine.problems import check_computable
from grading.engine.rows import Adjustment, StudentRow, bonuses
from grading.engine.scheme import Key, LetterOn, Scheme
from grading.engine.totals import Totals

_MODES = 3
_Total = tuple[Fraction | None, Fraction]
"""A total, None where nothing counts, and the course points that were added to it."""


def totals_of_class(scheme: Scheme, rows: Iterable[StudentRow]) -> list[Totals]:
    """Return the totals of a whole class, in its order; the bonus of the most active among them included.

    Raises ``SchemeCannotBeComputed`` where the scheme leaves open how.
    """
    check_computable(scheme)
    rows = list(rows)
    extra = bonuses(scheme, rows)
    schemes = [_compiled(one) for one in (scheme, *scheme.alternatives)]
    letters = _Letters.of(scheme)
    return [_totals(schemes, letters, row, extra) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _CompiledNodeAtTop:
    node: CompiledNode
    weight: int
    is_extra: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _CompiledScheme:
    nodes: tuple[_CompiledNodeAtTop, ...]
    unit: int
    """Weights are integers in so many parts of a course point."""
    cap: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letters:
    labels: tuple[str, ...]
    bounds: tuple[int, ...]
    """Rising, in so many parts of a course point as `unit` says."""
    unit: int
    rounded_to: int | None

    @classmethod
    def of(cls, scheme: Scheme) -> "_Letters":
        rising = sorted(scheme.letters, key=lambda cutoff: cutoff.lower_bound)
        rounded_to = 10**scheme.decimals if scheme.letter_on is LetterOn.ROUNDED else None
        unit = lcm(rounded_to or 1, *(Fraction(cutoff.lower_bound).denominator for cutoff in rising))
        return cls(
            labels=tuple(cutoff.label for cutoff in rising),
            bounds=tuple(int(Fraction(cutoff.lower_bound) * unit) for cutoff in rising),
            unit=unit, rounded_to=rounded_to,
        )  # fmt: skip

    def letter(self, total: Fraction | None) -> str | None:
        if total is None or not self.labels:
            return None
        numerator, denominator = total.as_integer_ratio()
        if self.rounded_to is None:
            units = numerator * self.unit // denominator
        else:
            # Below 0 a half goes the other way, but everything there has the lowest letter.
            units = (
                (2 * numerator * self.rounded_to + denominator) // (2 * denominator) * (self.unit // self.rounded_to)
            )
        return self.labels[max(0, bisect_right(self.bounds, units) - 1)]


def _compiled(scheme: Scheme) -> _CompiledScheme:
    weights = [Fraction(node.weight or 0) for node in scheme.nodes]
    unit = lcm(*(weight.denominator for weight in weights))
    return _CompiledScheme(
        nodes=tuple(
            _CompiledNodeAtTop(
                node=compiled_node(node, missing_is_pending=scheme.missing_is_pending), weight=int(weight * unit),
                is_extra=node.extra_credit,
            )
            for node, weight in zip(scheme.nodes, weights, strict=True)
        ),
        unit=unit,
        cap=None if scheme.cap is None else Fraction(scheme.cap),
    )  # fmt: skip


def _totals(
    schemes: list[_CompiledScheme],
    letters: _Letters,
    row: StudentRow,
    extra: Mapping[Key, tuple[Adjustment, ...]],
) -> Totals:
    found = [_of_scheme(scheme, row, extra.get(row.student, ())) for scheme in schemes]
    is_settled = all(not is_pending for _, is_pending in found)
    modes = found[0][0] if len(found) == 1 else [_best([totals[mode] for totals, _ in found]) for mode in range(_MODES)]
    (current, _), (floor, added), (ceiling, _) = modes
    lowest = added if floor is None else floor
    current_letter = letters.letter(current)
    return Totals(
        student=row.student,
        current=current,
        floor=lowest,
        ceiling=added if ceiling is None else ceiling,
        is_settled=is_settled,
        current_letter=current_letter,
        floor_letter=current_letter if lowest is current else letters.letter(lowest),
    )


def _of_scheme(scheme: _CompiledScheme, row: StudentRow, extra: Iterable[Adjustment]) -> tuple[list[_Total], bool]:
    values = [(top, top.node.evaluated(row.items, row.counts)) for top in scheme.nodes]
    added = Fraction(0)
    for adjustment in (*row.adjustments, *extra):
        added += Fraction(adjustment.course_points)
    is_pending = any(value.is_pending for _, value in values)
    totals = [_total(scheme, [(top, value.current) for top, value in values], added)]
    if not is_pending:
        return totals * _MODES, False
    totals.append(_total(scheme, [(top, value.floor) for top, value in values], added))
    totals.append(_total(scheme, [(top, value.ceiling) for top, value in values], added))
    return totals, True


def _total(
    scheme: _CompiledScheme, values: list[tuple[_CompiledNodeAtTop, Quotient | None]], added: Fraction
) -> _Total:
    present = [(top, value) for top, value in values if value is not None]
    scale = lcm(*(value[1] for _, value in present))
    weight = earned = on_top = 0
    for top, (numerator, denominator, is_extra_alone) in present:
        part = top.weight * numerator * (scale // denominator)
        if top.is_extra or is_extra_alone:
            on_top += part
        else:
            weight += top.weight
            earned += part
    if not weight:
        return None, added
    total = Fraction(earned * 100, weight * scale)
    if on_top:
        total += Fraction(on_top, scheme.unit * scale)
    if added:
        total += added
    if scheme.cap is not None and total > scheme.cap:
        total = scheme.cap
    return total, added


def _best(totals: list[_Total]) -> _Total:
    return max(totals, key=lambda total: (total[0] is not None, total[0] or Fraction(0)))
