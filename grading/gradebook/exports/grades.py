"""Grades as our own wide file, and every total with the reasons for it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from coursehub.accounts.models import User
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment, ExternalIdentity, Offering
from grading.engine.items import ItemState, ItemValue
from grading.engine.points import rounded
from grading.engine.trace import ItemTrace, NodeTrace, Trace, traced
from grading.gradebook.access import students_for
from grading.gradebook.exports.files import ExportedFile, exported
from grading.gradebook.from_events import rows_with_steps
from grading.gradebook.reckoning import ClassReckoning, class_of
from grading.interchange.grades import GradeLine, write_wide
from grading.interchange.numbers import BLANK, EXCUSED, Score, points_score
from grading.interchange.tables import Cell, write_sheet

PLACES = 4
_EXPLAINED = (
    "email", "name", "part", "item", "points", "of", "course_points", "raw_points", "days_late", "slip_days", "penalty",
    "why",
)  # fmt: skip
_NOT_LATE: tuple[Cell, ...] = ("", "", "", "")


def grades_file(offering: Offering, *, by: User) -> ExportedFile:
    """Return the grades of the students that somebody reaches, those that are not released too.

    Read again, the file changes nothing. Raises ``NotAllowed``.
    """
    reckoning = reckoning_for(offering, by=by)
    ids = student_ids(offering)
    keys = [one.slug for one in reckoning.assessments]
    lines = [
        GradeLine(
            email=enrollment.user.email, student_id=ids.get(enrollment.user_id, ""), name=enrollment.user.name,
            assessment=one.slug, score=score_in(row.items.get(one.pk)),
        )
        for enrollment, row in zip(reckoning.enrollments, reckoning.rows, strict=True)
        for one in reckoning.assessments
    ]  # fmt: skip
    content = write_wide(lines, assessments=keys)
    return exported(offering, content, what="grades", by=by)


def explained_file(offering: Offering, *, by: User) -> ExportedFile:
    """Return every total and how it comes about, a line for each part and each item, in the words that students read.

    Raises ``NotAllowed``.
    """
    reckoning = reckoning_for(offering, by=by)
    rows: list[Sequence[Cell]] = [_EXPLAINED]
    for sentence in reckoning.obstacles:
        rows.append((*[""] * (len(_EXPLAINED) - 1), sentence))
    if reckoning.scheme is not None and not reckoning.obstacles:
        for enrollment, row in zip(reckoning.enrollments, rows_with_steps(reckoning), strict=True):
            trace = traced(reckoning.scheme, row, bonuses=reckoning.bonuses.get(row.student, ()))
            rows += _lines_of(enrollment, trace)
    return exported(offering, write_sheet(rows, guard=True), what="grades-explained", by=by)


def reckoning_for(offering: Offering, *, by: User) -> ClassReckoning:
    """Return the students that somebody reaches, as the engine has them. Raises ``NotAllowed``."""
    access.require(by, offering, Capability.VIEW_GRADES)
    return class_of(offering, enrollments=list(students_for(by, offering)))


def student_ids(offering: Offering) -> dict[int, str]:
    """Return the student ids of an offering by account."""
    found = ExternalIdentity.objects.filter(
        organization=offering.course.organization_id, system=ExternalIdentity.System.SIS,
        user__enrollments__offering=offering,
    )  # fmt: skip
    return dict(found.values_list("user_id", "value"))


def score_in(value: ItemValue | None) -> Score:
    """Return what a cell of a file says of a grade; nothing where time alone made it missing, and for what is open."""
    if value is None:
        return BLANK
    if value.state is ItemState.EXCUSED:
        return EXCUSED
    if value.points is None or (value.state is ItemState.MISSING and value.raw is None):
        return BLANK
    return points_score(rounded(value.points, PLACES))


def _lines_of(enrollment: Enrollment, trace: Trace) -> Iterator[Sequence[Cell]]:
    who = (enrollment.user.email, enrollment.user.name)
    total = "" if trace.total is None else rounded(trace.total, trace.decimals)
    yield (*who, "Total", trace.letter or "", "", "", total, *_NOT_LATE, " ".join(trace.sentences))
    for node in trace.nodes:
        yield from _lines_of_node(who, node, trace.decimals)
    for one in trace.adjustments:
        yield (*who, "Adjustment", "", "", "", one.course_points, *_NOT_LATE, one.reason)


def _lines_of_node(who: tuple[str, str], node: NodeTrace, decimals: int) -> Iterator[Sequence[Cell]]:
    part = " / ".join(node.path)
    why = " ".join((node.formula, *node.sentences))
    yield (*who, part, "", "", "", rounded(node.contribution, decimals), *_NOT_LATE, why)
    for child in node.children:
        if isinstance(child, ItemTrace):
            yield (
                *who, part, child.title, _shown(child.points), _shown(child.max_points),
                rounded(child.contribution, decimals), _shown(child.raw), child.days_late, child.slip_days,
                _shown(child.penalty), " ".join(child.sentences),
            )  # fmt: skip
        else:
            yield from _lines_of_node(who, child, decimals)


def _shown(points: Fraction | None) -> Cell:
    return "" if points is None else rounded(points, PLACES)
