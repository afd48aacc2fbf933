"""Whom somebody's role reaches: everybody in an offering, or the sections that the role names."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from coursehub.courses import access
from coursehub.courses.access import Person
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Capability, Enrollment, Offering, RoleAssignment


def having_over_all(user: Person, capability: Capability, *, offering: str = "pk") -> Exists:
    """Return a condition: `user` has `capability` over everybody in the offering that the field `offering` names."""
    return Exists(_held(user, capability).filter(enrollment__offering_id=OuterRef(offering), cohorts=None))


def having_over(user: Person, capability: Capability, *, offering: str, person: str) -> Q:
    """Return a condition: `user` has `capability` over whom the field `person` of the row names, by their user's key.

    A role without sections reaches everybody; one with sections reaches their members only.
    """
    in_section = _held(user, capability).filter(
        enrollment__offering_id=OuterRef(offering), cohorts__members__user_id=OuterRef(person)
    )
    return Q(having_over_all(user, capability, offering=offering)) | Q(Exists(in_section))


def has_over_all(user: Person, offering: Offering, capability: Capability) -> bool:
    """Whether the person has the capability in the offering, over everybody in it."""
    return _held(user, capability).filter(enrollment__offering=offering, cohorts=None).exists()


def require_over_all(user: Person, offering: Offering, capability: Capability) -> None:
    """Raise ``NotAllowed`` unless the person has the capability in the offering, over everybody in it."""
    access.require(user, offering, capability)
    if not has_over_all(user, offering, capability):
        message = (
            f"You may not do this in {offering.course.code}: it concerns the whole class, and you look after a part."
        )
        raise NotAllowed(message)


def _held(user: Person, capability: Capability) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(
        enrollment__user_id=user.pk or 0,
        enrollment__status=Enrollment.Status.ACTIVE,
        role__capabilities__capability=capability,
    )
