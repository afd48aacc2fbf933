"""Lists: what they show, what their filters do, and that they ask the database a fixed number of times."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from grading.assessments.models import Assessment
from grading.gradebook.projection import project_offering
from grading.submissions.models import Submission
from tests.factories import make_assessment, make_students, make_submission
from tests.grades import make_exam, mark, place
from tests.people import People
from tests.web.conftest import SignIn, grade

pytestmark = pytest.mark.django_db


@pytest.fixture
def tariq(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.tariq)


def text(response: HttpResponse) -> str:
    """Return what a person reads."""
    return " ".join(strip_tags(response.content.decode()).split())


def queries(get: Callable[[], object]) -> int:
    """Count what a page asks of the database."""
    with CaptureQueriesContext(connection) as captured:
        get()
    return len(captured)


def many_submissions(homework: Assessment, count: int) -> None:
    """Let that many new students hand something in, in few queries."""
    Submission.objects.bulk_create(
        Submission(
            assessment=homework,
            author=student,
            number=1,
            sha256="0" * 64,
            total_bytes=1,
            idempotency_key="k",
        )
        for student in make_students(homework.offering, count)
    )


def test_the_staff_list_of_300_students_asks_as_often_as_that_of_one(tariq: Client, finished: Submission) -> None:
    url = reverse("staff_submissions", args=[finished.assessment.offering.slug])
    small = queries(lambda: tariq.get(url))

    many_submissions(finished.assessment, 300)

    assert queries(lambda: tariq.get(url)) == small <= 12
    assert "301 submissions" in tariq.get(url).content.decode()


def test_a_students_page_asks_as_often_in_a_class_of_300(sign_in: SignIn, people: People, finished: Submission) -> None:
    ada, url = sign_in(people.ada), reverse("submission", args=[finished.pk])
    small = queries(lambda: ada.get(url))

    many_submissions(finished.assessment, 300)

    assert queries(lambda: ada.get(url)) == small


@pytest.mark.parametrize(("name", "most"), [("home", 10), ("course", 20), ("assessments_list", 30), ("my_grades", 32)])
def test_lists_of_assessments_ask_as_often_for_twenty_as_for_one(
    sign_in: SignIn, people: People, finished: Submission, name: str, most: int
) -> None:
    ada = sign_in(people.ada)
    offering = finished.assessment.offering
    url = reverse(name, args=[] if name == "home" else [offering.slug])
    small = queries(lambda: ada.get(url))

    for number in range(19):
        make_submission(make_assessment(offering, slug=f"more-{number}", title=f"More {number}"), by=people.ada)

    assert queries(lambda: ada.get(url)) == small <= most


def test_my_tries_ask_as_often_for_nine_as_for_one(sign_in: SignIn, people: People, finished: Submission) -> None:
    ada = sign_in(people.ada)
    homework = finished.assessment
    url = reverse("assessment", args=[homework.offering.slug, homework.slug])
    small = queries(lambda: ada.get(url))

    for _ in range(8):
        make_submission(homework, by=people.ada)

    assert queries(lambda: ada.get(url)) == small <= 18


def test_my_tokens_ask_as_often_for_nine_as_for_one(sign_in: SignIn, people: People) -> None:
    ada, url = sign_in(people.ada), reverse("tokens")
    ada.post(url, {"label": "first", "scopes": ["read"]})
    small = queries(lambda: ada.get(url))

    for number in range(8):
        ada.post(url, {"label": f"more {number}", "scopes": ["read"]})

    assert queries(lambda: ada.get(url)) == small


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Ada Okafor", "Ben Lindqvist"}),
        ({"text": "okafor"}, {"Ada Okafor"}),
        ({"text": "ben@example"}, {"Ben Lindqvist"}),
        ({"text": "100%_'\"\\"}, set()),
        ({"state": "queued"}, {"Ben Lindqvist"}),
        ({"state": "finished"}, {"Ada Okafor"}),
        ({"verdict": "partial"}, {"Ada Okafor"}),
        ({"verdict": "passed"}, set()),
        ({"assessment": "hw1"}, {"Ada Okafor", "Ben Lindqvist"}),
        ({"assessment": "no-such-thing"}, {"Ada Okafor", "Ben Lindqvist"}),
        ({"state": "nonsense", "text": "a\0b"}, {"Ada Okafor", "Ben Lindqvist"}),
        ({"page": "77"}, {"Ada Okafor", "Ben Lindqvist"}),
    ],
)
def test_filters_show_what_fits_and_ignore_what_they_do_not_understand(
    tariq: Client, people: People, finished: Submission, query: dict[str, str], found: set[str]
) -> None:
    make_submission(finished.assessment, by=people.ben)

    response = tariq.get(reverse("staff_submissions", args=[finished.assessment.offering.slug]), query)

    assert {row.student for row in response.context["page"].rows} == found


def test_the_pager_keeps_the_filters(tariq: Client, homework: Assessment) -> None:
    many_submissions(homework, 120)
    url = reverse("staff_submissions", args=[homework.offering.slug])

    pager = tariq.get(url, {"text": "Student", "page": "2"}).context["page"].pager

    assert (pager.number, pager.pages) == (2, 3)
    assert pager.next_url == f"{url}?text=Student&page=3"


def test_an_empty_list_says_what_to_do(tariq: Client, homework: Assessment) -> None:
    url = reverse("staff_submissions", args=[homework.offering.slug])

    assert "Nobody has handed anything in yet." in tariq.get(url).content.decode()
    assert "Nothing fits these filters." in tariq.get(url, {"text": "nobody"}).content.decode()


def test_home_says_what_is_due_next(sign_in: SignIn, people: People, homework: Assessment) -> None:
    html = sign_in(people.ada).get(reverse("home")).content.decode()

    assert "Homework 1" in html
    assert "due in 7 days" in html


def test_an_outsiders_home_says_how_to_get_into_a_course(sign_in: SignIn, people: People, homework: Assessment) -> None:
    html = sign_in(people.otto).get(reverse("home")).content.decode()

    assert "You are not in a course yet." in html
    assert "Homework 1" not in html


def test_my_grades_show_points_tries_and_what_counts(sign_in: SignIn, people: People, finished: Submission) -> None:
    html = sign_in(people.ada).get(reverse("my_grades", args=[finished.assessment.offering.slug])).content.decode()

    assert "6 / 10" in html
    assert "60%" in html
    assert "1 of 10 tries used" in html
    assert reverse("submission", args=[finished.pk]) in html


def test_my_grades_are_mine(sign_in: SignIn, people: People, finished: Submission) -> None:
    html = sign_in(people.ben).get(reverse("my_grades", args=[finished.assessment.offering.slug])).content.decode()

    assert "6 / 10" not in html
    assert "Nothing handed in" in html


def test_a_result_on_the_way_shows_in_my_grades(sign_in: SignIn, people: People, waiting: Submission) -> None:
    url = reverse("my_grades", args=[waiting.assessment.offering.slug])
    assert "Waiting" in sign_in(people.ada).get(url).content.decode()

    grade(waiting)

    assert "Full points" in sign_in(people.ada).get(url).content.decode()


def test_home_opens_the_doors_that_one_has(sign_in: SignIn, people: People, homework: Assessment) -> None:
    ada = text(sign_in(people.ada).get("/"))
    tariq = text(sign_in(people.tariq).get("/"))

    assert "My grades" in ada
    assert "Grade book" not in ada
    assert "Grade book Submissions" in tariq
    assert "My grades" not in tariq


def test_the_list_of_assessments_says_what_became_of_my_work(
    sign_in: SignIn, people: People, finished: Submission
) -> None:
    offering = finished.assessment.offering
    ada = place(offering, people.ada)
    for slug, kind, points in (("sat", "scored", "7.5"), ("spared", "excused", None), ("away", "missing", None)):
        mark(make_exam(offering, slug), ada, kind, points)
    project_offering(offering)
    url = reverse("assessments_list", args=[offering.slug])

    mine = text(sign_in(people.ada).get(url))
    visitor = text(Client().get(url))

    assert "6 / 10" in mine
    assert "7.5 / 10" in mine
    assert "Excused" in mine
    assert "Missing" in mine
    assert "Yours" in mine
    assert "Yours" not in visitor
    assert "7.5" not in visitor
