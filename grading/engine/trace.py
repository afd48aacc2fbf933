"""Why a total is what it is: one value that a page, a file and a regrade request all show.

Contributions are in course points and exact: those of a node's children and the effect of its cap make the node's, and
those of the nodes, the adjustments and the effect of the course's cap make the total.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from grading.engine.items import ItemState
from grading.engine.nodes import FILLINGS, Mode, NodeValue
from grading.engine.points import rounded
from grading.engine.problems import check_computable
from grading.engine.rows import Adjustment, StudentRow
from grading.engine.scheme import Key, Scheme
from grading.engine.totals import HUNDRED, ZERO, Sum, best_sum, counts_on_top
from grading.engine.trace_words import formula, item_sentences, node_sentences, total_sentences

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTrace:
    """An item as its node counts it. `state` is None for one that is expected and not there yet."""

    key: Key | None
    title: str
    state: ItemState | None
    points: Fraction | None
    max_points: Fraction | None
    raw: Fraction | None
    days_late: int
    slip_days: int
    penalty: Fraction
    is_dropped: bool
    is_extra: bool
    weight: Fraction
    worth: Fraction
    """The course points that full marks would add to this total; 0 where it does not count in it."""
    contribution: Fraction
    sentences: tuple[str, ...]

    def to_json(self, decimals: int) -> Json:
        """Return the item as JSON can carry it."""
        return {
            "kind": "item",
            "key": self.key,
            "title": self.title,
            "state": self.state and self.state.value,
            "points": number_json(self.points, decimals),
            "max_points": number_json(self.max_points, decimals),
            "raw": number_json(self.raw, decimals),
            "days_late": self.days_late,
            "slip_days": self.slip_days,
            "penalty": number_json(self.penalty, decimals),
            "dropped": self.is_dropped,
            "extra_credit": self.is_extra,
            "weight": number_json(self.weight, decimals),
            "worth": number_json(self.worth, decimals),
            "contribution": number_json(self.contribution, decimals),
            "sentences": list(self.sentences),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTrace:
    """A node. `path` holds the titles from the top to it; `percent` is None where it is absent."""

    key: Key
    path: tuple[str, ...]
    formula: str
    percent: Fraction | None
    weight: Fraction
    worth: Fraction
    """The course points that 100 percent would add to this total; 0 where it does not count in it."""
    contribution: Fraction
    cap_effect: Fraction
    """What its cap takes from its children's contributions; 0 or less."""
    is_dropped: bool
    is_extra: bool
    is_pending: bool
    children: "tuple[NodeTrace | ItemTrace, ...]"
    sentences: tuple[str, ...]

    def to_json(self, decimals: int) -> Json:
        """Return the node and all below it as JSON can carry it."""
        return {
            "kind": "node",
            "key": self.key,
            "path": list(self.path),
            "formula": self.formula,
            "percent": number_json(self.percent, decimals),
            "weight": number_json(self.weight, decimals),
            "worth": number_json(self.worth, decimals),
            "contribution": number_json(self.contribution, decimals),
            "cap_effect": number_json(self.cap_effect, decimals),
            "dropped": self.is_dropped,
            "extra_credit": self.is_extra,
            "pending": self.is_pending,
            "children": [child.to_json(decimals) for child in self.children],
            "sentences": list(self.sentences),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A student's total in one mode and all that it is made of. `total` is None where nothing counts."""

    student: Key
    mode: Mode
    scheme: str
    total: Fraction | None
    letter: str | None
    decimals: int
    nodes: tuple[NodeTrace, ...]
    adjustments: tuple[Adjustment, ...]
    cap_effect: Fraction
    sentences: tuple[str, ...]

    def components(self) -> Iterator[Fraction]:
        """Yield what makes the total, down to single items, every cap's effect among them."""
        for node in self.nodes:
            yield from _components(node)
        yield from (Fraction(adjustment.course_points) for adjustment in self.adjustments)
        yield self.cap_effect

    def to_json(self) -> Json:
        """Return the whole as JSON can carry it: fractions as ``"n/d"``, beside how they are shown."""
        return {
            "student": self.student,
            "mode": self.mode.value,
            "scheme": self.scheme,
            "total": number_json(self.total, self.decimals),
            "letter": self.letter,
            "nodes": [node.to_json(self.decimals) for node in self.nodes],
            "adjustments": [
                {"contribution": number_json(Fraction(one.course_points), self.decimals), "reason": one.reason}
                for one in self.adjustments
            ],
            "cap_effect": number_json(self.cap_effect, self.decimals),
            "sentences": list(self.sentences),
        }


def traced(
    scheme: Scheme, row: StudentRow, *, mode: Mode = Mode.CURRENT, bonuses: tuple[Adjustment, ...] = ()
) -> Trace:
    """Return why the student's total in that mode is what it is; by the alternative that gives most, if it is one.

    `bonuses` are the student's of ``rows.bonuses``. Raises ``SchemeCannotBeComputed`` where the scheme leaves open how.
    """
    check_computable(scheme)
    found = best_sum(scheme, row, lambda _: FILLINGS[mode], bonuses)
    counts = found.total is not None
    cap_effect = found.total - found.uncapped if found.total is not None and found.uncapped is not None else ZERO
    return Trace(
        student=row.student, mode=mode, scheme=found.scheme.name, total=found.total, letter=scheme.letter(found.total),
        decimals=scheme.decimals,
        nodes=tuple(
            _node((), value, _course_points(found, value), scheme.decimals, mode, is_dropped=False)
            for value in found.nodes
        ),
        adjustments=(*row.adjustments, *bonuses) if counts else (),
        cap_effect=cap_effect,
        sentences=tuple(total_sentences(scheme, found, mode, cap_effect)),
    )  # fmt: skip


def _course_points(found: Sum, value: NodeValue) -> Fraction:
    """Return what the whole of a node adds to the total."""
    weight = Fraction(value.node.weight or 0)
    if not found.weight:
        return ZERO
    return weight if counts_on_top(value) else weight * HUNDRED / found.weight


def _node(
    path: tuple[str, ...], value: NodeValue, whole: Fraction, decimals: int, mode: Mode, *, is_dropped: bool
) -> NodeTrace:
    node = value.node
    path = (*path, node.name)
    per_weight = whole / value.weight if value.weight else ZERO
    children: list[NodeTrace | ItemTrace] = []
    for child in value.children:
        share = per_weight if child.counts else ZERO
        if child.node is not None:
            inner = child.weight * share
            children.append(_node(path, child.node, inner, decimals, mode, is_dropped=child.is_dropped))
            continue
        item = child.value
        children.append(
            ItemTrace(
                key=child.key, title=child.title, state=item.state if item else None,
                points=item.points if item else None,
                max_points=Fraction(child.item.max_points) if child.item else None, raw=item.raw if item else None,
                days_late=item.days_late if item else 0, slip_days=item.slip_days if item else 0,
                penalty=item.penalty if item else ZERO, is_dropped=child.is_dropped, is_extra=child.is_extra,
                weight=child.weight, worth=child.weight * share, contribution=(child.earned or ZERO) * share,
                sentences=tuple(item_sentences(value, child, decimals, mode)),
            )
        )  # fmt: skip
    ratio, uncapped = value.ratio or ZERO, value.uncapped or ZERO
    return NodeTrace(
        key=node.key, path=path, formula=formula(node), percent=None if value.ratio is None else ratio * HUNDRED,
        weight=Fraction(node.weight or 0), worth=ZERO if value.ratio is None else whole, contribution=whole * ratio,
        cap_effect=whole * (ratio - uncapped), is_dropped=is_dropped, is_extra=counts_on_top(value),
        is_pending=value.is_pending, children=tuple(children),
        sentences=tuple(node_sentences(value, decimals)),
    )  # fmt: skip


def _components(node: NodeTrace) -> Iterator[Fraction]:
    if not node.children:
        yield node.contribution
        return
    yield node.cap_effect
    for child in node.children:
        if isinstance(child, NodeTrace):
            yield from _components(child)
        else:
            yield child.contribution


def number_json(value: Fraction | None, decimals: int) -> Json | None:
    """Return a number as JSON can carry it, exactly and as it is shown."""
    if value is None:
        return None
    return {"exact": f"{value.numerator}/{value.denominator}", "shown": f"{rounded(value, decimals):f}"}
