"""Whoever has another deadline meets it everywhere: handing in, pages, the list of what is due, calendar and API."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension
from grading.deadlines.queries import upcoming_for
from grading.submissions import queries
from grading.submissions.errors import Closed, NoTriesLeft
from tests.factories import make_assessment, make_submission
from tests.people import People
from tests.schedule.calendars import personal

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(offering: Offering) -> Assessment:
    now = database_now()
    return make_assessment(
        offering, "over", due_at=now - timedelta(days=2), closes_at=now - timedelta(days=1), suite=None, tries=1
    )


def extend(assessment: Assessment, user: object, **fields: object) -> Extension:
    enrollment = Enrollment.objects.get(offering=assessment.offering, user=user)
    return Extension.objects.create(assessment=assessment, enrollment=enrollment, **fields)


@pytest.fixture
def later(over: Assessment, people: People) -> datetime:
    moment = database_now().replace(microsecond=0) + timedelta(days=1)
    extend(over, people.ada, due_at=moment)
    return moment


def test_work_is_taken_from_who_has_an_extension_and_from_nobody_else(
    over: Assessment, people: People, later: datetime
) -> None:
    assert not queries.is_late(make_submission(over, by=people.ada))
    with pytest.raises(Closed):
        make_submission(over, by=people.ben)


def test_more_tries_are_tries(over: Assessment, people: People) -> None:
    extend(over, people.ada, due_at=database_now() + timedelta(days=1), tries=2)

    make_submission(over, by=people.ada)
    make_submission(over, by=people.ada)

    with pytest.raises(NoTriesLeft, match="all 2 tries"):
        make_submission(over, by=people.ada)


def test_what_is_due_next_is_due_when_it_is_due_for_me(over: Assessment, people: People, later: datetime) -> None:
    at = database_now()

    assert [(row.assessment, row.dates.due_at) for row in upcoming_for(people.ada, at=at)] == [(over, later)]
    assert upcoming_for(people.ben, at=at) == []


@pytest.mark.parametrize("name", ["course", "assessments_list"])
def test_pages_of_the_course_say_my_date(
    client: Client, offering: Offering, people: People, later: datetime, name: str
) -> None:
    local = later.astimezone(offering.zone).isoformat()
    shown = {}
    for person in (people.ada, people.ben):
        client.force_login(person)
        shown[person.pk] = local in client.get(reverse(name, args=[offering.slug])).content.decode()

    assert shown == {people.ada.pk: True, people.ben.pk: False}


def test_the_page_of_the_assessment_has_its_form_for_me_only(
    client: Client, offering: Offering, over: Assessment, people: People, later: datetime
) -> None:
    found = {}
    for person in (people.ada, people.ben):
        client.force_login(person)
        content = client.get(reverse("assessment", args=[offering.slug, over.slug])).content.decode()
        found[person.pk] = 'id="submit"' in content

    assert found == {people.ada.pk: True, people.ben.pk: False}


def test_the_api_says_my_dates(
    client: Client, offering: Offering, over: Assessment, people: People, later: datetime
) -> None:
    client.force_login(people.ada)
    mine = client.get(f"/api/v1/offerings/{offering.slug}/assessments/over/").json()
    client.force_login(people.ben)
    his = client.get(f"/api/v1/offerings/{offering.slug}/assessments/").json()["results"][0]

    assert (datetime.fromisoformat(mine["due_at"]), mine["has_extension"]) == (later, True)
    assert (datetime.fromisoformat(his["due_at"]), his["has_extension"]) == (over.due_at, False)


def test_my_calendar_has_my_deadline_and_its_sequence_rises(
    offering: Offering, over: Assessment, people: People
) -> None:
    name = f"{over.title} is due"
    before = personal(people.ada)[name]
    moment = database_now().replace(microsecond=0) + timedelta(days=1)
    extend(over, people.ada, due_at=moment)
    after = personal(people.ada)[name]

    assert after["UID"] == before["UID"]
    assert after["DTEND"].dt == moment
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert personal(people.ben)[name]["DTEND"].dt == over.due_at.replace(microsecond=0)


def test_an_extension_that_was_taken_back_still_counts_in_the_sequence(over: Assessment, people: People) -> None:
    name = f"{over.title} is due"
    before = personal(people.ada)[name]
    extend(over, people.ada, due_at=database_now() + timedelta(days=1), revoked_at=database_now(), version=2)
    after = personal(people.ada)[name]

    assert after["DTEND"].dt == before["DTEND"].dt
    assert after["SEQUENCE"] == before["SEQUENCE"] + 2


def test_who_is_never_due_reads_that(client: Client, offering: Offering, over: Assessment, people: People) -> None:
    extend(over, people.ada, has_no_end=True)
    client.force_login(people.ada)

    assert "for you it is never due" in client.get(reverse("assessment", args=[offering.slug, "over"])).content.decode()
    assert "never due for you" in client.get(reverse("home")).content.decode()
    assert f"{over.title} is due" not in personal(people.ada)
