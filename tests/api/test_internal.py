"""What runners call: tokens, sizes, forms, and that nothing is believed without a check."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client

from grading.assessments.models import Assessment
from grading.gradebook.models import GradeCell
from grading.submissions import services
from grading.submissions.models import GradingJob, JobState, RefusedReport, Runner
from grading.submissions.runner_tokens import register_runner
from runners.protocol import (
    MAX_REPORT_BYTES,
    JobEvent,
    Phase,
    ReportRequest,
    RunRequest,
    SubmissionMetadata,
    folder_digest,
)
from tests.factories import claim_request, make_report, make_submission
from tests.people import People

pytestmark = pytest.mark.django_db


class Caller:
    """A runner, as far as HTTP shows it."""

    def __init__(self, token: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Runner {token}"}

    def post(self, path: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, bytes | str) else body.model_dump_json()
        return self.client.post(
            f"/internal/{path}", content, content_type="application/json", headers={**self.headers, **headers}
        )

    def claim(self, assessment: Assessment) -> RunRequest:
        answer = self.post("claim", claim_request(assessment.suite))
        assert answer.status_code == 200
        return RunRequest.model_validate_json(answer.content)

    def bundle(self, job: int, token: object) -> Any:
        return self.client.get(f"/internal/jobs/{job}/bundle", headers={**self.headers, "X-Lease-Token": str(token)})


@pytest.fixture
def runner(db: None) -> Caller:
    return Caller(register_runner("gpu-1")[1])


def test_the_whole_way_of_a_job_over_http(homework: Assessment, people: People, runner: Caller) -> None:
    submission = make_submission(homework, by=people.ada, content=b"x = 1\n")

    job = runner.claim(homework)
    bundle = runner.bundle(job.job_id, job.lease_token)
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        files = [(name, archive.read(name)) for name in archive.namelist()]
    assert files == [("needle.py", b"x = 1\n")]
    assert folder_digest(files) == job.bundle_sha256 == submission.sha256

    report = make_report(homework.suite)
    event = JobEvent(lease_token=job.lease_token, phase=Phase.FIRST_CHECK, checks=report.checks[:1])
    assert runner.post(f"jobs/{job.job_id}/events", event).json() == {"held": True}
    answer = runner.post(f"jobs/{job.job_id}/report", ReportRequest(lease_token=job.lease_token, report=report))

    assert answer.json() == {"accepted": True, "reason": ""}
    assert GradeCell.objects.get().points == 10
    assert runner.post("claim", claim_request(homework.suite)).status_code == 204


@pytest.mark.parametrize("header", [None, "", "Runner", "Runner ", "Runner wrong", "Bearer {token}", "{token}"])
def test_without_a_runners_token_there_is_nothing(homework: Assessment, header: str | None) -> None:
    _, token = register_runner("gpu-1")
    headers = {} if header is None else {"Authorization": header.format(token=token)}
    client = Client()

    for path in ("claim", "jobs/1/events", "jobs/1/report", "jobs/1/fault", "jobs/1/release"):
        answer = client.post(f"/internal/{path}", "{}", content_type="application/json", headers=headers)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
    for path in ("bundle", "metadata"):
        assert client.get(f"/internal/jobs/1/{path}", headers=headers).status_code == 401


def test_a_session_is_no_runner(people: People) -> None:
    client = Client()
    client.force_login(people.ines)

    assert client.post("/internal/claim", "{}", content_type="application/json").status_code == 401


def test_a_new_token_ends_the_old_one(homework: Assessment, runner: Caller) -> None:
    register_runner("gpu-1")

    assert runner.post("claim", claim_request(homework.suite)).status_code == 401


def test_only_a_hash_of_a_token_is_kept(db: None) -> None:
    runner, token = register_runner("gpu-1")

    assert token not in json.dumps(Runner.objects.filter(pk=runner.pk).values().get(), default=str)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"lane": "cpu"}',
        b'{"lane": "moon", "slots": 1, "suites": {}, "sandbox": "x"}',
        b'{"lane": "cpu", "slots": 0, "suites": {}, "sandbox": "x"}',
        b'{"lane": "cpu", "slots": 1, "suites": {}, "sandbox": "x", "admin": true}',
        b'{"protocol": 2, "lane": "cpu", "slots": 1, "suites": {}, "sandbox": "x"}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_a_sentence(runner: Caller, body: bytes) -> None:
    answer = runner.post("claim", body)

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_body_that_is_too_large_is_refused(homework: Assessment, people: People, runner: Caller) -> None:
    make_submission(homework, by=people.ada)
    job = runner.claim(homework)

    answer = runner.post(f"jobs/{job.job_id}/report", b" " * (MAX_REPORT_BYTES + 1))

    assert answer.status_code == 413


def test_not_a_number_is_no_number_of_points(homework: Assessment, people: People, runner: Caller) -> None:
    make_submission(homework, by=people.ada)
    job = runner.claim(homework)
    message = ReportRequest(lease_token=job.lease_token, report=make_report(homework.suite)).model_dump(mode="json")
    for nonsense in ("NaN", "Infinity", "-1", "1e500", None):
        message["report"]["checks"][0]["points"] = nonsense

        assert runner.post(f"jobs/{job.job_id}/report", json.dumps(message)).status_code == 400

    assert GradingJob.objects.get().state == JobState.RUNNING


def test_an_unknown_job_is_404(runner: Caller, homework: Assessment) -> None:
    report = ReportRequest(lease_token=1, report=make_report(homework.suite))

    assert runner.post("jobs/99/report", report).status_code == 404
    assert runner.post("jobs/99/events", JobEvent(lease_token=1, phase=Phase.CLAIMED)).status_code == 404
    assert runner.bundle(99, 1).status_code == 404


@pytest.mark.parametrize("token", ["", "0", "2", "-1", "x", "9" * 30, "٣"])
def test_a_bundle_needs_the_live_token(homework: Assessment, people: People, runner: Caller, token: str) -> None:
    make_submission(homework, by=people.ada)
    job = runner.claim(homework)

    answer = runner.client.get(
        f"/internal/jobs/{job.job_id}/bundle", headers={**runner.headers, "X-Lease-Token": token}
    )

    assert answer.status_code == 409


def test_another_runner_gets_neither_bundle_nor_job(homework: Assessment, people: People, runner: Caller) -> None:
    make_submission(homework, by=people.ada)
    job = runner.claim(homework)
    other = Caller(register_runner("gpu-2")[1])

    assert other.bundle(job.job_id, job.lease_token).status_code == 409
    event = JobEvent(lease_token=job.lease_token, phase=Phase.CLAIMED)
    assert other.post(f"jobs/{job.job_id}/events", event).json() == {"held": False}


def test_a_cancelled_job_tells_its_runner_to_stop(homework: Assessment, people: People, runner: Caller) -> None:
    submission = make_submission(homework, by=people.ada)
    job = runner.claim(homework)
    services.cancel(submission, by=people.ada)

    event = JobEvent(lease_token=job.lease_token, phase=Phase.CLAIMED)
    report = ReportRequest(lease_token=job.lease_token, report=make_report(homework.suite))

    assert runner.post(f"jobs/{job.job_id}/events", event).json() == {"held": False}
    assert not runner.post(f"jobs/{job.job_id}/report", report).json()["accepted"]
    assert RefusedReport.objects.count() == 1


def test_progress_that_the_suite_cannot_give_ends_the_run(homework: Assessment, people: People, runner: Caller) -> None:
    make_submission(homework, by=people.ada)
    job = runner.claim(homework)
    check = make_report(homework.suite).checks[0].model_copy(update={"id": "case_99"})

    event = JobEvent(lease_token=job.lease_token, phase=Phase.FIRST_CHECK, checks=[check])

    assert runner.post(f"jobs/{job.job_id}/events", event).json() == {"held": False}
    assert GradingJob.objects.get().state == JobState.QUEUED


def test_fault_and_release_bring_a_job_back(homework: Assessment, people: People, runner: Caller) -> None:
    make_submission(homework, by=people.ada)
    job = runner.claim(homework)
    body = json.dumps({"lease_token": job.lease_token})

    assert runner.post(f"jobs/{job.job_id}/release", body).json() == {"held": True}
    assert runner.post(f"jobs/{job.job_id}/release", body).json() == {"held": False}
    job = runner.claim(homework)
    body = json.dumps({"lease_token": job.lease_token, "sentence": "The disk is full.", "detail": "ENOSPC"})
    assert runner.post(f"jobs/{job.job_id}/fault", body).json() == {"held": True}

    found = GradingJob.objects.get()
    assert (found.state, found.runs, found.fault_sentence) == (JobState.QUEUED, 1, "The disk is full.")


@pytest.mark.parametrize("path", ["claim", "jobs/1/report", "jobs/1/events"])
def test_a_look_changes_nothing(runner: Caller, path: str) -> None:
    assert runner.client.get(f"/internal/{path}", headers=runner.headers).status_code == 405


def test_metadata_is_told_to_who_holds_the_job_and_to_nobody_else(
    homework: Assessment, people: People, runner: Caller
) -> None:
    submission = make_submission(homework, by=people.ada)
    other = Caller(register_runner("gpu-2")[1])
    job = runner.claim(homework)

    def asked(caller: Caller, token: object, job_id: int = job.job_id) -> Any:
        headers = {**caller.headers, "X-Lease-Token": str(token)}
        return caller.client.get(f"/internal/jobs/{job_id}/metadata", headers=headers)

    answer = asked(runner, job.lease_token)

    assert answer.status_code == 200 and answer["Content-Type"] == "application/json"
    assert SubmissionMetadata.model_validate_json(answer.content).id == submission.pk
    assert "results" not in answer.content.decode()
    for caller, token in ((runner, job.lease_token + 1), (runner, "-1"), (runner, "x"), (other, job.lease_token)):
        assert asked(caller, token).status_code == 409
    assert asked(runner, job.lease_token, job_id=10**9).status_code == 404
    assert "no-store" in answer["Cache-Control"]
