"""My grades by the API: what the page says, exactly."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.accounts.models import User
from coursehub.accounts.services import create_token
from coursehub.courses.models import Offering
from grading.gradebook.projection import project_offering
from tests.grades import make_exam, make_scheme, mark, place
from tests.people import People

pytestmark = pytest.mark.django_db


def client_of(user: User, *scopes: str) -> Client:
    _, secret = create_token(user, label="t", scopes=list(scopes))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def url(offering: Offering) -> str:
    return reverse("api_my_grades", args=[offering.slug])


def test_totals_letters_and_traces_with_exact_numbers(offering: Offering, people: People) -> None:
    exams = [make_exam(offering, "first", max_points=3), make_exam(offering, "second")]
    make_scheme(offering, exams=(100, exams))
    mark(exams[0], place(offering, people.ada), "scored", "2")
    project_offering(offering)

    told = client_of(people.ada, "read").get(url(offering)).json()

    assert told["current"] == {"exact": "200/3", "shown": "66.67"}
    assert (told["floor"]["shown"], told["ceiling"]["exact"]) == ("33.33", "250/3")
    assert (told["current_letter"], told["floor_letter"], told["ceiling_letter"]) == ("F", "F", "B")
    assert told["is_settled"] is False
    assert sorted(told["traces"]) == ["ceiling", "current", "floor"]
    item = told["traces"]["current"]["nodes"][0]["children"][0]
    assert (item["title"], item["contribution"]["exact"], item["worth"]["exact"]) == ("First", "200/3", "100/1")
    page = Client()
    page.force_login(people.ada)
    assert "66.67" in page.get(reverse("my_grades", args=[offering.slug])).content.decode()


def test_a_course_without_a_scheme_says_so(offering: Offering, people: People) -> None:
    exam = make_exam(offering, "first")
    mark(exam, place(offering, people.ada), "scored", "2")
    project_offering(offering)

    told = client_of(people.ada, "read").get(url(offering)).json()

    assert (told["current"], told["traces"]) == (None, {})
    assert told["unsaid"] == ["How the grade of this course is made up."]
    assert [one["points"]["shown"] for one in told["apart"]] == ["2.00"]


def test_only_who_takes_part_and_may_read(offering: Offering, people: People) -> None:
    assert client_of(people.otto, "read").get(url(offering)).status_code == 404
    assert client_of(people.ada, "submit").get(url(offering)).status_code == 403
    assert Client().get(url(offering)).status_code in {401, 403}
    assert client_of(people.ada, "read").post(url(offering)).status_code == 403
    assert client_of(people.ada, "read", "submit").post(url(offering)).status_code == 405


def test_the_schema_describes_it(client: Client) -> None:
    schema = client.get(reverse("api_schema"), headers={"Accept": "application/vnd.oai.openapi+json"})

    operation = json.loads(schema.content)["paths"]["/api/v1/offerings/{offering}/my-grades/"]["get"]
    assert operation["operationId"] == "read_my_grades"
