"""One's own grades as data: the same for the download as JSON, for the API and, as rows, for a spreadsheet."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from grading.assessments.models import Assessment
from grading.engine.nodes import Mode
from grading.engine.points import rounded
from grading.engine.scheme import Scheme
from grading.engine.trace import ItemTrace, Json, NodeTrace, number_json
from grading.gradebook.own import OwnGrades
from grading.interchange.tables import Cell, write_sheet

HEADER = (
    "What", "Path", "Title", "State", "Points", "Of", "Raw points", "Days late", "Slip days", "Penalty", "Dropped",
    "Weight", "Course points if full", "Contribution", "Numerator", "Denominator", "Why", "Comment",
)  # fmt: skip
"""Numerator and denominator are those of the exact contribution: ``26/3`` in one cell would become a date."""
_IN_TOTALS = frozenset({"weight", "worth", "contribution", "dropped", "extra_credit"})
_PLACES = 10


def own_data(grades: OwnGrades) -> Json:
    """Return totals, trace and items as JSON can carry them: numbers exact as ``"n/d"``, beside how they are shown."""
    scheme, totals, decimals = grades.scheme, grades.totals, _decimals(grades.scheme)
    return {
        "offering": grades.enrollment.offering.slug,
        "at": grades.at.isoformat(timespec="seconds"),
        "current": number_json(totals.current, decimals) if totals else None,
        "floor": number_json(totals.floor, decimals) if totals else None,
        "ceiling": number_json(totals.ceiling, decimals) if totals else None,
        "is_settled": totals.is_settled if totals else False,
        "current_letter": totals.current_letter if totals else None,
        "floor_letter": totals.floor_letter if totals else None,
        "ceiling_letter": scheme.letter(totals.ceiling) if scheme and totals else None,
        "unsaid": list(grades.unsaid),
        "traces": {mode.value: trace.to_json() for mode in Mode if (trace := grades.trace_in(mode))},
        "apart": [_alone(grades, one, decimals) for one in _without_place(grades)],
        "comments": [
            {"assessment": one.pk, "title": one.title, "comment": grades.comments[one.pk]}
            for one in grades.assessments
            if one.pk in grades.comments
        ],
    }


def own_sheet(grades: OwnGrades) -> bytes:
    """Return the same as a file that people open in a spreadsheet: no text in it is a formula there."""
    return write_sheet([HEADER, *_rows(grades)], guard=True)


def _without_place(grades: OwnGrades) -> tuple[Assessment, ...]:
    """Return the assessments that no trace covers: those apart, and without totals all."""
    return grades.apart if grades.has_total else grades.assessments


def _alone(grades: OwnGrades, assessment: Assessment, decimals: int) -> Json:
    """Return one that does not count: without what it would be worth."""
    told = grades.alone(assessment).to_json(decimals)
    return {name: value for name, value in told.items() if name not in _IN_TOTALS}


def _decimals(scheme: Scheme | None) -> int:
    return scheme.decimals if scheme else 2


def _rows(grades: OwnGrades) -> Iterator[Sequence[Cell]]:
    totals, scheme = grades.totals, grades.scheme
    if totals is not None and scheme is not None:
        for name, total in (("Current", totals.current), ("Floor", totals.floor), ("Ceiling", totals.ceiling)):
            if total is not None:
                yield _row(name, title=scheme.letter(total) or "", contribution=total)
    trace = grades.trace_in(Mode.CURRENT)
    if trace is not None:
        for node in trace.nodes:
            yield from _rows_of(grades, node, ())
        for extra in trace.adjustments:
            yield _row("Adjustment", title=extra.reason, contribution=Fraction(extra.course_points))
        if trace.cap_effect:
            yield _row("Cap", title="The cap of the course", contribution=trace.cap_effect)
    for one in _without_place(grades):
        yield _item_row(grades, grades.alone(one), (), kind="Does not count" if grades.has_total else "Item")
    for sentence in grades.unsaid:
        yield _row("Not said yet", title=sentence)


def _rows_of(grades: OwnGrades, node: NodeTrace, path: tuple[str, ...]) -> Iterator[Sequence[Cell]]:
    yield _row(
        "Part", path=path, title=node.path[-1], dropped=node.is_dropped, weight=node.weight, worth=node.worth,
        contribution=node.contribution, why=(node.formula, *node.sentences),
    )  # fmt: skip
    for child in node.children:
        if isinstance(child, NodeTrace):
            yield from _rows_of(grades, child, node.path)
        else:
            yield _item_row(grades, child, node.path, kind="Item")
    if node.cap_effect:
        yield _row("Cap", path=node.path, title=f"The cap of {node.path[-1]}", contribution=node.cap_effect)


def _item_row(grades: OwnGrades, item: ItemTrace, path: tuple[str, ...], *, kind: str) -> Sequence[Cell]:
    counts = kind == "Item" and grades.has_total
    return _row(
        kind, path=path, title=item.title, state=item.state.value if item.state else "expected",
        numbers=(item.points, item.max_points, item.raw), late=(item.days_late, item.slip_days), penalty=item.penalty,
        dropped=item.is_dropped, weight=item.weight if counts else None, worth=item.worth if counts else None,
        contribution=item.contribution if counts else None, why=item.sentences,
        comment=grades.comments.get(item.key, "") if isinstance(item.key, int) else "",
    )  # fmt: skip


def _row(
    kind: str,
    *,
    path: tuple[str, ...] = (),
    title: str = "",
    state: str = "",
    numbers: tuple[Fraction | None, ...] = (None, None, None),
    late: tuple[int | None, ...] = (None, None),
    penalty: Fraction | None = None,
    dropped: bool = False,
    weight: Fraction | None = None,
    worth: Fraction | None = None,
    contribution: Fraction | None = None,
    why: tuple[str, ...] = (),
    comment: str = "",
) -> Sequence[Cell]:
    exact = (None, None) if contribution is None else (contribution.numerator, contribution.denominator)
    return (
        kind, " / ".join(path), title, state, *(_decimal(number) for number in numbers), *late, _decimal(penalty),
        "yes" if dropped else "", _decimal(weight), _decimal(worth), _decimal(contribution), *exact, " ".join(why),
        comment,
    )  # fmt: skip


def _decimal(value: Fraction | None) -> Decimal | None:
    return None if value is None else rounded(value, _PLACES)
