"""Reports and batches over the API: what each person gets, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook.models import GradeCell, RegradeBatch
from grading.submissions import services
from grading.submissions.models import Submission
from runners.protocol import Visibility
from tests.api.test_v1 import api
from tests.factories import grade_next, make_assessment, make_submission, make_suite
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def graded(offering: Offering, people: People) -> Assessment:
    """Homework on which Ada has 10 and Ben 6 of 10 points, and a newer version of its suite."""
    suite = make_suite("sums", digest="a" * 64)
    make_suite("sums", digest="b" * 64)
    homework = make_assessment(offering, suite=suite)
    for person, earned in ((people.ada, {}), (people.ben, {"case_1": 0})):
        make_submission(homework, by=person)
        grade_next(suite, earned=earned)
    return homework


def start(client: Any, homework: Assessment, key: str = "k", **fields: Any) -> Any:
    return client.post(
        f"/api/v1/offerings/{homework.offering.slug}/assessments/{homework.slug}/regrades/",
        {"suite_digest": "b" * 64, "reason": "Case 1 was wrong.", **fields},
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


def decide(client: Any, batch: int, what: str, **body: Any) -> Any:
    return client.post(f"/api/v1/regrades/{batch}/{what}/", body, content_type="application/json")


def test_a_batch_is_asked_for_followed_and_approved(people: People, graded: Assessment) -> None:
    client = api(people.tariq)
    made = start(client, graded)
    assert made.status_code == 201
    batch = made.json()
    assert (batch["state"], batch["scope"], batch["progress"]["waiting"]) == ("open", "counting", 2)
    new = SuiteVersion.objects.get(digest="b" * 64)
    grade_next(new, earned={"case_0": 0})
    grade_next(new)

    rows = client.get(f"/api/v1/regrades/{batch['id']}/rows/").json()["results"]
    seen = client.get(f"/api/v1/regrades/{batch['id']}/").json()["seen"]
    done = decide(client, batch["id"], "approve", seen=seen)
    again = decide(client, batch["id"], "approve", seen=seen)

    assert [(row["student"], Decimal(row["change"]), row["may_be_approved"]) for row in rows] == [
        ("ada@example.edu", -6, True),
        ("ben@example.edu", 4, True),
    ]
    assert rows[0]["submissions"][0]["checks"] == [{"id": "case_0", "title": "Case 0", "change": "broken"}]
    assert (done.json()["decided"], done.json()["batch"]["state"]) == (2, "closed")
    assert again.json()["decided"] == 0
    assert sorted(GradeCell.objects.values_list("points", flat=True)) == [4, 10]


def test_chosen_rows_are_decided_by_their_versions(people: People, graded: Assessment) -> None:
    client = api(people.tariq)
    batch = start(client, graded).json()["id"]
    new = SuiteVersion.objects.get(digest="b" * 64)
    old = client.get(f"/api/v1/regrades/{batch}/rows/").json()["results"]
    grade_next(new)
    grade_next(new)
    rows = client.get(f"/api/v1/regrades/{batch}/rows/").json()["results"]

    late = decide(client, batch, "approve", rows=[{"id": row["id"], "version": row["version"]} for row in old])
    dropped = decide(client, batch, "drop", rows=[{"id": rows[0]["id"], "version": rows[0]["version"]}])
    other_way = decide(client, batch, "approve", rows=[{"id": rows[0]["id"], "version": rows[0]["version"]}])
    neither = decide(client, batch, "approve")

    assert (late.status_code, dropped.status_code, other_way.status_code, neither.status_code) == (412, 200, 409, 400)
    assert "Something changed since you looked" in late.json()["detail"]


def test_what_cannot_be_started_is_refused_with_a_sentence(people: People, graded: Assessment) -> None:
    client = api(people.tariq)

    assert start(client, graded, reason=" ").status_code == 422
    assert start(client, graded, suite_digest="c" * 64).status_code == 422
    assert start(client, graded, scope="some").status_code == 400
    assert start(client, graded, key="").status_code == 422
    assert start(client, graded).json() == start(client, graded).json()
    assert start(client, graded, key="k2").status_code == 409
    assert RegradeBatch.objects.count() == 1


def test_batches_are_not_there_for_others_and_a_token_that_reads_starts_none(
    people: People, graded: Assessment
) -> None:
    batch = start(api(people.tariq), graded).json()["id"]
    listed = f"/api/v1/offerings/{graded.offering.slug}/assessments/{graded.slug}/regrades/"

    assert api(people.tariq).get(listed).json()["count"] == 1
    assert start(api(people.tariq, "read"), graded, key="k2").status_code == 403
    for person, status in ((people.ada, 403), (people.otto, 404)):
        client = api(person)
        assert client.get(listed).status_code == status
        assert start(client, graded).status_code == status
        for address in (f"/api/v1/regrades/{batch}/", f"/api/v1/regrades/{batch}/rows/"):
            assert client.get(address).status_code == 404
        assert decide(client, batch, "approve", seen="0" * 16).status_code == 404
        assert decide(client, batch, "drop", seen="0" * 16).status_code == 404


def test_a_report_says_who_decided_and_keeps_for_staff_what_is_theirs(people: People, graded: Assessment) -> None:
    submission = Submission.objects.get(author=people.ben)
    url = f"/api/v1/submissions/{submission.pk}/report/"

    mine, theirs = api(people.ben).get(url).json(), api(people.tariq).get(url).json()

    assert (mine["kind"], mine["is_self_reported"], Decimal(mine["points"])) == ("differential", False, 6)
    assert mine["staff"] is None
    assert theirs["staff"]["seed"] == "5eed" * 8
    assert theirs["staff"]["provenance"]["packages"] == {"numpy": "2.4.6"}
    assert [check["id"] for check in mine["checks"]] == ["case_0", "case_1"]


def test_a_report_leaves_out_what_its_reader_may_not_see(people: People, offering: Offering) -> None:
    suite = make_suite(visibility={"case_1": Visibility.HIDDEN})
    submission = make_submission(make_assessment(offering, suite=suite), by=people.ada)
    grade_next(suite)
    url = f"/api/v1/submissions/{submission.pk}/"

    mine, theirs = api(people.ada).get(f"{url}report/").json(), api(people.tariq).get(f"{url}report/").json()

    assert (mine["points"], mine["verdict"], mine["total_visibility"]) == (None, None, "hidden")
    assert [check["id"] for check in mine["checks"]] == ["case_0"]
    assert (Decimal(theirs["points"]), len(theirs["checks"])) == (10, 2)
    polled = api(people.ada).get(url).json()
    assert (polled["points"], polled["verdict"], polled["checks_done"], polled["checks_total"]) == (None, None, 1, 1)


def test_what_changed_since_the_last_submission_can_be_read(people: People, graded: Assessment) -> None:
    newer = make_submission(graded, by=people.ben)
    grade_next(graded.suite, earned={"case_0": 0})
    url = f"/api/v1/submissions/{newer.pk}/changes/"

    found = api(people.ben).get(url).json()

    assert found["sentence"] == "1 fixed, 1 broken since submission 1."
    assert [(check["id"], check["change"]) for check in found["checks"]] == [("case_0", "broken"), ("case_1", "fixed")]
    assert api(people.ada).get(url).status_code == 404
    first = Submission.objects.get(author=people.ada)
    assert api(people.ada).get(f"/api/v1/submissions/{first.pk}/changes/").status_code == 404


def test_what_changed_between_two_runs_is_for_staff(people: People, graded: Assessment) -> None:
    submission = Submission.objects.get(author=people.ada)
    services.regrade(submission, by=people.tariq)
    grade_next(graded.suite, earned={"case_0": 0})
    url = f"/api/v1/submissions/{submission.pk}/changes/?against=run"

    assert api(people.tariq).get(url).json()["sentence"] == "1 broken since it was graded before."
    assert api(people.ada).get(url).status_code == 404
