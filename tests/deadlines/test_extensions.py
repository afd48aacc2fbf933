"""Grant, change and revoke: who may, what is refused, what follows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail

from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Cohort, Enrollment, Offering
from coursehub.participation.models import Team, TeamSet
from grading.assessments.models import Assessment
from grading.deadlines import services
from grading.deadlines.errors import ExtensionChanged, NoMoreTime, NothingGiven, WrongPeople
from grading.deadlines.models import Extension
from grading.deadlines.queries import dates_for
from grading.deadlines.services import Given
from grading.deadlines.signals import dates_changed
from tests.factories import make_assessment, make_offering
from tests.people import People

pytestmark = pytest.mark.django_db
Captured = list[tuple[frozenset[int], frozenset[int]]]


@pytest.fixture
def announced() -> Iterator[Captured]:
    found: Captured = []

    def note(assessment_pks: frozenset[int], enrollment_pks: frozenset[int], **_: object) -> None:
        found.append((assessment_pks, enrollment_pks))

    dates_changed.connect(note)
    yield found
    dates_changed.disconnect(note)


@pytest.fixture
def ada(offering: Offering, people: People) -> Enrollment:
    return Enrollment.objects.get(offering=offering, user=people.ada)


def test_one_grant_covers_several_assessments(
    offering: Offering, homework: Assessment, ada: Enrollment, people: People, announced: Captured
) -> None:
    second = make_assessment(offering, "hw2", due_at=homework.due_at + timedelta(days=7), closes_at=None)

    made = services.grant([homework, second], to=[ada], given=Given(days=2), by=people.ines, reason_shown="Travel")

    assert [row.reason_shown for row in made] == ["Travel", "Travel"]
    assert dates_for(people.ada, second).due_at == second.due_at + timedelta(days=2)
    assert announced == [({homework.pk, second.pk}, {ada.pk})]


def test_the_same_grant_again_makes_nothing_new(homework: Assessment, ada: Enrollment, people: People) -> None:
    first = services.grant([homework], to=[ada], given=Given(days=2), by=people.ines)
    again = services.grant([homework], to=[ada], given=Given(days=2), by=people.ines)

    assert again == first
    assert Extension.objects.count() == 1


def test_days_are_days_of_the_wall_clock(ada: Enrollment, people: People) -> None:
    moment = Assessment._meta.get_field("due_at").to_python("2026-03-08T04:59:00+00:00")  # 23:59 before clocks change
    homework = make_assessment(ada.offering, "spring", due_at=moment, closes_at=None)

    services.grant([homework], to=[ada], given=Given(days=1), by=people.ines)

    local = dates_for(people.ada, homework).due_at.astimezone(homework.offering.zone)
    assert f"{local:%d %H:%M}" == "08 23:59"


@pytest.mark.parametrize("person", ["tariq", "ada", "otto"])
def test_only_who_has_the_right_grants(homework: Assessment, ada: Enrollment, people: People, person: str) -> None:
    with pytest.raises(NotAllowed):
        services.grant([homework], to=[ada], given=Given(days=2), by=getattr(people, person))


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (Given(), NothingGiven),
        (Given(time_factor=Decimal("0.5")), NothingGiven),
        (Given(days=0), NoMoreTime),
        (Given(days=-1), NoMoreTime),
    ],
)
def test_what_gives_nothing_is_refused(
    homework: Assessment, ada: Enrollment, people: People, given: Given, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        services.grant([homework], to=[ada], given=given, by=people.ines)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_date_that_nobody_means_is_refused(homework: Assessment, ada: Enrollment, people: People, year: int) -> None:
    with pytest.raises(NoMoreTime, match="Check the year"):
        services.grant([homework], to=[ada], given=Given(due_at=datetime(year, 1, 1, tzinfo=UTC)), by=people.ines)


def test_people_of_another_course_are_refused(homework: Assessment, people: People) -> None:
    stranger = Enrollment.objects.get(offering=make_offering("vectors-201"), user=people.ada)

    with pytest.raises(WrongPeople):
        services.grant([homework], to=[stranger], given=Given(days=1), by=people.ines)


def test_a_team_gets_time_only_where_it_hands_in(
    offering: Offering, homework: Assessment, ada: Enrollment, people: People
) -> None:
    teams = TeamSet.objects.create(offering=offering, key="pairs", title="Pairs")
    team = Team.objects.create(team_set=teams, name="One")
    team.members.add(ada)
    project = make_assessment(offering, "project", team_set=teams)

    with pytest.raises(WrongPeople, match="not handed in by the teams"):
        services.grant([homework], to=[team], given=Given(days=1), by=people.ines)
    services.grant([project], to=[team], given=Given(days=1), by=people.ines)

    assert dates_for(people.ada, project).due_at == project.due_at + timedelta(days=1)


def test_a_change_takes_the_version_that_was_looked_at(homework: Assessment, ada: Enrollment, people: People) -> None:
    extension = services.grant([homework], to=[ada], given=Given(days=1), by=people.ines)[0]
    changed = services.change(
        extension, by=people.ines, version=1, given=Given(days=3), reason_private="", reason_shown="More"
    )

    assert (changed.version, dates_for(people.ada, homework).due_at) == (2, homework.due_at + timedelta(days=3))
    with pytest.raises(ExtensionChanged):
        services.change(extension, by=people.ines, version=1, given=Given(days=2), reason_private="", reason_shown="")


def test_what_is_revoked_stays_as_a_row_and_counts_no_more(
    homework: Assessment, ada: Enrollment, people: People, announced: Captured
) -> None:
    extension = services.grant([homework], to=[ada], given=Given(days=1), by=people.ines)[0]
    services.revoke(extension, by=people.ines, version=1)

    assert dates_for(people.ada, homework).due_at == homework.due_at
    assert Extension.objects.get().revoked_by == people.ines
    assert len(announced) == 2
    with pytest.raises(ExtensionChanged):
        services.revoke(extension, by=people.ines, version=2)


def test_whose_deadline_moved_gets_mail_without_reasons_and_nobody_else(
    offering: Offering,
    homework: Assessment,
    ada: Enrollment,
    people: People,
    django_capture_on_commit_callbacks: object,
) -> None:
    cohort = Cohort.objects.create(offering=offering, key="a", name="Section A")
    cohort.members.add(ada, Enrollment.objects.get(offering=offering, user=people.ben))
    with django_capture_on_commit_callbacks(execute=True):
        services.grant([homework], to=[ada], given=Given(days=5), by=people.ines, reason_private="Ill, see doctor")
    with django_capture_on_commit_callbacks(execute=True):
        services.grant([homework], to=[cohort], given=Given(days=2), by=people.ines)

    assert [letter.to for letter in mail.outbox] == [["ada@example.edu"], ["ben@example.edu"]]
    assert "doctor" not in "".join(f"{letter.subject}{letter.body}" for letter in mail.outbox)


def test_a_time_factor_is_of_the_person(homework: Assessment, ada: Enrollment, people: People) -> None:
    services.set_time_factor(ada, factor=Decimal("1.5"), by=people.ines)

    found = dates_for(people.ada, homework)
    assert (found.time_factor, found.due_at) == (Decimal("1.5"), homework.due_at)
