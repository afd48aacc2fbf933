"""What follows when dates move: those above compute again, and whose deadline moved is written to."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q

from coursehub.courses.models import Enrollment
from grading.assessments.models import Assessment
from grading.deadlines import notices
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.models import Extension
from grading.deadlines.queries import effective_dates
from grading.deadlines.signals import dates_changed

Dates = Mapping[tuple[int, int], EffectiveDates]


def reached_by(extensions: Collection[Extension]) -> list[Enrollment]:
    """Return the active people whom these extensions reach, each once, with ``user``."""
    direct = {row.enrollment_id for row in extensions if row.enrollment_id}
    teams = {row.team_id for row in extensions if row.team_id}
    cohorts = {row.cohort_id for row in extensions if row.cohort_id}
    reached = Q(pk__in=direct) | Q(teams__in=teams) | Q(cohorts__in=cohorts)
    people = Enrollment.objects.filter(reached, status=Enrollment.Status.ACTIVE).select_related("user")
    return list(people.distinct().order_by("pk"))


@contextmanager
def moving(assessments: Collection[Assessment], people: Collection[Enrollment], *, tell: bool) -> Iterator[None]:
    """Announce what moves within: ``dates_changed`` in the transaction, and with `tell` mail after it.

    Who keeps their due moment gets no mail.
    """
    before = effective_dates(assessments, people)
    with transaction.atomic():
        yield
        announce([assessment.pk for assessment in assessments], [person.pk for person in people])
    if tell:
        _tell(assessments, people, before, effective_dates(assessments, people))


def announce(assessment_pks: Collection[int], enrollment_pks: Collection[int]) -> None:
    """Send ``dates_changed`` where there is anything to announce; call it within the transaction."""
    if assessment_pks and enrollment_pks:
        dates_changed.send(
            sender=None, assessment_pks=frozenset(assessment_pks), enrollment_pks=frozenset(enrollment_pks)
        )


def announce_for_everybody(assessments: Collection[Assessment]) -> None:
    """Announce that points in these assessments of one offering may have changed for all their people."""
    offerings = {assessment.offering_id for assessment in assessments}
    people = Enrollment.objects.filter(offering__in=offerings).values_list("pk", flat=True)
    announce([assessment.pk for assessment in assessments], list(people))


def _tell(assessments: Collection[Assessment], people: Collection[Enrollment], before: Dates, after: Dates) -> None:
    moved = [
        notices.Moved(email=person.user.email, assessment=assessment, due_at=now.due_at)
        for assessment in assessments
        for person in people
        if (now := after.get((assessment.pk, person.pk))) and now.due_at != before[assessment.pk, person.pk].due_at
    ]
    if moved:
        transaction.on_commit(lambda: notices.tell_moved(moved), robust=True)
