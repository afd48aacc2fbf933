"""Whose grades somebody may see and change: everybody's, or those of the sections that they look after."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from coursehub.courses import access
from coursehub.courses.access import Person
from coursehub.courses.models import Capability, Enrollment, Offering, RoleAssignment
from grading.assessments.models import Assessment
from grading.gradebook.evidence import students_of


def students_for(user: Person, offering: Offering, capability: str = Capability.VIEW_GRADES) -> QuerySet[Enrollment]:
    """Return the students on whose grades a person has the capability, with ``user``, by name; none for others.

    One query. A role that names sections reaches those only; who holds any role without sections reaches everybody.
    """
    mine = RoleAssignment.objects.filter(
        enrollment__user_id=user.pk or 0,
        enrollment__offering=offering,
        enrollment__status=Enrollment.Status.ACTIVE,
        role__capabilities__capability=capability,
    )
    return students_of(offering).filter(
        Q(Exists(mine.filter(cohorts=None))) | Q(Exists(mine.filter(cohorts__members=OuterRef("pk"))))
    )


def student_for(user: Person, offering: Offering, pk: int, capability: str = Capability.VIEW_GRADES) -> Enrollment:
    """Return one of those students, with ``user`` and ``offering``. Raises ``Enrollment.DoesNotExist``."""
    found = students_for(user, offering, capability).get(pk=pk)
    found.offering = offering
    return found


def offering_for_staff(user: Person, slug: str, capability: Capability) -> Offering:
    """Return an offering that a person takes part in. Raises ``Offering.DoesNotExist``, or ``NotAllowed`` in it."""
    offering = access.offering_of(user, slug)
    access.require(user, offering, capability)
    return offering


def assessment_in(offering: Offering, slug: str) -> Assessment:
    """Return an assessment of an offering that its staff may see. Raises ``Assessment.DoesNotExist``."""
    found = Assessment.objects.select_related("suite").get(offering=offering, slug=slug)
    found.offering = offering
    return found
