"""Extensions and requests, asked for by the person who looks: staff see those of their sections, students their own."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet

from coursehub.accounts.models import User
from coursehub.courses.access import require
from coursehub.courses.models import Capability, Cohort, Enrollment, Offering, RoleAssignment
from coursehub.participation.models import Team
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension, ExtensionRequest


def extensions_for(
    user: User, offering: Offering, *, assessment: str = "", text: str = "", with_revoked: bool = False
) -> QuerySet[Extension]:
    """Return the extensions of an offering, the newest first, one query. Raises ``NotAllowed``."""
    require(user, offering, Capability.GRANT_EXTENSIONS)
    rows = Extension.objects.filter(assessment__offering=offering)
    if not with_revoked:
        rows = rows.filter(revoked_at=None)
    if assessment:
        rows = rows.filter(assessment__slug=assessment.replace("\0", ""))
    for word in text.replace("\0", "").split()[:5]:
        rows = rows.filter(
            Q(enrollment__user__legal_name__icontains=word)
            | Q(enrollment__user__preferred_name__icontains=word)
            | Q(enrollment__user__email__icontains=word)
            | Q(team__name__icontains=word)
            | Q(cohort__name__icontains=word)
        )
    sections = sections_of(user, offering)
    if sections is not None:
        rows = rows.filter(
            Q(cohort__in=sections) | Q(enrollment__in=_members(sections)) | Q(team__members__in=_members(sections))
        ).distinct()
    return rows.select_related("assessment", "enrollment__user", "team", "cohort", "granted_by", "revoked_by").order_by(
        "-pk"
    )


def extension_for(user: User, pk: int) -> Extension:
    """Return one extension for who may grant there. Raises ``Extension.DoesNotExist``, also where they may not."""
    found = Extension.objects.select_related("assessment__offering__course").get(pk=pk)
    offering = found.assessment.offering
    if not _may_grant(user, offering):
        raise Extension.DoesNotExist
    return extensions_for(user, offering, with_revoked=True).select_related("assessment__offering__course").get(pk=pk)


def requests_for(user: User, offering: Offering) -> QuerySet[ExtensionRequest]:
    """Return the requests of an offering, what waits first and the oldest of it on top. Raises ``NotAllowed``."""
    require(user, offering, Capability.GRANT_EXTENSIONS)
    rows = ExtensionRequest.objects.filter(assessment__offering=offering)
    sections = sections_of(user, offering)
    if sections is not None:
        rows = rows.filter(enrollment__in=_members(sections))
    return rows.select_related("assessment__offering__course", "enrollment__user", "decided_by", "extension").order_by(
        "pk"
    )


def request_for(user: User, pk: int) -> ExtensionRequest:
    """Return one request for who may decide it. Raises ``ExtensionRequest.DoesNotExist``, also where they may not."""
    found = ExtensionRequest.objects.select_related("assessment__offering").get(pk=pk)
    if not _may_grant(user, found.assessment.offering):
        raise ExtensionRequest.DoesNotExist
    return requests_for(user, found.assessment.offering).get(pk=pk)


def my_requests(user: User, assessments: Collection[Assessment]) -> QuerySet[ExtensionRequest]:
    """Return a person's own requests for these assessments, the newest first."""
    mine = ExtensionRequest.objects.filter(enrollment__user_id=user.pk, assessment__in=assessments)
    return mine.select_related("assessment__offering__course", "enrollment__user", "extension").order_by("-pk")


def my_request(user: User, pk: int) -> ExtensionRequest:
    """Return one request of a person's own. Raises ``ExtensionRequest.DoesNotExist``."""
    mine = ExtensionRequest.objects.filter(enrollment__user_id=user.pk)
    return mine.select_related("assessment__offering__course", "enrollment__user").get(pk=pk)


def people_for(user: User, offering: Offering) -> QuerySet[Enrollment]:
    """Return the active people to whom this person may grant something, by name. Raises ``NotAllowed``."""
    require(user, offering, Capability.GRANT_EXTENSIONS)
    people = Enrollment.objects.filter(offering=offering, status=Enrollment.Status.ACTIVE)
    sections = sections_of(user, offering)
    if sections is not None:
        people = people.filter(cohorts__in=sections).distinct()
    return people.select_related("user", "offering").order_by("user__legal_name", "pk")


def people_named(people: QuerySet[Enrollment], emails: Iterable[str]) -> tuple[list[Enrollment], list[str]]:
    """Return those of the people who have these addresses, and the addresses that nobody of them has."""
    wanted = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    known = {person.user.email.lower(): person for person in people} if wanted else {}
    return [known[email] for email in wanted if email in known], [email for email in wanted if email not in known]


def cohorts_for(user: User, offering: Offering) -> list[Cohort]:
    """Return the cohorts to which this person may grant something, in order."""
    sections = sections_of(user, offering)
    cohorts = offering.cohorts.order_by("order", "pk")
    return list(cohorts if sections is None else cohorts.filter(pk__in=sections))


def teams_for(user: User, offering: Offering) -> QuerySet[Team]:
    """Return the teams to which this person may grant something: of sections, those that have somebody of theirs."""
    teams = Team.objects.filter(team_set__offering=offering)
    sections = sections_of(user, offering)
    if sections is not None:
        teams = teams.filter(members__in=_members(sections)).distinct()
    return teams.select_related("team_set").order_by("team_set", "name")


def sections_of(user: User, offering: Offering) -> list[int] | None:
    """Return the keys of the cohorts whose people somebody grants extensions to; None: everybody."""
    held = RoleAssignment.objects.filter(
        enrollment__user_id=user.pk,
        enrollment__offering=offering,
        enrollment__status=Enrollment.Status.ACTIVE,
        role__capabilities__capability=Capability.GRANT_EXTENSIONS,
    ).values_list("pk", "cohorts")
    found = list(held)
    return None if any(cohort is None for _, cohort in found) else [cohort for _, cohort in found]


def _may_grant(user: User, offering: Offering) -> bool:
    return RoleAssignment.objects.filter(
        enrollment__user_id=user.pk,
        enrollment__offering=offering,
        enrollment__status=Enrollment.Status.ACTIVE,
        role__capabilities__capability=Capability.GRANT_EXTENSIONS,
    ).exists()


def _members(sections: Collection[int]) -> QuerySet[Enrollment, Any]:
    return Enrollment.objects.filter(cohorts__in=sections).values("pk")
