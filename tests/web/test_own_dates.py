"""Wherever a due date is shown, who has one of their own reads it, says whose it is, and sees that of the class."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coursehub.common.clock import database_now
from coursehub.courses.models import Cohort, Enrollment, Offering
from coursehub.participation.models import Team, TeamSet
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension
from tests.api.test_v1 import api
from tests.factories import make_assessment, make_students
from tests.markup import complaints_about
from tests.people import People
from tests.schedule.calendars import make_event
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

PLACES = {
    "schedule": lambda slug: reverse("schedule", args=[slug]),
    "agenda": lambda slug: f"{reverse('schedule', args=[slug])}?view=agenda&from=start",
    "programme": lambda _slug: reverse("programme"),
    "home": lambda _slug: reverse("home"),
    "course": lambda slug: reverse("course", args=[slug]),
    "list": lambda slug: reverse("assessments_list", args=[slug]),
    "search": lambda _slug: f"{reverse('search')}?q=homework",
    "assessment": lambda slug: reverse("assessment", args=[slug, "hw1"]),
}
"""Everywhere that says when something is due."""
OPEN_PLACES = [name for name in PLACES if name != "home"]
MARK = "<b>your extension</b>"


@pytest.fixture
def course(offering: Offering) -> Offering:
    Offering.objects.filter(pk=offering.pk).update(visibility=Offering.Visibility.PUBLIC)
    return offering


@pytest.fixture
def work(course: Offering) -> Assessment:
    """Work that is due for the class in five days, at noon where the course is."""
    noon = database_now().astimezone(course.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    due = noon + timedelta(days=5)
    return make_assessment(course, suite=None, due_at=due, closes_at=due + timedelta(days=1))


@pytest.fixture
def later(work: Assessment, people: People) -> datetime:
    """When it is due for Ada: two weeks after the class."""
    moment = work.due_at + timedelta(days=14)
    extend(work, people.ada, due_at=moment)
    return moment


def extend(work: Assessment, user: Any, **fields: Any) -> None:
    enrollment = Enrollment.objects.get(offering=work.offering, user=user)
    Extension.objects.create(assessment=work, enrollment=enrollment, **fields)


def iso(offering: Offering, moment: datetime) -> str:
    return f'datetime="{moment.astimezone(offering.zone).isoformat(timespec="seconds")}"'


def main_of(client: Client, url: str) -> str:
    """Return the main part of a page, which is valid HTML."""
    response = client.get(url)
    assert response.status_code == 200, url
    html = response.content.decode()
    assert complaints_about(html) == []
    return html[html.index("<main") :]


@pytest.mark.parametrize("place", ["programme", "home", "course", "list", "search", "assessment"])
def test_i_read_my_own_date_whose_it_is_and_that_of_the_class(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime, place: str
) -> None:
    page = main_of(sign_in(people.ada), PLACES[place](course.slug))

    assert iso(course, later) in page
    assert MARK in page
    assert iso(course, work.due_at) in page


@pytest.mark.parametrize("place", ["schedule", "agenda"])
def test_the_schedule_has_my_work_on_my_day_and_names_that_of_the_class(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime, place: str
) -> None:
    page = main_of(sign_in(people.ada), PLACES[place](course.slug))
    mine, theirs = row_of(page, course, later), row_of(page, course, work.due_at)

    assert "Homework 1" in mine and MARK in mine and iso(course, work.due_at) in mine
    assert f"{later.astimezone(course.zone):%H:%M}" in mine
    assert theirs == ""


def test_the_month_of_my_day_has_my_work(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime
) -> None:
    ada, ben = sign_in(people.ada), sign_in(people.ben)
    local = later.astimezone(course.zone)
    url = f"{reverse('schedule', args=[course.slug])}?view=month&month={local:%Y-%m}"
    [cell] = re.findall(rf'<td[^>]*>\s*<time class="day"\s+datetime="{local.date()}".*?</td>', main_of(ada, url), re.S)

    assert "Homework 1" in cell and MARK in cell and iso(course, work.due_at) in cell
    assert MARK not in main_of(ben, url)


def row_of(page: str, offering: Offering, moment: datetime) -> str:
    """Return the row of a day in the table or the agenda that says what is due on it; empty where there is none."""
    day = moment.astimezone(offering.zone).date().isoformat()
    rows = re.split(r"<tr|<li(?= >| data-today)", page)
    return "".join(row for row in rows if f'<time datetime="{day}"' in row and 'data-what="due"' in row)


@pytest.mark.parametrize("place", list(PLACES))
def test_a_classmate_reads_the_date_of_the_class_and_nothing_of_mine(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime, place: str
) -> None:
    page = main_of(sign_in(people.ben), PLACES[place](course.slug))

    assert "own-date" not in page
    assert iso(course, later) not in page


@pytest.mark.parametrize("place", OPEN_PLACES)
def test_a_visitor_reads_the_date_of_the_class(
    client: Client, course: Offering, work: Assessment, later: datetime, place: str
) -> None:
    page = main_of(client, PLACES[place](course.slug))

    assert "own-date" not in page
    assert iso(course, later) not in page


@pytest.mark.parametrize("place", list(PLACES))
def test_nobody_is_told_to_have_an_extension_that_was_taken_back(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime, place: str
) -> None:
    Extension.objects.update(revoked_at=database_now())

    assert "own-date" not in main_of(sign_in(people.ada), PLACES[place](course.slug))


def test_what_my_team_or_section_got_says_so(sign_in: SignIn, people: People, course: Offering) -> None:
    mine = Enrollment.objects.get(offering=course, user=people.ada)
    project, lab = make_assessment(course, "project", suite=None), make_assessment(course, "lab", suite=None)
    team_set = TeamSet.objects.create(offering=course, key="project", title="Project")
    team = Team.objects.create(team_set=team_set, name="Gradients")
    section = Cohort.objects.create(offering=course, key="b", name="B", kind=Cohort.Kind.SECTION)
    for group, work in ((team, project), (section, lab)):
        group.members.add(mine)
        field = "team" if group is team else "cohort"
        Extension.objects.create(assessment=work, due_at=work.due_at + timedelta(days=1), **{field: group})

    page = main_of(sign_in(people.ada), PLACES["list"](course.slug))

    assert "<b>your team&#x27;s extension</b>" in page
    assert "<b>your section&#x27;s date</b>" in page


@pytest.mark.parametrize("place", list(PLACES))
def test_what_is_never_due_for_me_says_so_beside_the_date_of_the_class(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, place: str
) -> None:
    extend(work, people.ada, has_no_end=True)

    page = main_of(sign_in(people.ada), PLACES[place](course.slug))

    assert "<b>never due for you</b>" in page
    assert iso(course, work.due_at) in page


def test_the_load_of_the_programme_counts_my_week(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime
) -> None:
    monday = later.astimezone(course.zone).date()
    monday -= timedelta(days=monday.weekday())

    def weeks(client: Client) -> dict[str, int]:
        [term] = client.get(reverse("programme")).context["page"].terms
        return {row.week.iso: row.total for row in term.load.rows if row.total}

    assert weeks(sign_in(people.ada)) == {monday.isoformat(): 1}
    assert weeks(sign_in(people.ben)) == {(monday - timedelta(days=14)).isoformat(): 1}


def test_work_at_an_event_leaves_it_when_it_is_due_later_for_me(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime
) -> None:
    """The class hands in at a lecture; my own day has none."""
    on = work.due_at.astimezone(course.zone).date()
    event = make_event(course, "lecture-9", date=on)
    work.anchored_dates.create(which="due", event=event)
    url = PLACES["schedule"](course.slug)

    def is_there(client: Client) -> bool:
        [row] = re.findall(r'<tr id="event-lecture-9".*?</tr>', main_of(client, url), re.S)
        return 'data-what="due"' in row

    assert (is_there(sign_in(people.ada)), is_there(sign_in(people.ben))) == (False, True)


def queries(get: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked:
        get()
    return len(asked)


@pytest.mark.parametrize("place", [*PLACES, "api", "planned"])
def test_a_page_asks_as_often_for_forty_dates_in_a_class_of_300_as_for_one(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime, place: str
) -> None:
    ada = sign_in(people.ada)
    shelf = "assessments" if place == "api" else "planned"
    api_url = f"/api/v1/offerings/{course.slug}/{shelf}/"
    url = PLACES[place](course.slug) if place in PLACES else api_url
    small = queries(lambda: ada.get(url))

    students = make_students(course, 300)
    enrollments = list(Enrollment.objects.filter(offering=course, user__in=[people.ada, *students]))
    works = [make_assessment(course, f"more-{n}", title=f"Homework {n}", suite=None) for n in range(40)]
    Extension.objects.bulk_create(
        Extension(assessment=one, enrollment=who, due_at=one.due_at + timedelta(days=1))
        for one in works
        for who in enrollments
    )

    assert queries(lambda: ada.get(url)) == small


@pytest.mark.parametrize("place", [*PLACES, "api", "planned", "calendar"])
def test_no_cache_keeps_my_dates_for_anybody_else(
    sign_in: SignIn, people: People, course: Offering, work: Assessment, later: datetime, place: str
) -> None:
    shelf = "assessments" if place == "api" else "planned"
    url = PLACES[place](course.slug) if place in PLACES else f"/api/v1/offerings/{course.slug}/{shelf}/"
    if place == "calendar":
        url = reverse("calendar", args=[course.slug])
    for reader in (sign_in(people.ada), api(people.ada)):
        answer = reader.get(url)

        assert "private" in answer["Cache-Control"] and "public" not in answer["Cache-Control"]
        assert {"Cookie", "Authorization"} <= set(re.split(r",\s*", answer["Vary"]))


def test_a_visitors_page_may_be_kept_for_visitors_only(client: Client, course: Offering) -> None:
    answer = client.get(reverse("schedule", args=[course.slug]))

    assert "Cache-Control" not in answer
    assert {"Cookie", "Authorization"} <= set(re.split(r",\s*", answer["Vary"]))


def test_what_two_people_read_has_two_tags_and_neither_passes_for_the_other(
    people: People, course: Offering, work: Assessment, later: datetime
) -> None:
    url = f"/api/v1/offerings/{course.slug}/planned/"
    answers = {
        (who, place): api(getattr(people, who)).get(url + place) for who in ("ada", "ben") for place in ("", "hw1/")
    }

    for place in ("", "hw1/"):
        assert answers["ada", place]["ETag"] != answers["ben", place]["ETag"]
        again = api(people.ben).get(url + place, headers={"If-None-Match": answers["ada", place]["ETag"]})
        assert again.status_code == 200 and again.json() == answers["ben", place].json()


def test_planned_work_has_my_dates_beside_those_of_the_class(
    client: Client, people: People, course: Offering, work: Assessment, later: datetime
) -> None:
    url = f"/api/v1/offerings/{course.slug}/planned/hw1/"
    ada, ben = (api(person).get(url).json() for person in (people.ada, people.ben))

    assert (datetime.fromisoformat(ada["yours"]["due_at"]), ada["yours"]["has_extension"]) == (later, True)
    assert (datetime.fromisoformat(ben["yours"]["due_at"]), ben["yours"]["has_extension"]) == (work.due_at, False)
    assert ada["due"] == ben["due"]
    assert "yours" not in client.get(url).json()


def test_who_edits_the_course_reads_what_they_write_back(people: People, course: Offering, work: Assessment) -> None:
    url = f"/api/v1/offerings/{course.slug}/planned/hw1/"
    ines = api(people.ines, "read", "edit")
    answer = ines.get(url)

    again = ines.put(
        f"{url}?dry_run=1", answer.json(), content_type="application/json", headers={"If-Match": answer["ETag"]}
    )

    assert again.status_code == 200 and again.json()["changes"] == []


def test_the_api_names_the_date_of_the_class(
    people: People, course: Offering, work: Assessment, later: datetime
) -> None:
    [row] = api(people.ada).get(f"/api/v1/offerings/{course.slug}/assessments/").json()["results"]

    assert datetime.fromisoformat(row["due_at"]) == later
    assert datetime.fromisoformat(row["class_due_at"]) == work.due_at
