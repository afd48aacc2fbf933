"""Who looked at whose grades: written when a page is made, read by who may see the audit."""

from django.db.models import QuerySet

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.gradebook.models import AuditRead, GradeEvent

What = AuditRead.What


def note_read(
    offering: Offering,
    what: str,
    *,
    by: User,
    enrollment: Enrollment | None = None,
    assessment: Assessment | None = None,
) -> None:
    """Write down that somebody of the staff looked; without an enrollment, at everybody's."""
    AuditRead.objects.create(offering=offering, actor=by, enrollment=enrollment, assessment=assessment, what=what)


def reads_of(
    offering: Offering, *, enrollment: Enrollment | None = None, assessment: Assessment | None = None
) -> QuerySet[AuditRead]:
    """Return who looked, newest first: at everybody's grades, at one student's, or in one assessment."""
    rows = AuditRead.objects.filter(offering=offering).select_related("actor", "enrollment__user", "assessment")
    if enrollment is not None:
        rows = rows.filter(enrollment=enrollment)
    if assessment is not None:
        rows = rows.filter(assessment=assessment)
    return rows.order_by("-pk")


def changes_of(
    offering: Offering, *, enrollment: Enrollment | None = None, assessment: Assessment | None = None
) -> QuerySet[GradeEvent]:
    """Return who changed what, newest first."""
    rows = GradeEvent.objects.filter(assessment__offering=offering).select_related(
        "actor", "enrollment__user", "assessment", "undoes"
    )
    if enrollment is not None:
        rows = rows.filter(enrollment=enrollment)
    if assessment is not None:
        rows = rows.filter(assessment=assessment)
    return rows.order_by("-pk")


def events_of(assessment: Assessment, enrollment: Enrollment) -> QuerySet[GradeEvent]:
    """Return the log of one grade, oldest first, with who did it."""
    rows = GradeEvent.objects.filter(assessment=assessment, enrollment=enrollment)
    return rows.select_related("actor", "job", "submission").defer("job__progress").order_by("pk")
