"""Release the grades of an assessment to its students, and take that back."""

from datetime import UTC

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment
from coursehub.mail import outbox
from coursehub.mail.models import Letter
from coursehub.mail.queries import Progress, progress_of
from grading.assessments.models import Assessment
from grading.gradebook.errors import ReleaseRefused
from grading.gradebook.evidence import students_of
from grading.gradebook.models import GradeCell

KIND = "grades_released"


def release(assessment: Assessment, *, by: User) -> int:
    """Let students know their grades, and write to each who has one that is not held back; returns to how many.

    The letters wait in the outbox and hold no grade; those that wait still when the release is taken back are not sent.
    Raises ``NotAllowed``, or ``ReleaseRefused`` where nothing is to be released by hand or
    somebody has done it.
    """
    access.require(by, assessment.offering, Capability.RELEASE_GRADES)
    _check_by_hand(assessment)
    with transaction.atomic():
        at = database_now()
        waiting = Assessment.objects.filter(pk=assessment.pk, grades_released_at=None)
        if waiting.update(grades_released_at=at) != 1:
            message = "These grades are released already."
            raise ReleaseRefused(message)
        assessment.grades_released_at = at
        reached = _graded(assessment).values("enrollment")
        people = students_of(assessment.offering).filter(pk__in=reached, user__is_active=True).select_related("user")
        return outbox.put(
            KIND, about=_about(assessment), event=_event(assessment),
            letters=[(one.user, {"assessment": assessment.pk, "enrollment": one.pk}) for one in people],
        )  # fmt: skip


def unrelease(assessment: Assessment, *, by: User) -> None:
    """Keep the grades from students again. Raises ``NotAllowed`` or ``ReleaseRefused``."""
    access.require(by, assessment.offering, Capability.RELEASE_GRADES)
    _check_by_hand(assessment)
    released = Assessment.objects.filter(pk=assessment.pk).exclude(grades_released_at=None)
    if released.update(grades_released_at=None) != 1:
        message = "These grades are not released."
        raise ReleaseRefused(message)
    assessment.grades_released_at = None


def letters_of(assessment: Assessment) -> Progress | None:
    """Return how far the letters about the release that stands are; None where nobody is written to."""
    if assessment.grades_released_at is None:
        return None
    return progress_of(KIND, about=_about(assessment), event=_event(assessment))


def connect() -> None:
    """Write the letters of this kind."""
    outbox.register(KIND, outbox.Writer(write=_message))


def _check_by_hand(assessment: Assessment) -> None:
    if assessment.grade_release != Assessment.GradeRelease.MANUAL:
        message = (
            "Grades of this assessment are released as soon as work is graded. "
            "To release them by hand, change that in the assessment first."
        )
        raise ReleaseRefused(message)


def _graded(assessment: Assessment) -> QuerySet[GradeCell]:
    return GradeCell.objects.filter(assessment=assessment, is_held_back=False).exclude(points=None, mark="")


def _about(assessment: Assessment) -> str:
    return f"assessment:{assessment.pk}"


def _event(assessment: Assessment) -> str:
    assert assessment.grades_released_at is not None  # noqa: S101  # asked only once they are out
    return f"release:{assessment.grades_released_at.astimezone(UTC).isoformat()}"


def _message(letter: Letter) -> EmailMessage | None:
    assessment = Assessment.objects.select_related("offering__course").filter(pk=letter.data["assessment"]).first()
    if assessment is None or assessment.grades_released_at is None or letter.event != _event(assessment):
        return None
    place = {"enrollment": letter.data["enrollment"], "enrollment__status": Enrollment.Status.ACTIVE}
    if not _graded(assessment).filter(**place).exists():
        return None
    course = assessment.offering.course
    return EmailMessage(
        subject=f"[{course.code}] Grades are out: {assessment.title}",
        body=(
            f"The grades for {assessment.title} in {course.code} {course.title} are released."
            "\n\nSign in to CourseHub and open “My grades” to see yours, how it came about, and what was "
            "said about it.\n"
        ),
        from_email=settings.DEFAULT_FROM_EMAIL,
    )
