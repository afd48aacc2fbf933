"""Suites by API: the same rules as on the pages, and a token with the right scope."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from coursehub.accounts.models import User
from coursehub.accounts.services import create_token
from coursehub.courses.models import Offering
from grading.assessments.models import SuiteVersion
from tests.catalogue.suites import answer_check, archive, make_draft, make_published
from tests.factories import make_assessment
from tests.people import People

pytestmark = pytest.mark.django_db


def client_of(user: User, *scopes: str) -> APIClient:
    client = APIClient()
    _, token = create_token(user, label="test", scopes=scopes or ("read", "edit"))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def ines(people: People) -> APIClient:
    return client_of(people.ines)


def suites(offering: Offering, *rest: object) -> str:
    return "/".join(["/api/v1/offerings", offering.slug, "suites", *map(str, rest), ""])


def send(client: APIClient, offering: Offering, content: bytes) -> Any:
    return client.post(suites(offering), {"files": SimpleUploadedFile("doubling.zip", content)}, format="multipart")


def test_a_suite_is_uploaded_polled_changed_published_and_chosen(ines: APIClient, offering: Offering) -> None:
    homework = make_assessment(offering)
    sent = send(ines, offering, archive())
    assert sent.status_code == 201
    draft = SuiteVersion.objects.get(pk=sent.json()["id"])
    assert (sent.json()["version"], sent.json()["check"]["is_final"]) == ("draft", False)

    answer_check(draft)
    seen = ines.get(suites(offering, draft.pk)).json()
    assert (seen["check"]["has_passed"], seen["may_publish"]) == (True, True)
    cases = [{"id": "double", "title": "Twice"}, {"id": "halve"}]
    changed = ines.put(suites(offering, draft.pk, "cases"), cases, format="json").json()
    assert changed["manifest"]["cases"][0] == seen["manifest"]["cases"][0] | {"title": "Twice"}
    assert not changed["may_publish"]
    answer_check(draft)

    published = ines.post(suites(offering, draft.pk, "publish"))
    assert (published.status_code, published.json()["version"]) == (200, "v1")
    choice = f"/api/v1/offerings/{offering.slug}/assessments/{homework.slug}/suite/"
    assert ines.put(choice, {"version": draft.pk}, format="json").json() == {"version": draft.pk}
    assert ines.get(choice).json() == {"version": draft.pk}


@pytest.mark.parametrize(("who", "status"), [("tariq", 403), ("ada", 403), ("otto", 404)])
def test_suites_are_for_who_manages_them(offering: Offering, people: People, who: str, status: int) -> None:
    version = make_published(offering, people)
    client = client_of(getattr(people, who))

    assert client.get(suites(offering)).status_code == status
    assert client.get(suites(offering, version.pk)).status_code == status
    assert send(client, offering, archive()).status_code == status
    assert client.delete(suites(offering, version.pk)).status_code == status


def test_nobody_reads_suites_without_signing_in(offering: Offering, people: People) -> None:
    make_published(offering, people)

    assert APIClient().get(suites(offering)).status_code == 404
    assert APIClient().post(suites(offering)).status_code == 401


def test_changing_takes_the_scope_edit(offering: Offering, people: People) -> None:
    assert send(client_of(people.ines, "read", "submit"), offering, archive()).status_code == 403


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"nothing", "is damaged"), (archive({"cases.py": b""}), "There is no suite.toml")],
)
def test_what_is_no_suite_is_refused(ines: APIClient, offering: Offering, content: bytes, sentence: str) -> None:
    answer = send(ines, offering, content)

    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_refusals_name_the_field_or_what_is_in_the_way(ines: APIClient, offering: Offering, people: People) -> None:
    draft = make_draft(offering, people)
    assert ines.post(suites(offering, draft.pk, "publish")).status_code == 409
    answer_check(draft)

    wrong = ines.put(
        suites(offering, draft.pk, "cases"), [{"id": "double", "points": -1}, {"id": "halve"}], format="json"
    )
    shapeless = ines.put(suites(offering, draft.pk, "cases"), {"id": "double"}, format="json")

    assert wrong.status_code == 422
    assert wrong.json()["errors"] == [{"path": [0, "points"], "sentence": "Write a number from 0 on, such as 2.5."}]
    assert shapeless.status_code == 400


def test_a_draft_is_thrown_away_and_a_version_is_not(ines: APIClient, offering: Offering, people: People) -> None:
    version = make_published(offering, people)
    draft = make_draft(offering, people)

    assert ines.delete(suites(offering, draft.pk)).status_code == 204
    assert ines.delete(suites(offering, version.pk)).status_code == 409
    assert [row["version"] for row in ines.get(suites(offering)).json()["results"]] == ["v1"]
