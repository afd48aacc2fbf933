"""What staff do to a whole class or beside all items: curves, with a preview, and course points on top."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment
from grading.assessments.models import Assessment
from grading.engine.curves import Curve as EngineCurve
from grading.gradebook.access import students_for
from grading.gradebook.curving import curve_of, written
from grading.gradebook.errors import CurveInvalid, PointsInvalid, ReasonNeeded
from grading.gradebook.items import ClassFacts
from grading.gradebook.models import Curve, GradeAdjustment, GradeCell, GradeEvent
from grading.gradebook.projection import lock, project

MOST_CHARACTERS = 300
_MOST_COURSE_POINTS = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveLine:
    """What a curve would do to one student."""

    enrollment: Enrollment
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePreview:
    """What a curve would do to a class. `seen` names exactly these figures: applying it carries them."""

    curve: EngineCurve | None
    lines: tuple[CurveLine, ...]
    seen: str

    @property
    def changed(self) -> tuple[CurveLine, ...]:
        """Those whose grade would be another."""
        return tuple(line for line in self.lines if line.before != line.after)


def preview_curve(assessment: Assessment, curve: EngineCurve | None) -> CurvePreview:
    """Return what the grades would be with this curve in place of the one that stands; None: without any."""
    people = list(
        Enrollment.objects.filter(grade_events__assessment=assessment)
        .select_related("user")
        .order_by("user__legal_name", "pk")
        .distinct()
    )
    facts, at = ClassFacts.behind(assessment.offering, [assessment], people), database_now()
    curved = facts.with_curve(assessment, curve)
    lines = []
    for enrollment in people:
        before = facts.cells_of(enrollment, at=at).get(assessment.pk)
        after = curved.cells_of(enrollment, at=at).get(assessment.pk)
        lines.append(
            CurveLine(
                enrollment=enrollment, before=before.points if before else None, after=after.points if after else None
            )
        )  # fmt: skip
    figures = repr([(line.enrollment.pk, line.before, line.after) for line in lines])
    seen = hashlib.sha256(f"{curve!r}{figures}".encode()).hexdigest()[:16]
    return CurvePreview(curve=curve, lines=tuple(lines), seen=seen)


def standing_curve(assessment: Assessment) -> Curve | None:
    """Return the curve that the points go through, or None."""
    return (
        Curve.objects.filter(assessment=assessment, removed_at=None).select_related("made_by").order_by("-pk").first()
    )


def apply_curve(assessment: Assessment, curve: EngineCurve, *, by: User, reason: str, seen: str) -> Curve:
    """Put a curve in place of any other; raw points are kept, and each change is an event.

    `seen` is of the preview that was looked at. The curve that stands already is returned as it is. Raises
    ``NotAllowed``, ``ReasonNeeded`` or ``CurveInvalid``.
    """
    _check_may(assessment, by)
    reason = " ".join(reason.split())[:MOST_CHARACTERS]
    if not reason:
        raise ReasonNeeded
    with transaction.atomic():
        _lock_class(assessment)
        stands = standing_curve(assessment)
        if stands is not None and curve_of(stands.definition) == curve and stands.reason == reason:
            return stands
        preview = preview_curve(assessment, curve)
        if preview.seen != seen:
            raise CurveInvalid
        _remove_standing(assessment, by)
        made = Curve.objects.create(assessment=assessment, definition=written(curve), reason=reason, made_by=by)
        _note(assessment, preview.changed, by=by, reason=reason)
    return made


def remove_curve(assessment: Assessment, *, by: User) -> bool:
    """Take the curve away; returns whether there was one. Raises ``NotAllowed``."""
    _check_may(assessment, by)
    with transaction.atomic():
        _lock_class(assessment)
        preview = preview_curve(assessment, None)
        if not _remove_standing(assessment, by):
            return False
        _note(assessment, preview.changed, by=by, reason="The curve was taken away.")
    return True


def adjust(enrollment: Enrollment, *, course_points: Decimal, reason: str, by: User) -> GradeAdjustment:
    """Give one person course points on top of everything, or take some. Raises as ``marking.write`` does."""
    _check_may_adjust(enrollment, by)
    reason = " ".join(reason.split())[:MOST_CHARACTERS]
    if not reason:
        raise ReasonNeeded
    if not course_points.is_finite() or not 0 < abs(course_points) <= _MOST_COURSE_POINTS:
        message = "Course points are a number between -100 and 100, and not 0."
        raise PointsInvalid(message)
    points = round(course_points, 4)
    same = GradeAdjustment.objects.filter(
        enrollment=enrollment, course_points=points, reason=reason, removed_at=None
    ).first()
    # The same words and points again are a form sent twice.
    return same or GradeAdjustment.objects.create(
        enrollment=enrollment, course_points=points, reason=reason, made_by=by
    )


def remove_adjustment(enrollment: Enrollment, pk: int, *, by: User) -> bool:
    """Take an adjustment back; returns whether it stood. Raises as ``adjust`` does."""
    _check_may_adjust(enrollment, by)
    standing = GradeAdjustment.objects.filter(pk=pk, enrollment=enrollment, removed_at=None)
    return standing.update(removed_at=database_now(), removed_by=by) == 1


def _check_may(assessment: Assessment, by: User) -> None:
    # A curve changes everybody's grade, so it takes the right that releasing takes.
    access.require(by, assessment.offering, Capability.EDIT_GRADES)
    access.require(by, assessment.offering, Capability.RELEASE_GRADES)


def _check_may_adjust(enrollment: Enrollment, by: User) -> None:
    access.require(by, enrollment.offering, Capability.EDIT_GRADES)
    if not students_for(by, enrollment.offering, Capability.EDIT_GRADES).filter(pk=enrollment.pk).exists():
        raise Enrollment.DoesNotExist


def _lock_class(assessment: Assessment) -> None:
    lock(GradeEvent.objects.filter(assessment=assessment).values_list("enrollment", flat=True).distinct())


def _remove_standing(assessment: Assessment, by: User) -> bool:
    standing = Curve.objects.filter(assessment=assessment, removed_at=None)
    return standing.update(removed_at=database_now(), removed_by=by) > 0


def _note(assessment: Assessment, changed: Sequence[CurveLine], *, by: User, reason: str) -> None:
    GradeEvent.objects.bulk_create(
        GradeEvent(
            assessment=assessment, enrollment=line.enrollment, kind=GradeEvent.Kind.CURVED, points=line.after,
            max_points=assessment.max_points, actor=by, source=GradeEvent.Source.PAGE, reason=reason,
        )
        for line in changed
        if line.after is not None
    )  # fmt: skip
    pks = GradeCell.objects.filter(assessment=assessment).values_list("enrollment", flat=True)
    project(assessment.offering, list(pks), [assessment])
