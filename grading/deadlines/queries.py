"""Which dates hold for whom. Every question takes a whole class as easily as one person: the queries are as many."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from coursehub.courses.access import Person
from coursehub.courses.models import Cohort, Enrollment
from coursehub.participation.models import Team
from grading.assessments.models import Assessment
from grading.assessments.queries import released_for
from grading.deadlines.dates import BaseDates, EffectiveDates, Granted, combined
from grading.deadlines.models import Extension
from grading.engine.lateness import DueSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """Something to hand in, and when for the person who asked."""

    assessment: Assessment
    dates: EffectiveDates


_FEW = 100
"""Up to so many people the database is asked for their extensions only, else for all of the assessments."""


def effective_dates(
    assessments: Collection[Assessment], enrollments: Collection[Enrollment]
) -> dict[tuple[int, int], EffectiveDates]:
    """Return what holds for each person in each assessment of their offering, by both their keys.

    At most three queries, however many there are of either; none where there is nothing to ask for.
    """
    if not assessments or not enrollments:
        return {}
    granted = _granted(assessments, [enrollment.pk for enrollment in enrollments])
    by_offering: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for enrollment in enrollments:
        by_offering[enrollment.offering_id].append((enrollment.pk, Decimal(enrollment.time_factor)))
    found: dict[tuple[int, int], EffectiveDates] = {}
    for assessment in assessments:
        base = base_of(assessment)
        # Most people share the dates of everybody: they are made once, and are one object.
        usual: dict[Decimal, EffectiveDates] = {}
        own = assessment.pk
        for person, factor in by_offering[assessment.offering_id]:
            key = (own, person)
            if key in granted:
                found[key] = combined(base, granted[key], time_factor=factor)
            elif (shared := usual.get(factor)) is not None:
                found[key] = shared
            else:
                found[key] = usual[factor] = combined(base, (), time_factor=factor)
    return found


def dates_of(user: Person, assessments: Collection[Assessment]) -> dict[int, EffectiveDates]:
    """Return what holds for one person in each assessment, of whatever offerings, by its key; four queries at most.

    Who takes no part in an offering has everybody's dates.
    """
    if user.pk is None or not assessments:
        return {assessment.pk: everybodys(assessment) for assessment in assessments}
    enrollments = Enrollment.objects.filter(
        user_id=user.pk,
        status=Enrollment.Status.ACTIVE,
        offering_id__in={assessment.offering_id for assessment in assessments},
    )
    found = {key[0]: dates for key, dates in effective_dates(assessments, list(enrollments)).items()}
    return {assessment.pk: found.get(assessment.pk) or everybodys(assessment) for assessment in assessments}


def dates_for(user: Person, assessment: Assessment) -> EffectiveDates:
    """Return what holds for one person in one assessment; everybody's dates for who takes no part."""
    return dates_of(user, [assessment])[assessment.pk]


def everybodys(assessment: Assessment) -> EffectiveDates:
    """Return what holds where nothing was granted."""
    return combined(base_of(assessment), ())


def base_of(assessment: Assessment) -> BaseDates:
    """Return the dates and tries that an assessment has for everybody."""
    return BaseDates(due_at=assessment.due_at, closes_at=assessment.closes_at, tries=assessment.tries)


def standing_extensions(assessments: Iterable[Assessment | int] | QuerySet[Assessment, Any]) -> QuerySet[Extension]:
    """Return the extensions of these assessments that nobody has taken back."""
    return Extension.objects.filter(assessment__in=assessments, revoked_at=None)


def reaching(extensions: QuerySet[Extension], user: Person) -> QuerySet[Extension]:
    """Return those that reach a person: their own, and those of the teams and cohorts that they are in."""
    mine = Enrollment.objects.filter(user_id=user.pk or 0, status=Enrollment.Status.ACTIVE).values("pk")
    return extensions.filter(_for_any_of(mine))


def upcoming_for(user: Person, *, at: datetime) -> list[Upcoming]:
    """Return what is released and due or closing in the future for a person, across all courses, soonest first.

    What is never due for them comes last.
    """
    open_here = released_for(user)
    mine = reaching(standing_extensions(open_here.values("pk")), user).values("assessment_id")
    found = list(open_here.filter(Q(due_at__gte=at) | Q(closes_at__gte=at) | Q(pk__in=mine)))
    dates = dates_of(user, found)
    rows = [Upcoming(assessment=assessment, dates=dates[assessment.pk]) for assessment in found]
    current = [row for row in rows if row.dates.last_hand_in_at is None or row.dates.last_hand_in_at >= at]
    return sorted(current, key=lambda row: (row.dates.due_at is None, row.dates.due_at or at, row.assessment.pk))


def _for_any_of(people: Collection[int] | QuerySet[Enrollment, Any]) -> Q:
    teams = Team.objects.filter(members__in=people).values("pk")
    cohorts = Cohort.objects.filter(members__in=people).values("pk")
    return Q(enrollment__in=people) | Q(team__in=teams) | Q(cohort__in=cohorts)


def _granted(assessments: Collection[Assessment], people: Collection[int]) -> dict[tuple[int, int], list[Granted]]:
    found = standing_extensions([assessment.pk for assessment in assessments])
    if len(people) <= _FEW:
        found = found.filter(_for_any_of(people))
    rows = list(found.order_by("pk"))
    in_team = _by_group(Team, {row.team_id for row in rows if row.team_id})
    in_cohort = _by_group(Cohort, {row.cohort_id for row in rows if row.cohort_id})
    reached = defaultdict(list)
    for row in rows:
        if row.enrollment_id is not None:
            source, who = DueSource.ENROLMENT, [row.enrollment_id]
        elif row.team_id is not None:
            source, who = DueSource.TEAM, in_team[row.team_id]
        else:
            source, who = DueSource.COHORT, in_cohort[row.cohort_id or 0]
        for person in who:
            reached[row.assessment_id, person].append(granted_by(row, source))
    return reached


def granted_by(row: Extension, source: DueSource) -> Granted:
    """Return what an extension gives."""
    return Granted(
        pk=row.pk,
        source=source,
        due_at=row.due_at,
        closes_at=row.closes_at,
        has_no_end=row.has_no_end,
        tries=row.tries,
        time_factor=Decimal(row.time_factor) if row.time_factor is not None else None,
    )


def _by_group(group: type[Team] | type[Cohort], wanted: set[int]) -> dict[int, list[int]]:
    members: dict[int, list[int]] = defaultdict(list)
    if wanted:
        for key, person in group._default_manager.filter(pk__in=wanted, members__isnull=False).values_list(
            "pk", "members"
        ):
            members[key].append(person)
    return members
