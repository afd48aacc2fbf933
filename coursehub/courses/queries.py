"""Questions about courses. What has an audience is asked for with a ``Viewer``."""

from collections.abc import Collection

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.access import Person, Viewer, offering_for, offerings_for, viewer_for
from coursehub.courses.models import (
    Announcement,
    Assumption,
    Capability,
    Change,
    Enrollment,
    ExternalLink,
    Offering,
    Page,
    Policy,
    Prerequisite,
    StaffMember,
    SyllabusBlock,
)

OF_PEOPLE = "extension:"
"""How the subject of a change begins that is about people, and not about what is written of the course."""
_PREVIOUS_AT_MOST = 20


def blocks_for(viewer: Viewer) -> QuerySet[SyllabusBlock]:
    """Return the parts of the syllabus that somebody may read, in order."""
    return viewer.offering.blocks.filter(audience__in=viewer.audiences).order_by("order", "pk")


def policies_for(viewer: Viewer) -> QuerySet[Policy]:
    """Return the policies of an offering, in order: who sees the offering sees them all."""
    return viewer.offering.policies.order_by("order", "pk")


def pages_for(viewer: Viewer) -> QuerySet[Page]:
    """Return the pages that somebody may read, in the order of the menu."""
    return viewer.offering.pages.filter(audience__in=viewer.audiences).order_by("nav_order", "title")


def links_for(viewer: Viewer) -> QuerySet[ExternalLink]:
    """Return the places elsewhere that somebody may know of, in order."""
    return viewer.offering.links.filter(audience__in=viewer.audiences).order_by("order", "pk")


def announcements_for(viewer: Viewer) -> QuerySet[Announcement]:
    """Return the announcements that somebody may read: pinned first, then the newest. Staff see those to come."""
    found = viewer.offering.announcements.filter(audience__in=viewer.audiences)
    if not viewer.is_staff:
        mine = Q(cohorts__members__user_id=viewer.user.pk or 0, cohorts__members__status=Enrollment.Status.ACTIVE)
        found = (
            found.filter(publish_at__lte=Now())
            .annotate(addressed=Count("cohorts", distinct=True))
            .filter(Q(addressed=0) | mine)
            .distinct()
        )
    return found.prefetch_related("cohorts").order_by("-is_pinned", F("publish_at").desc(nulls_first=True), "-pk")


def prerequisites_of(offering: Offering) -> QuerySet[Prerequisite]:
    """Return what to know before, in order."""
    return offering.prerequisites.order_by("order", "pk")


def staff_of(offering: Offering) -> QuerySet[StaffMember]:
    """Return who teaches, in order."""
    return offering.staff.order_by("order", "pk")


def instructors_in(offerings: Collection[Offering]) -> QuerySet[StaffMember]:
    """Return the instructors of several offerings, in order."""
    instructor = StaffMember.Position.INSTRUCTOR
    return StaffMember.objects.filter(offering__in=offerings, position=instructor).order_by("order", "pk")


def assumptions_of(offering: Offering) -> QuerySet[Assumption]:
    """Return what the documents of an offering do not say, in order."""
    return offering.assumptions.select_related("confirmed_by").order_by("order", "pk")


def changes_of(offering: Offering) -> QuerySet[Change]:
    """Return every change of what is written about an offering, newest first, with who made it.

    What was given to single people is not among them: who edits a course need not know of it.
    """
    rows = offering.changes.exclude(subject__startswith=OF_PEOPLE)
    return rows.select_related("made_by").order_by("-pk")


def public_changes_of(offering: Offering) -> QuerySet[Change]:
    """Return the changes that everybody who sees the offering may read, newest first."""
    return offering.changes.filter(is_shown=True).order_by("-pk")


def previous_of(viewer: Viewer) -> list[Offering]:
    """Return the earlier offerings that somebody may see: the chain back, and others of the same course."""
    seen = offerings_for(viewer.user).exclude(pk=viewer.offering.pk)
    found = {row.pk: row for row in seen.filter(course_id=viewer.offering.course_id)[:_PREVIOUS_AT_MOST]}
    if viewer.offering.previous_id and viewer.offering.previous_id not in found:
        found.update({row.pk: row for row in seen.filter(pk=viewer.offering.previous_id)})
    return sorted(found.values(), key=lambda row: (row.term.starts_on is not None, row.term.starts_on), reverse=True)


def page_for(user: Person, offering_slug: str, slug: str) -> Page:
    """Return a page that a person may see. Raises ``DoesNotExist`` otherwise."""
    viewer = viewer_for(user, offering_for(user, offering_slug))
    return pages_for(viewer).select_related("offering__course", "offering__term").get(slug=slug)


def people_with(capability: Capability, offering: Offering) -> QuerySet[User]:
    """Return the active people who hold a capability in an offering, each once."""
    return (
        User.objects.filter(
            is_active=True,
            enrollments__offering=offering,
            enrollments__status=Enrollment.Status.ACTIVE,
            enrollments__roles__capabilities__capability=capability,
        )
        .order_by("legal_name", "pk")
        .distinct()
    )


def enrollment_of(user: User, offering: Offering) -> Enrollment:
    """Return a person's active place in an offering. Raises ``Enrollment.DoesNotExist``."""
    return Enrollment.objects.get(user=user, offering=offering, status=Enrollment.Status.ACTIVE)
