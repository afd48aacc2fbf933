"""Who may see and do what in an offering. Everything asks here; nothing asks for a role by its name."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from coursehub.accounts.models import User
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Audience, Capability, Enrollment, Offering, RoleCapability

Person = User | AnonymousUser
VISITOR = "visitor"
"""The name under which a page is previewed as somebody without an account sees it."""
_STAFF = frozenset({Capability.VIEW_UNRELEASED, Capability.EDIT_COURSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody in front of an offering, and what they may see and do there."""

    user: Person
    offering: Offering
    capabilities: frozenset[Capability]
    audiences: frozenset[Audience]
    preview_as: str = ""
    """The role whose eyes an editor borrows, or ``visitor``; empty for one's own."""

    @property
    def is_preview(self) -> bool:
        """Whether somebody who edits the offering looks at it as another role does."""
        return bool(self.preview_as)

    @property
    def is_staff(self) -> bool:
        """Whether they see what is not released yet."""
        return Audience.STAFF in self.audiences


def _key(user: Person) -> int:
    # Nobody has the key 0: that is who has not signed in.
    return user.pk or 0


def having(user: Person, capability: Capability, *, offering: str = "pk") -> Exists:
    """Return a condition: `user` has `capability` in the offering that the field `offering` of the row names."""
    return Exists(
        RoleCapability.objects.filter(
            capability=capability,
            role__assignments__enrollment__user_id=_key(user),
            role__assignments__enrollment__status=Enrollment.Status.ACTIVE,
            role__assignments__enrollment__offering_id=OuterRef(offering),
        )
    )


def open_to_all(*, offering: str = "", listed_only: bool = False) -> Q:
    """Return a condition: everybody may read the offering, which the prefix `offering` of the row reaches."""
    seen = [Offering.Visibility.PUBLIC] if listed_only else [Offering.Visibility.PUBLIC, Offering.Visibility.UNLISTED]
    return ~Q(**{f"{offering}status": Offering.Status.DRAFT}) & Q(**{f"{offering}visibility__in": seen})


def offerings_of(user: Person) -> QuerySet[Offering]:
    """Return the offerings that a person takes part in; a draft only with the right to edit it."""
    return _offerings().filter(_takes_part(user))


def offerings_for(user: Person) -> QuerySet[Offering]:
    """Return the offerings that a person may find: the public ones, and those that they take part in."""
    return _offerings().filter(open_to_all(listed_only=True) | _takes_part(user))


def offering_for(user: Person, slug: str) -> Offering:
    """Return one offering by its place in addresses. Raises ``Offering.DoesNotExist`` for who may not see it."""
    return _offerings().filter(open_to_all() | _takes_part(user)).get(slug=slug)


def offering_of(user: Person, slug: str) -> Offering:
    """Return one offering that a person takes part in. Raises ``Offering.DoesNotExist`` for everybody else."""
    return offerings_of(user).get(slug=slug)


def place_of(user: Person, slug: str, **columns: Exists) -> tuple[Offering, frozenset[Capability]]:
    """Return an offering that a person takes part in, and all that they may do there, by one query.

    The offering has the further `columns` as attributes. Raises ``Offering.DoesNotExist`` for everybody else.
    """
    rows = list(
        offerings_of(user)
        .filter(slug=slug, enrollments__user_id=_key(user), enrollments__status=Enrollment.Status.ACTIVE)
        .annotate(**columns, capability=F("enrollments__roles__capabilities__capability"))
    )
    if not rows:
        raise Offering.DoesNotExist
    return rows[0], _known([name for row in rows if (name := getattr(row, "capability", None))])


def capabilities_of(user: Person, offering: Offering) -> frozenset[Capability]:
    """Return everything that a person may do in an offering; nothing for an outsider."""
    held = RoleCapability.objects.filter(
        role__assignments__enrollment__user_id=_key(user),
        role__assignments__enrollment__status=Enrollment.Status.ACTIVE,
        role__assignments__enrollment__offering=offering,
    ).values_list("capability", flat=True)
    return _known(held)


def viewer_for(user: Person, offering: Offering, preview_as: str = "") -> Viewer:
    """Return what a person may see of an offering that they may see.

    `preview_as` is ``visitor`` or the key of a role; only who may edit the offering can borrow other eyes, and for
    everybody else, or for a role that there is not, it is ignored.
    """
    own = capabilities_of(user, offering)
    if not preview_as or Capability.EDIT_COURSE not in own:
        return Viewer(user=user, offering=offering, capabilities=own, audiences=_audiences(own))
    if preview_as == VISITOR:
        return Viewer(
            user=AnonymousUser(),
            offering=offering,
            capabilities=frozenset(),
            audiences=_audiences(()),
            preview_as=VISITOR,
        )
    borrowed = _known(
        RoleCapability.objects.filter(role__offering=offering, role__key=preview_as).values_list(
            "capability", flat=True
        )
    )
    if not borrowed:
        return Viewer(user=user, offering=offering, capabilities=own, audiences=_audiences(own))
    return Viewer(
        user=user,
        offering=offering,
        capabilities=borrowed,
        audiences=_audiences(borrowed),
        preview_as=preview_as,
    )


def require(user: Person, offering: Offering, capability: Capability) -> None:
    """Raise ``NotAllowed`` unless the person has the capability in the offering."""
    if capability not in capabilities_of(user, offering):
        message = f"You may not do this in {offering.course.code}: it takes the right “{capability.label}”."
        raise NotAllowed(message)


def _offerings() -> QuerySet[Offering]:
    return Offering.objects.select_related("course__organization", "term")


def _takes_part(user: Person) -> Q:
    return Q(having(user, Capability.VIEW_COURSE)) & (
        ~Q(status=Offering.Status.DRAFT) | Q(having(user, Capability.EDIT_COURSE))
    )


def _known(names: Collection[str] | QuerySet[RoleCapability, str]) -> frozenset[Capability]:
    return frozenset(Capability(name) for name in names if name in Capability.values)


def _audiences(capabilities: Collection[Capability]) -> frozenset[Audience]:
    seen = {Audience.PUBLIC}
    if Capability.VIEW_COURSE in capabilities:
        seen.add(Audience.ENROLLED)
    if _STAFF & set(capabilities):
        seen.add(Audience.STAFF)
    return frozenset(seen)
