"""A change of a grade as somebody wants it: what they typed, and whether it can be."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from coursehub.courses.models import Enrollment
from grading.assessments.models import Assessment
from grading.gradebook.errors import MarkingRefused, PointsInvalid, ReasonNeeded
from grading.gradebook.models import GradeEvent

Kind = GradeEvent.Kind
WITH_POINTS = frozenset({Kind.SCORED, Kind.OVERRIDE})
BY_HAND = frozenset(
    {
        Kind.SCORED, Kind.OVERRIDE, Kind.EXCUSED, Kind.MISSING, Kind.ZEROED, Kind.CLEARED, Kind.COMMENTED,
        Kind.HELD_BACK, Kind.LET_GO,
    }
)  # fmt: skip
TYPED = {
    "": Kind.CLEARED, "ex": Kind.EXCUSED, "excused": Kind.EXCUSED, "m": Kind.MISSING, "mi": Kind.MISSING,
    "missing": Kind.MISSING,
}  # fmt: skip
MOST_CHARACTERS = 2_000
_MOST_POINTS = Decimal(99_999_999)
_PLACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One change of one grade. `version` is that of the cell when it was looked at, 0 where there was none."""

    assessment: Assessment
    enrollment: Enrollment
    kind: str
    version: int
    points: Decimal | None = None
    """On the assessment's scale, for a score and a grade that is set; None for everything else."""
    reason: str = ""
    """The student reads it; of a comment it is the comment."""
    note: str = ""
    """Read by staff only."""


def read_points(text: str) -> Decimal:
    """Read what somebody typed, with a point or a comma. Raises ``PointsInvalid``."""
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        message = f"“{text.strip()[:20]}” is no number of points. Write a number such as 7.5."
        raise PointsInvalid(message) from error


def typed_change(assessment: Assessment, text: str) -> tuple[str, Decimal | None]:
    """Return what somebody means who types this into a cell of the grade book. Raises ``PointsInvalid``.

    A number is a score, or where a suite grades it, the grade itself: what was typed is what shall stand there. ``ex``
    excuses, ``m`` marks as missing, and nothing at all goes back to what the work earned.
    """
    word = text.strip().casefold()
    if word in TYPED:
        return TYPED[word], None
    return Kind.OVERRIDE if assessment.suite_id is not None else Kind.SCORED, read_points(text)


def checked(one: Wanted) -> Wanted:
    """Return a change as it will be written. Raises ``MarkingRefused`` where it cannot be."""
    if one.kind not in BY_HAND:
        message = "Nobody does that to a grade by hand."
        raise MarkingRefused(message)
    if (one.points is not None) != (one.kind in WITH_POINTS):
        raise PointsInvalid
    reason, note = one.reason.strip()[:MOST_CHARACTERS], one.note.strip()[:MOST_CHARACTERS]
    if one.kind == Kind.ZEROED and not reason:
        raise ReasonNeeded
    points = None if one.points is None else _checked_points(one)
    return Wanted(
        assessment=one.assessment, enrollment=one.enrollment, kind=one.kind, version=one.version, points=points,
        reason=reason, note=note,
    )  # fmt: skip


def _checked_points(one: Wanted) -> Decimal:
    points, most = one.points, one.assessment.max_points
    if points is None or not points.is_finite() or abs(points) > _MOST_POINTS:
        raise PointsInvalid
    if points < 0:
        message = "Points cannot be negative."
        raise PointsInvalid(message)
    if points != round(points, _PLACES):
        message = "Points have at most four decimals."
        raise PointsInvalid(message)
    if one.kind == Kind.SCORED and points > most:
        message = (
            f"{points.normalize():f} is more than the {most.normalize():f} points that are possible. "
            "If that is what you mean, set the grade instead."
        )
        raise PointsInvalid(message)
    return points
