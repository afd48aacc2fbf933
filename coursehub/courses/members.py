"""Changes to one person's place in an offering: dropped, back again, and whose work they look after."""

from collections.abc import Collection

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.courses import access
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Capability, Cohort, Enrollment, Offering, RoleAssignment


def member_for(user: User, offering: Offering, pk: int) -> Enrollment:
    """Return somebody of an offering, with ``user``. Raises ``Enrollment.DoesNotExist`` or ``NotAllowed``."""
    access.require(user, offering, Capability.MANAGE_PEOPLE)
    return Enrollment.objects.select_related("user").get(offering=offering, pk=pk)


def set_status(enrollment: Enrollment, *, status: str, by: User) -> bool:
    """Drop somebody or take them back; returns whether that changed anything. Raises ``NotAllowed``.

    Nobody drops themselves. What was handed in, and every grade, stays.
    """
    access.require(by, enrollment.offering, Capability.MANAGE_PEOPLE)
    if enrollment.user_id == by.pk:
        message = "Another person has to drop you: a course should not lose who looks after it by accident."
        raise NotAllowed(message)
    wanted = Enrollment.Status(status)
    other = Enrollment.objects.filter(pk=enrollment.pk).exclude(status=wanted)
    return other.update(status=wanted) == 1


@transaction.atomic
def set_reach(enrollment: Enrollment, *, cohorts: Collection[int], by: User) -> None:
    """Say whose work and grades somebody sees: the people of these cohorts, or everybody's where there are none.

    Cohorts of other offerings are ignored. Raises ``NotAllowed``; nobody widens their own reach.
    """
    access.require(by, enrollment.offering, Capability.MANAGE_PEOPLE)
    if enrollment.user_id == by.pk:
        message = "Another person has to say whose work you see."
        raise NotAllowed(message)
    known = Cohort.objects.filter(offering=enrollment.offering, pk__in=cohorts)
    for assignment in RoleAssignment.objects.filter(enrollment=enrollment).select_for_update():
        assignment.cohorts.set(known)
