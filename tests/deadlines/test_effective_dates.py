"""Whom an extension reaches, and that a class costs as many queries as one person."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from coursehub.common.clock import database_now
from coursehub.courses.models import Cohort, Enrollment, Offering
from coursehub.participation.models import Team, TeamSet
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension
from grading.deadlines.queries import dates_for, dates_of, effective_dates
from tests.factories import make_assessment, make_offering, make_students
from tests.people import People

pytestmark = pytest.mark.django_db
Counter = Callable[[int], object]


def enrollment_of(offering: Offering, user: object) -> Enrollment:
    return Enrollment.objects.get(offering=offering, user=user)


def test_an_extension_reaches_its_person_only(offering: Offering, homework: Assessment, people: People) -> None:
    later = homework.due_at + timedelta(days=3)
    Extension.objects.create(assessment=homework, enrollment=enrollment_of(offering, people.ada), due_at=later)

    assert dates_for(people.ada, homework).due_at == later
    assert dates_for(people.ben, homework).due_at == homework.due_at


def test_an_extension_of_a_team_reaches_its_members(offering: Offering, homework: Assessment, people: People) -> None:
    teams = TeamSet.objects.create(offering=offering, key="pairs", title="Pairs")
    team = Team.objects.create(team_set=teams, name="One")
    team.members.add(enrollment_of(offering, people.ada), enrollment_of(offering, people.ben))
    later = homework.due_at + timedelta(days=3)
    Extension.objects.create(assessment=homework, team=team, due_at=later)

    found = [dates_for(person, homework).due_at for person in (people.ada, people.ben, people.chloe)]

    assert found == [later, later, homework.due_at]


def test_an_extension_of_a_cohort_reaches_its_members(offering: Offering, homework: Assessment, people: People) -> None:
    cohort = Cohort.objects.create(offering=offering, key="a", name="Section A")
    cohort.members.add(enrollment_of(offering, people.chloe))
    later = homework.due_at + timedelta(days=3)
    Extension.objects.create(assessment=homework, cohort=cohort, due_at=later)

    assert dates_for(people.chloe, homework).due_at == later
    assert dates_for(people.ada, homework).due_at == homework.due_at


def test_one_taken_back_counts_no_more(offering: Offering, homework: Assessment, people: People) -> None:
    Extension.objects.create(
        assessment=homework,
        enrollment=enrollment_of(offering, people.ada),
        due_at=homework.due_at + timedelta(days=3),
        revoked_at=database_now(),
    )

    assert dates_for(people.ada, homework).due_at == homework.due_at


def test_an_outsider_and_a_visitor_have_everybodys_dates(homework: Assessment, people: People) -> None:
    for person in (people.otto, AnonymousUser()):
        assert dates_for(person, homework).due_at == homework.due_at


def test_courses_do_not_mix(offering: Offering, homework: Assessment, people: People) -> None:
    other = make_assessment(make_offering("vectors-201"), "hw1")
    later = other.due_at + timedelta(days=3)
    Extension.objects.create(assessment=other, enrollment=enrollment_of(other.offering, people.ada), due_at=later)

    found = dates_of(people.ada, [homework, other])

    assert (found[homework.pk].due_at, found[other.pk].due_at) == (homework.due_at, later)


@pytest.mark.parametrize("count", [5, 150])
def test_a_class_takes_three_queries(
    offering: Offering, homework: Assessment, count: int, django_assert_num_queries: Counter
) -> None:
    second = make_assessment(offering, "hw2")
    enrollments = list(Enrollment.objects.filter(user__in=make_students(offering, count)))
    cohort = Cohort.objects.create(offering=offering, key="a", name="Section A")
    cohort.members.set(enrollments)
    teams = TeamSet.objects.create(offering=offering, key="pairs", title="Pairs")
    for number, enrollment in enumerate(enrollments):
        team = Team.objects.create(team_set=teams, name=str(number))
        team.members.add(enrollment)
        Extension.objects.create(assessment=homework, team=team, due_at=homework.due_at + timedelta(days=1))
    Extension.objects.create(assessment=second, cohort=cohort, has_no_end=True)

    with django_assert_num_queries(3):
        found = effective_dates([homework, second], enrollments)

    assert len(found) == 2 * count
    assert {found[homework.pk, one.pk].due_at for one in enrollments} == {homework.due_at + timedelta(days=1)}
    assert {found[second.pk, one.pk].due_at for one in enrollments} == {None}
