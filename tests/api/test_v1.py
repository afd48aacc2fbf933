"""The API for people's programs: what each person gets, and what is refused."""

import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS

from coursehub.accounts.services import create_token, revoke_token
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.gradebook.services import accept_report
from grading.submissions import services
from grading.submissions.models import Submission
from runners.protocol import ReportRequest
from tests.factories import claim, make_assessment, make_report, make_runner, make_students, make_submission
from tests.people import People

pytestmark = pytest.mark.django_db


def api(user: Any, *scopes: str) -> Client:
    """Return a client that speaks with a token of this person."""
    _, secret = create_token(user, label="test", scopes=scopes or ("read", "submit"))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def submissions_url(assessment: Assessment) -> str:
    return f"/api/v1/offerings/{assessment.offering.slug}/assessments/{assessment.slug}/submissions/"


def hand_in(client: Client, assessment: Assessment, *, key: str = "k1", content: bytes = b"x = 1\n") -> Any:
    file = io.BytesIO(content)
    file.name = "needle.py"
    return client.post(submissions_url(assessment), {"files": [file]}, headers={"Idempotency-Key": key})


def grade(submission: Submission, **earned: Any) -> None:
    """Let a runner claim the job and report."""
    runner, _ = make_runner()
    suite = submission.assessment.suite
    run = claim(runner, suite)
    report = make_report(suite, earned=earned or None)
    answer = accept_report(runner, run.job_id, ReportRequest(lease_token=run.lease_token, report=report))
    assert answer.accepted, answer


def test_without_a_token_the_answer_is_401_with_problem_details(client: Client) -> None:
    answer = client.get("/api/v1/offerings/")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_a_revoked_token_is_refused(people: People) -> None:
    token, secret = create_token(people.ada, label="old", scopes=["read"])
    revoke_token(token)

    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/offerings/")

    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]


def test_a_token_that_may_only_read_cannot_submit(people: People, homework: Assessment) -> None:
    answer = hand_in(api(people.ada, "read"), homework)

    assert answer.status_code == 403
    assert not Submission.objects.exists()


def test_a_student_lists_the_courses_they_are_in(people: People, offering: Offering) -> None:
    mine = api(people.ada).get("/api/v1/offerings/").json()
    others = api(people.otto).get("/api/v1/offerings/").json()

    assert [row["slug"] for row in mine["results"]] == [offering.slug]
    assert others["results"] == []


def test_submitting_answers_201_and_can_be_polled_to_its_points(people: People, homework: Assessment) -> None:
    client = api(people.ada)

    received = hand_in(client, homework)
    waiting = client.get(f"/api/v1/submissions/{received.json()['id']}/").json()
    grade(Submission.objects.get())
    final = client.get(f"/api/v1/submissions/{received.json()['id']}/").json()

    assert received.status_code == 201
    assert (waiting["state"], waiting["queue"]["position"], waiting["is_final"]) == ("queued", 1, False)
    assert (final["state"], final["is_final"], Decimal(final["points"])) == ("finished", True, Decimal(10))
    assert final["checks_done"] == final["checks_total"]


def test_the_same_key_sent_twice_makes_one_submission(people: People, homework: Assessment) -> None:
    client = api(people.ada)

    first = hand_in(client, homework, key="same").json()
    second = hand_in(client, homework, key="same").json()

    assert first["id"] == second["id"]
    assert Submission.objects.count() == 1


def test_a_missing_key_is_refused_with_a_sentence(people: People, homework: Assessment) -> None:
    file = io.BytesIO(b"x")
    file.name = "needle.py"

    answer = api(people.ada).post(submissions_url(homework), {"files": [file]})

    assert answer.status_code == 422
    assert "idempotency key" in answer.json()["detail"]


def test_a_file_in_a_folder_keeps_its_path(people: People, homework: Assessment) -> None:
    file, extra = io.BytesIO(b"a"), io.BytesIO(b"b")
    file.name, extra.name = "needle.py", "extra.py"

    answer = api(people.ada).post(
        submissions_url(homework),
        {"files": [file, extra], "paths": ["needle.py", "more/extra.py"]},
        headers={"Idempotency-Key": "k"},
    )

    assert answer.status_code == 201
    assert sorted(Submission.objects.get().files.values_list("path", flat=True)) == ["more/extra.py", "needle.py"]


def test_an_archive_that_climbs_out_is_refused_naming_the_entry(people: People, homework: Assessment) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../needle.py", "x")
    packed.seek(0)
    packed.name = "work.zip"

    answer = api(people.ada).post(submissions_url(homework), {"files": [packed]}, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 422
    assert "../needle.py" in answer.json()["detail"]
    assert not Submission.objects.exists()


@pytest.mark.parametrize("who", ["otto", "ben"])
@pytest.mark.parametrize("part", ["", "report/", "receipt/"])
def test_nobody_reads_a_strangers_submission(people: People, homework: Assessment, who: str, part: str) -> None:
    submission = make_submission(homework, by=people.ada)
    grade(submission)

    answer = api(getattr(people, who)).get(f"/api/v1/submissions/{submission.pk}/{part}")

    assert answer.status_code == 404


@pytest.mark.parametrize("action", ["cancel", "regrade"])
@pytest.mark.parametrize("who", ["otto", "ben"])
def test_nobody_changes_a_strangers_submission(people: People, homework: Assessment, who: str, action: str) -> None:
    submission = make_submission(homework, by=people.ada)

    answer = api(getattr(people, who)).post(f"/api/v1/submissions/{submission.pk}/{action}/")

    assert answer.status_code == 404
    assert submission.jobs.get().state == "queued"


def test_an_outsider_gets_404_for_every_address_of_a_course(people: People, homework: Assessment) -> None:
    base = f"/api/v1/offerings/{homework.offering.slug}/assessments/"
    outsider = api(people.otto)

    answers = [outsider.get(base), outsider.get(f"{base}{homework.slug}/"), hand_in(outsider, homework)]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_student_may_not_regrade_but_a_teaching_assistant_may(people: People, homework: Assessment) -> None:
    submission = make_submission(homework, by=people.ada)
    grade(submission)
    url = f"/api/v1/submissions/{submission.pk}/regrade/"

    refused = api(people.ada).post(url)
    allowed = api(people.tariq).post(url)
    again = api(people.tariq).post(url)

    assert (refused.status_code, allowed.status_code, again.status_code) == (403, 200, 409)
    assert submission.jobs.count() == 2


def test_the_report_tells_a_student_everything_but_the_seed(people: People, homework: Assessment) -> None:
    submission = make_submission(homework, by=people.ada)
    grade(submission)

    answer = api(people.ada).get(f"/api/v1/submissions/{submission.pk}/report/")

    assert [check["outcome"] for check in answer.json()["checks"]] == ["passed", "passed"]
    assert "seed" not in answer.content.decode()


def test_a_finished_grading_cannot_be_cancelled(people: People, homework: Assessment) -> None:
    submission = make_submission(homework, by=people.ada)
    services.cancel(submission, by=people.ada)

    answer = api(people.ada).post(f"/api/v1/submissions/{submission.pk}/cancel/")

    assert answer.status_code == 409


def test_the_list_of_my_submissions_takes_the_same_queries_for_one_and_for_twenty(
    people: People, offering: Offering, django_assert_num_queries: Any
) -> None:
    one, many = (make_assessment(offering, slug, tries=None) for slug in ("one", "many"))
    make_submission(one, by=people.ada)
    for _ in range(20):
        make_submission(many, by=people.ada)
    client = api(people.ada)
    client.get("/api/v1/offerings/")  # the token notes its first use

    with django_assert_num_queries(10):
        client.get(submissions_url(one))
    with django_assert_num_queries(10):
        assert client.get(submissions_url(many)).json()["count"] == 20


def test_the_list_of_assessments_takes_the_same_queries_with_300_students(
    people: People, offering: Offering, django_assert_num_queries: Any
) -> None:
    make_students(offering, 300)
    for number in range(30):
        make_assessment(offering, f"hw{number}")
    client = api(people.ada)
    client.get("/api/v1/offerings/")

    with django_assert_num_queries(6):
        answer = client.get(f"/api/v1/offerings/{offering.slug}/assessments/")

    assert answer.json()["count"] == 30


def test_the_schema_is_complete_and_without_warnings(client: Client) -> None:
    GENERATOR_STATS.reset()

    answer = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})

    assert answer.status_code == 200
    assert set(answer.json()["paths"]["/api/v1/submissions/{id}/"]) == {"get"}
    assert not GENERATOR_STATS, "python manage.py spectacular says what is wrong"
