"""The grade book of a class: whom it shows, in which order, and what stands in each row. A fixed number of queries.

Only the people of one page are read in full. To sort by a total, or to look for a state, everybody is, and that is the
slower way: totals of the whole class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from coursehub.courses.access import Person
from coursehub.courses.models import Cohort, Enrollment, Offering
from grading.assessments.models import Assessment
from grading.engine.items import ItemState, ItemValue
from grading.engine.nodes import FILLINGS, Mode
from grading.engine.problems import check_computable
from grading.engine.rows import StudentRow
from grading.engine.scheme import Scheme
from grading.engine.totals import best_sum
from grading.gradebook.access import students_for
from grading.gradebook.reckoning import ClassReckoning, class_of, obstacles_of
from grading.gradebook.schemes import SchemeRows
from grading.gradebook.stored_cells import StoredCell

BY_NAME, BY_TOTAL = "name", "total"
STATES = {
    "ungraded": ItemState.SUBMITTED_UNGRADED, "missing": ItemState.MISSING, "excused": ItemState.EXCUSED,
    "zeroed": ItemState.ZEROED, "overridden": ItemState.OVERRIDDEN,
}  # fmt: skip
PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whom somebody wants to see, and in which order. `sort` is a name, a total, or an assessment by its slug."""

    text: str = ""
    section: str = ""
    state: str = ""
    """One of ``STATES``, in any item; or ``held``, ``late``."""
    sort: str = BY_NAME
    is_falling: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewRow:
    """One student. `nodes` are the shares of the scheme's nodes at the top, None where nothing counts."""

    enrollment: Enrollment
    values: tuple[ItemValue, ...]
    cells: tuple[StoredCell | None, ...]
    nodes: tuple[Fraction | None, ...]
    total: Fraction | None
    letter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One page of a grade book."""

    offering: Offering
    scheme: Scheme | None
    obstacles: tuple[str, ...]
    assessments: tuple[Assessment, ...]
    rows: tuple[OverviewRow, ...]
    sections: tuple[Cohort, ...]
    number: int
    pages: int
    found: int
    """How many students fit the wish, on all pages."""


def overview(
    user: Person,
    offering: Offering,
    wish: Wish,
    *,
    at: datetime,
    per_page: int = PER_PAGE,
    only: Sequence[Enrollment] | None = None,
) -> Overview:
    """Return the page that was wished for, of the students whose grades the person may see, or of these `only`."""
    scheme_rows = SchemeRows.of(offering)
    sections = tuple(Cohort.objects.filter(offering=offering).order_by("order", "name"))
    students = students_for(user, offering)
    for word in wish.text.replace("\0", "").split()[:5]:
        students = students.filter(user__legal_name__icontains=word) | students.filter(user__email__icontains=word)
    chosen = next((section for section in sections if section.key == wish.section), None)
    if chosen is not None:
        students = students.filter(cohorts=chosen)
    people = list(students if only is None else only)
    by_item = next((one for one in scheme_rows.assessments if one.slug == wish.sort), None)
    everybody: ClassReckoning | None = None
    if wish.state or by_item is not None or wish.sort == BY_TOTAL:
        everybody = class_of(offering, enrollments=people, at=at, for_staff=True, rows=scheme_rows)
        people = _ordered(everybody, wish, by_item)
    elif wish.is_falling:
        people.reverse()
    pages = max(1, -(-len(people) // per_page))
    number = min(max(1, wish.page), pages)
    shown = people[(number - 1) * per_page : number * per_page]
    found = everybody or class_of(offering, enrollments=shown, at=at, for_staff=True, rows=scheme_rows)
    return Overview(
        offering=offering, scheme=found.scheme, obstacles=obstacles_of(found.scheme), assessments=found.assessments,
        rows=_rows(found, shown), sections=sections, number=number, pages=pages, found=len(people),
    )  # fmt: skip


def _ordered(found: ClassReckoning, wish: Wish, by_item: Assessment | None) -> list[Enrollment]:
    kept = [
        (enrollment, row)
        for enrollment, row in zip(found.enrollments, found.rows, strict=True)
        if _fits(found, enrollment, row, wish.state)
    ]
    if by_item is None and wish.sort != BY_TOTAL:
        return [enrollment for enrollment, _ in (reversed(kept) if wish.is_falling else kept)]
    numbers: dict[int, Fraction | None]
    if by_item is not None:
        numbers = {enrollment.pk: row.items[by_item.pk].points for enrollment, row in kept}
    else:
        numbers = {pk: totals.current for pk, totals in found.totals().items()}
    known = [enrollment for enrollment, _ in kept if numbers.get(enrollment.pk) is not None]
    unknown = [enrollment for enrollment, _ in kept if numbers.get(enrollment.pk) is None]
    known.sort(key=lambda enrollment: numbers[enrollment.pk] or Fraction(0), reverse=wish.is_falling)
    return [*known, *unknown]


def _fits(found: ClassReckoning, enrollment: Enrollment, row: StudentRow, state: str) -> bool:
    if state in STATES:
        return any(value.state is STATES[state] for value in row.items.values())
    if state == "late":
        return any(value.days_late for value in row.items.values())
    if state == "held":
        cells = (found.evidence.cell(one, enrollment) for one in found.assessments)
        return any(cell is not None and cell.is_held_back for cell in cells)
    return True


def _rows(found: ClassReckoning, shown: Sequence[Enrollment]) -> tuple[OverviewRow, ...]:
    rows = {row.student: row for row in found.rows}
    scheme = found.scheme
    has_totals = scheme is not None and not obstacles_of(scheme)
    if scheme is not None and has_totals:
        check_computable(scheme)
    made = []
    for enrollment in shown:
        row = rows[enrollment.pk]
        nodes: tuple[Fraction | None, ...] = ()
        total = None
        if scheme is not None and has_totals:
            extra = found.bonuses.get(enrollment.pk, ())
            best = best_sum(scheme, row, lambda _: FILLINGS[Mode.CURRENT], extra)
            nodes, total = tuple(value.ratio for value in best.nodes), best.total
        made.append(
            OverviewRow(
                enrollment=enrollment, values=tuple(row.items[one.pk] for one in found.assessments),
                cells=tuple(found.evidence.cell(one, enrollment) for one in found.assessments),
                nodes=nodes, total=total, letter=scheme.letter(total) if scheme else None,
            )
        )  # fmt: skip
    return tuple(made)
