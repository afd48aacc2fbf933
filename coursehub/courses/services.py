"""Changes to courses: roles, and who holds them."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.courses.errors import RoleUnknown
from coursehub.courses.models import Capability, Enrollment, Offering, Role, RoleAssignment, RoleCapability

_STAFF = (
    Capability.VIEW_COURSE,
    Capability.VIEW_SUBMISSIONS,
    Capability.VIEW_GRADES,
    Capability.REGRADE,
    Capability.VIEW_UNRELEASED,
    Capability.EDIT_GRADES,
)

_INSTRUCTOR = (
    *_STAFF,
    Capability.EDIT_COURSE,
    Capability.MANAGE_SUITES,
    Capability.RELEASE_GRADES,
    Capability.GRANT_EXTENSIONS,
    Capability.MANAGE_PEOPLE,
    Capability.VIEW_AUDIT,
)

PRESETS: Mapping[str, tuple[str, tuple[Capability, ...]]] = MappingProxyType(
    {
        "instructor": ("Instructor", _INSTRUCTOR),
        "ta": ("Teaching assistant", _STAFF),
        "grader": ("Grader", (Capability.VIEW_COURSE, Capability.VIEW_SUBMISSIONS, Capability.VIEW_GRADES)),
        "student": ("Student", (Capability.VIEW_COURSE, Capability.SUBMIT)),
        "auditor": ("Auditor", (Capability.VIEW_COURSE,)),
        "observer": ("Observer", (Capability.VIEW_COURSE,)),
    }
)


@transaction.atomic
def create_roles(offering: Offering) -> dict[str, Role]:
    """Give an offering the usual roles with their capabilities as rows. Roles that it has are left as they are."""
    roles = {role.key: role for role in offering.roles.all()}
    for sort, (key, (label, capabilities)) in enumerate(PRESETS.items()):
        if key in roles:
            continue
        roles[key] = Role.objects.create(offering=offering, key=key, label=label, sort=sort)
        RoleCapability.objects.bulk_create(
            [RoleCapability(role=roles[key], capability=capability) for capability in capabilities]
        )
    return roles


@transaction.atomic
def enroll(offering: Offering, *, user: User, role: str) -> Enrollment:
    """Give a person a role in an offering; who had left is back. Raises ``RoleUnknown``."""
    held = Role.objects.filter(offering=offering, key=role).first()
    if held is None:
        known = ", ".join(offering.roles.order_by("sort").values_list("key", flat=True)) or "none yet"
        message = f"{offering} has no role “{role}”. It has: {known}."
        raise RoleUnknown(message)
    enrollment, _ = Enrollment.objects.update_or_create(
        offering=offering, user=user, defaults={"status": Enrollment.Status.ACTIVE}
    )
    RoleAssignment.objects.get_or_create(enrollment=enrollment, role=held)
    return enrollment


def drop(enrollment: Enrollment) -> None:
    """Mark a person as having left. What they handed in stays."""
    Enrollment.objects.filter(pk=enrollment.pk).update(status=Enrollment.Status.DROPPED)
