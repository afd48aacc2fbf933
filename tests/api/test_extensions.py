"""Extensions over the API: granted, listed, revoked; one's own requests."""

from datetime import timedelta
from typing import Any

import pytest

from coursehub.courses.models import Cohort, Enrollment
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension, ExtensionRequest
from grading.deadlines.queries import dates_for
from tests.api.test_v1 import api
from tests.people import People

pytestmark = pytest.mark.django_db


def send(client: Any, path: str, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def grant(client: Any, homework: Assessment, **body: Any) -> Any:
    return send(client, f"offerings/{homework.offering.slug}/extensions/", assessments=[homework.slug], **body)


def test_granting_twice_makes_one(people: People, homework: Assessment) -> None:
    client = api(people.ines)

    first = grant(client, homework, people=["ada@example.edu"], days=2, reason_shown="Travel")
    again = grant(client, homework, people=["ada@example.edu"], days=2, reason_shown="Travel")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.json()[0]["person"], first.json()[0]["version"]) == ("ada@example.edu", 1)
    assert dates_for(people.ada, homework).due_at == homework.due_at + timedelta(days=2)


def test_a_section_is_named_by_its_key(people: People, homework: Assessment) -> None:
    section = Cohort.objects.create(offering=homework.offering, key="a", name="Section A")
    section.members.set(Enrollment.objects.filter(user=people.ben))

    made = grant(api(people.ines), homework, cohorts=["a"], has_no_end=True).json()

    assert (made[0]["cohort"], made[0]["person"]) == ("a", None)
    assert dates_for(people.ben, homework).due_at is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"people": ["ada@example.edu"]}, 422),
        ({"people": ["otto@example.edu"], "days": 1}, 422),
        ({"days": 1}, 422),
        ({"cohorts": ["nowhere"], "days": 1}, 422),
        ({"people": ["ada@example.edu"], "days": -1}, 400),
    ],
)
def test_what_is_refused_grants_nothing(people: People, homework: Assessment, body: dict[str, Any], code: int) -> None:
    assert grant(api(people.ines), homework, **body).status_code == code
    assert not Extension.objects.exists()


def test_an_extension_is_revoked_at_its_version(people: People, homework: Assessment) -> None:
    client = api(people.ines)
    made = grant(client, homework, people=["ada@example.edu"], days=2).json()[0]

    wrong = send(client, f"extensions/{made['id']}/revoke/", version=7)
    right = send(client, f"extensions/{made['id']}/revoke/", version=1)
    again = send(client, f"extensions/{made['id']}/revoke/", version=1)

    assert (wrong.status_code, right.status_code, again.status_code) == (412, 200, 412)
    assert right.json()["revoked_at"]
    url = f"/api/v1/offerings/{homework.offering.slug}/extensions/"
    assert [client.get(url + query).json()["count"] for query in ("", "?revoked=1")] == [0, 1]


@pytest.mark.parametrize("who", ["ada", "tariq", "otto"])
def test_others_reach_nothing(people: People, homework: Assessment, who: str) -> None:
    made = grant(api(people.ines), homework, people=["ben@example.edu"], days=2).json()[0]
    client = api(getattr(people, who))
    slug = homework.offering.slug

    assert client.get(f"/api/v1/offerings/{slug}/extensions/").status_code in {403, 404}
    assert client.get(f"/api/v1/offerings/{slug}/extension-requests/").status_code in {403, 404}
    assert grant(client, homework, people=["ada@example.edu"], days=2).status_code in {403, 404}
    assert client.get(f"/api/v1/extensions/{made['id']}/").status_code == 404
    assert send(client, f"extensions/{made['id']}/revoke/", version=1).status_code == 404


def test_a_request_is_made_once_and_decided_once(people: People, homework: Assessment) -> None:
    ada, ines = api(people.ada), api(people.ines)
    url = f"offerings/{homework.offering.slug}/assessments/{homework.slug}/extension-requests/"
    wanted = (homework.due_at + timedelta(days=1)).isoformat()

    first = send(ada, url, key="k", wanted_due_at=wanted, reason="Ill")
    again = send(ada, url, key="k", wanted_due_at=wanted, reason="Ill")
    other = send(ada, url, key="l", wanted_due_at=wanted, reason="Ill")
    decided = send(ines, f"extension-requests/{first.json()['id']}/decide/", grant=True, reply="Fine")
    twice = send(ines, f"extension-requests/{first.json()['id']}/decide/", grant=False, reply="No")

    assert (first.status_code, first.json()["status"], again.json()["id"]) == (201, "open", first.json()["id"])
    assert other.status_code == 409
    assert (decided.json()["status"], decided.json()["reply"], twice.status_code) == ("approved", "Fine", 409)
    assert ada.get(f"/api/v1/{url}").json()["results"][0]["status"] == "approved"


def test_only_its_author_withdraws_a_request(people: People, homework: Assessment) -> None:
    url = f"offerings/{homework.offering.slug}/assessments/{homework.slug}/extension-requests/"
    wanted = (homework.due_at + timedelta(days=1)).isoformat()
    made = send(api(people.ada), url, key="k", wanted_due_at=wanted, reason="Ill").json()

    assert send(api(people.ben), f"extension-requests/{made['id']}/withdraw/").status_code == 404
    assert send(api(people.ada), f"extension-requests/{made['id']}/withdraw/").json()["status"] == "withdrawn"
    assert api(people.ben).get(f"/api/v1/{url}").json()["count"] == 0
    assert ExtensionRequest.objects.get().decided_by == people.ada
