"""Questions about grades."""

from dataclasses import dataclass
from decimal import Decimal

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.access import capabilities_of
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.assessments.queries import assessments_for
from grading.deadlines.queries import dates_of
from grading.engine.tries import Tries
from grading.engine.visibility import hides_total, least_visible, sees_total
from grading.gradebook.models import GradeCell, GradeNode, GradingScheme, LetterCutoff
from grading.submissions.models import Submission
from grading.submissions.queries import annotated, tries_by_assessment
from grading.submissions.reading import eyes_of
from runners.protocol import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """One line of somebody's own grades. ``points`` is None while nothing is graded, and while they may not know."""

    assessment: Assessment
    points: Decimal | None
    waits_for: Visibility | None
    """What keeps the points from them, or None where nothing does."""
    max_points: Decimal
    state: str
    """The state of the newest submission's newest job; empty where nothing was handed in or nothing grades it."""
    submission: Submission | None
    """The submission that counts, or the newest one while none does."""
    tries: Tries


def my_grades(user: User, offering: Offering) -> list[GradeRow]:
    """Return one's own grades in an offering, in the order of the assessments that one may see.

    While the total of any submission to an assessment is hidden from its author, so are the points, and so is which
    submission counts.
    """
    cells = {
        cell.assessment_id: cell
        for cell in GradeCell.objects.filter(enrollment__user_id=user.pk, assessment__offering=offering).select_related(
            "submission"
        )
    }
    newest: dict[int, Submission] = {}
    hides: dict[int, list[Visibility]] = {}
    for submission in annotated(Submission.objects.filter(author_id=user.pk, assessment__offering=offering)).order_by(
        "number"
    ):
        newest[submission.assessment_id] = submission
        word = getattr(submission, "total_visibility", None) or Visibility.VISIBLE
        hides.setdefault(submission.assessment_id, []).append(Visibility(word))
    used = tries_by_assessment(user, offering)
    may, at = capabilities_of(user, offering), database_now()
    rows = []
    assessments = list(assessments_for(user, offering))
    dates = dates_of(user, assessments)
    for assessment in assessments:
        cell = cells.get(assessment.pk)
        held = cell is not None and cell.is_held_back
        eyes = eyes_of(may, assessment, dates=dates[assessment.pk], is_held_back=held, at=at)
        hidden = [hides_total(word, eyes) for word in hides.get(assessment.pk, ()) if not sees_total(word, eyes)]
        if eyes.grade_waits and not eyes.sees_all:
            hidden.append(Visibility.AFTER_PUBLISHED)
        cell = None if hidden else cell
        rows.append(
            GradeRow(
                assessment=assessment,
                points=cell.points if cell else None,
                waits_for=least_visible(hidden) if hidden else None,
                max_points=assessment.max_points,
                state=getattr(newest.get(assessment.pk), "state", "") or "",
                submission=cell.submission if cell else newest.get(assessment.pk),
                tries=Tries(used=used.get(assessment.pk, 0), allowed=dates[assessment.pk].tries),
            )
        )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingRow:
    """One row of the table of weights; ``parts`` are the rows inside it."""

    node: GradeNode
    course_points: Decimal | None
    """Of the course's hundred, whichever way the weight is written; None where it is not said."""
    parts: tuple["GradingRow", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingTable:
    """How grades add up in an offering."""

    scheme: GradingScheme
    rows: tuple[GradingRow, ...]
    total: Decimal
    """What the rows that are not extra credit make together."""
    letters: tuple[LetterCutoff, ...] = ()
    """From the highest down."""


def grading_table_of(offering: Offering) -> GradingTable | None:
    """Return the table of weights, four queries however deep it is, or None where none is written."""
    scheme = GradingScheme.objects.filter(offering=offering).first()
    if scheme is None:
        return None
    nodes = list(scheme.nodes.select_related("rule").prefetch_related("assessments").order_by("order", "pk"))
    rows = _grading_rows(nodes, None, Decimal(100))
    total = sum((row.course_points or Decimal(0) for row in rows if not row.node.is_extra_credit), Decimal(0))
    letters = tuple(scheme.letters.order_by("-lower_bound"))
    return GradingTable(scheme=scheme, rows=rows, total=total, letters=letters)


def _grading_rows(nodes: list[GradeNode], parent: int | None, whole: Decimal | None) -> tuple[GradingRow, ...]:
    rows = []
    for node in nodes:
        if node.parent_id != parent:
            continue
        worth = node.weight
        if node.weight_unit == GradeNode.WeightUnit.SHARE and worth is not None:
            worth = None if whole is None else whole * worth / 100
        rows.append(GradingRow(node=node, course_points=worth, parts=_grading_rows(nodes, node.pk, worth)))
    return tuple(rows)
