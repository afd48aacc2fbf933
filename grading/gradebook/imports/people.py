"""Everybody of an offering as a roster describes them, in a fixed number of queries; and writing that back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.utils.text import slugify

from coursehub.accounts.models import User
from coursehub.courses.models import (
    Capability,
    Cohort,
    Enrollment,
    ExternalIdentity,
    Offering,
    Role,
    RoleAssignment,
    RoleCapability,
)
from coursehub.participation.models import Team, TeamSet
from grading.gradebook.imports.plans import PersonFacts

DROPPED = Enrollment.Status.DROPPED.value
OF_STUDENTS = frozenset({Capability.VIEW_COURSE, Capability.SUBMIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody of an offering, and what a roster would say of them."""

    user: User
    enrollment: Enrollment
    facts: PersonFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a person shall be. Without ``known`` they are added; without a ``user`` they get an account."""

    email: str
    user: User | None
    known: Known | None
    facts: PersonFacts


class Roles:
    """The roles of an offering and what they may do."""

    def __init__(self, offering: Offering) -> None:
        self.by_key = {role.key: role for role in offering.roles.all()}
        may: dict[str, set[str]] = defaultdict(set)
        rows = RoleCapability.objects.filter(role__offering=offering)
        for key, capability in rows.values_list("role__key", "capability"):
            may[key].add(capability)
        self.may: Mapping[str, set[str]] = may

    def is_staff(self, facts: PersonFacts) -> bool:
        """Whether one of a person's roles may do more than a student."""
        return any(self.may.get(key, set()) - OF_STUDENTS for key in facts.roles)

    def is_student(self, facts: PersonFacts) -> bool:
        """Whether a person hands in work and is no staff."""
        return not self.is_staff(facts) and any(Capability.SUBMIT in self.may.get(key, ()) for key in facts.roles)


def known_people(offering: Offering) -> list[Known]:
    """Return everybody who takes or took part, by name. Five queries."""
    enrollments = list(
        Enrollment.objects.filter(offering=offering).select_related("user").order_by("user__legal_name", "pk")
    )
    roles = _grouped(
        RoleAssignment.objects.filter(enrollment__offering=offering).values_list("enrollment_id", "role__key")
    )
    groups: dict[tuple[int, str], list[str]] = defaultdict(list)
    cohorts = Cohort.objects.filter(offering=offering, members__isnull=False).order_by("order", "name")
    for member, kind, name in cohorts.values_list("members", "kind", "name"):
        groups[member, kind].append(name)
    teams: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Team.objects.filter(team_set__offering=offering, members__isnull=False).order_by("pk")
    for member, teamset, name in rows.values_list("members", "team_set__key", "name"):
        teams[member][teamset] = name
    ids: dict[int, dict[str, str]] = defaultdict(dict)
    identities = ExternalIdentity.objects.filter(
        organization=offering.course.organization_id, user__enrollments__offering=offering
    )
    for user, system, value in identities.values_list("user_id", "system", "value"):
        ids[user][system] = value
    return [
        Known(
            user=row.user,
            enrollment=row,
            facts=PersonFacts(
                name=row.user.legal_name, preferred_name=row.user.preferred_name, status=row.status,
                roles=tuple(sorted(roles.get(row.pk, ()))), time_factor=row.time_factor.normalize(),
                sections=tuple(groups.get((row.pk, Cohort.Kind.SECTION), ())),
                cohorts=tuple(groups.get((row.pk, Cohort.Kind.ROTATION), ())),
                teams=teams.get(row.pk, {}), ids=ids.get(row.user_id, {}),
            ),
        )
        for row in enrollments
    ]  # fmt: skip


def is_unused(user: User) -> bool:
    """Whether nobody has ever used an account: a roster may then still say what its person is called."""
    return user.last_login is None and not user.has_usable_password()


def write_people(offering: Offering, targets: Sequence[Target]) -> list[Enrollment]:
    """Make people what they shall be, table by table; returns the enrollments of those who are new, to invite them.

    Call it in a transaction. What is equal already is not touched.
    """
    users = _written_users(targets)
    enrollments, new = _written_enrollments(offering, targets, users)
    _write_roles(offering, targets, enrollments)
    _write_groups(offering, targets, enrollments)
    _write_teams(offering, targets, enrollments)
    _write_ids(offering, targets, users)
    return new


def _written_users(targets: Sequence[Target]) -> list[User]:
    users: list[User] = []
    new, renamed = [], []
    for target in targets:
        user = target.user
        if user is None:
            user = User(email=target.email, password=make_password(None))
            new.append(user)
        elif (user.legal_name, user.preferred_name) != (target.facts.name, target.facts.preferred_name):
            renamed.append(user)
        user.legal_name, user.preferred_name = target.facts.name, target.facts.preferred_name
        users.append(user)
    User.objects.bulk_create(new)
    User.objects.bulk_update(renamed, ["legal_name", "preferred_name"], batch_size=500)
    return users


def _written_enrollments(
    offering: Offering, targets: Sequence[Target], users: Sequence[User]
) -> tuple[list[Enrollment], list[Enrollment]]:
    rows: list[Enrollment] = []
    new, changed = [], []
    for target, user in zip(targets, users, strict=True):
        facts, row = target.facts, target.known.enrollment if target.known else None
        if row is None:
            row = Enrollment(offering=offering, user=user)
            new.append(row)
        elif (row.status, row.time_factor) != (facts.status, facts.time_factor):
            changed.append(row)
        row.status, row.time_factor = facts.status, facts.time_factor
        rows.append(row)
    Enrollment.objects.bulk_create(new)
    Enrollment.objects.bulk_update(changed, ["status", "time_factor"], batch_size=500)
    return rows, [row for row in new if row.status != DROPPED]


def _write_roles(offering: Offering, targets: Sequence[Target], rows: Sequence[Enrollment]) -> None:
    roles = {role.key: role for role in Role.objects.filter(offering=offering)}
    new, gone = [], defaultdict[str, list[int]](list)
    for target, row in zip(targets, rows, strict=True):
        had = set(target.known.facts.roles if target.known else ())
        for key in had - set(target.facts.roles):
            gone[key].append(row.pk)
        new += [RoleAssignment(enrollment=row, role=roles[key]) for key in set(target.facts.roles) - had]
    for key, people in gone.items():
        RoleAssignment.objects.filter(role=roles[key], enrollment__in=people).delete()
    RoleAssignment.objects.bulk_create(new)


def _write_groups(offering: Offering, targets: Sequence[Target], rows: Sequence[Enrollment]) -> None:
    groups = {(cohort.kind, cohort.name): cohort for cohort in Cohort.objects.filter(offering=offering)}
    wanted, gone = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    before = len(groups)
    for kind, field in ((Cohort.Kind.SECTION, "sections"), (Cohort.Kind.ROTATION, "cohorts")):
        for target, row in zip(targets, rows, strict=True):
            had = set(getattr(target.known.facts, field)) if target.known else set()
            shall = set(getattr(target.facts, field))
            for name in sorted(shall - had):
                if (kind, name) not in groups:
                    groups[kind, name] = _new_group(offering, kind, name, groups)
                wanted[groups[kind, name].pk].add(row.pk)
            for name in had - shall:
                gone[groups[kind, name].pk].add(row.pk)
    members = Cohort.members.through
    for cohort, people in gone.items():
        members.objects.filter(cohort=cohort, enrollment__in=people).delete()
    members.objects.bulk_create(
        [members(cohort_id=cohort, enrollment_id=row) for cohort, added in wanted.items() for row in sorted(added)]
    )
    if len(groups) > before:
        Offering.objects.filter(pk=offering.pk).update(version=F("version") + 1)


def _new_group(offering: Offering, kind: str, name: str, groups: Mapping[tuple[str, str], Cohort]) -> Cohort:
    keys = {cohort.key for cohort in groups.values()}
    stem = slugify(name)[:50] or kind
    key = next(key for key in (stem, *(f"{stem}-{n}" for n in range(2, len(keys) + 3))) if key not in keys)
    return Cohort.objects.create(offering=offering, key=key, kind=kind, name=name, order=len(groups))


def _write_teams(offering: Offering, targets: Sequence[Target], rows: Sequence[Enrollment]) -> None:
    sets = {row.key: row for row in TeamSet.objects.filter(offering=offering)}
    found = Team.objects.filter(team_set__in=sets.values()).select_related("team_set")
    teams = {(team.team_set.key, team.name): team for team in found}
    wanted, gone = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for target, row in zip(targets, rows, strict=True):
        had = target.known.facts.teams if target.known else {}
        for key in sorted(had.keys() | target.facts.teams.keys()):
            old, new = had.get(key, ""), target.facts.teams.get(key, "")
            if old == new:
                continue
            if old:
                gone[teams[key, old].pk].add(row.pk)
            if new:
                if (key, new) not in teams:
                    teams[key, new] = Team.objects.create(team_set=sets[key], name=new)
                wanted[teams[key, new].pk].add(row.pk)
    members = Team.members.through
    for team, people in gone.items():
        members.objects.filter(team=team, enrollment__in=people).delete()
    members.objects.bulk_create(
        [members(team_id=team, enrollment_id=row) for team, added in wanted.items() for row in sorted(added)]
    )


def _write_ids(offering: Offering, targets: Sequence[Target], users: Sequence[User]) -> None:
    organization, new = offering.course.organization, []
    gone: dict[str, list[int]] = {}
    for target, user in zip(targets, users, strict=True):
        had = target.known.facts.ids if target.known else {}
        for system in had.keys() | target.facts.ids.keys():
            value = target.facts.ids.get(system, "")
            if had.get(system, "") == value:
                continue
            gone.setdefault(system, []).append(user.pk)
            if value:
                new.append(ExternalIdentity(organization=organization, user=user, system=system, value=value))
    # All that go, go first: two people may have each other's.
    for system, people in gone.items():
        ExternalIdentity.objects.filter(organization=organization, system=system, user__in=people).delete()
    ExternalIdentity.objects.bulk_create(new)


def _grouped(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for key, value in rows:
        found[key].append(value)
    return found
