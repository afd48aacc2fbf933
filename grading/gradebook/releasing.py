"""Release the grades of an assessment to its students, and take that back."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.models import Capability
from grading.assessments.models import Assessment
from grading.gradebook.errors import ReleaseRefused
from grading.gradebook.evidence import students_of
from grading.gradebook.models import GradeCell


def release(assessment: Assessment, *, by: User) -> int:
    """Let students know their grades, and write to each who has one that is not held back; returns to how many.

    The message holds no grade. Raises ``NotAllowed``, or ``ReleaseRefused`` where nothing is to be released by hand or
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
        graded = GradeCell.objects.filter(assessment=assessment, is_held_back=False).exclude(points=None, mark="")
        people = students_of(assessment.offering).filter(pk__in=graded.values("enrollment"), user__is_active=True)
        addresses = list(people.values_list("user__email", flat=True))
        transaction.on_commit(lambda: _tell(assessment, addresses), robust=True)
    return len(addresses)


def unrelease(assessment: Assessment, *, by: User) -> None:
    """Keep the grades from students again. Raises ``NotAllowed`` or ``ReleaseRefused``."""
    access.require(by, assessment.offering, Capability.RELEASE_GRADES)
    _check_by_hand(assessment)
    released = Assessment.objects.filter(pk=assessment.pk).exclude(grades_released_at=None)
    if released.update(grades_released_at=None) != 1:
        message = "These grades are not released."
        raise ReleaseRefused(message)
    assessment.grades_released_at = None


def _check_by_hand(assessment: Assessment) -> None:
    if assessment.grade_release != Assessment.GradeRelease.MANUAL:
        message = (
            "Grades of this assessment are released as soon as work is graded. "
            "To release them by hand, change that in the assessment first."
        )
        raise ReleaseRefused(message)


def _tell(assessment: Assessment, addresses: Sequence[str]) -> None:
    """Write one message to each, over one connection. Mail that cannot be sent is dropped: the page has the grade."""
    offering = assessment.offering
    connection = get_connection(fail_silently=True)
    connection.send_messages(
        [
            EmailMessage(
                subject=f"[{offering.course.code}] Grades are out: {assessment.title}",
                body=(
                    f"The grades for {assessment.title} in {offering.course.code} {offering.course.title} are released."
                    "\n\nSign in to CourseHub and open “My grades” to see yours, how it came about, and what was "
                    "said about it.\n"
                ),
                from_email=settings.DEFAULT_FROM_EMAIL,
                to=[address],
                connection=connection,
            )
            for address in addresses
        ]
    )
