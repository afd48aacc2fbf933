"""What runners call about suites: nothing without a token, nothing under a lost lease, nothing that does not fit."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client

from coursehub.courses.models import Offering
from grading.assessments.models import SuiteVersion
from grading.catalogue.models import SuiteCheck
from grading.submissions.models import JobState
from grading.submissions.runner_tokens import register_runner
from runners.protocol import folder_digest
from runners.suite_protocol import SuiteCheckEvent, SuiteCheckReportRequest, SuiteCheckRequest
from tests.api.test_internal import Caller
from tests.catalogue.suites import FILES, asking, make_draft, make_published, report_on
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner(db: None) -> Caller:
    return Caller(register_runner("gpu-1")[1])


def files_in(answer: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def claim(runner: Caller) -> SuiteCheckRequest:
    answer = runner.post("suite-checks/claim", asking())
    assert answer.status_code == 200
    return SuiteCheckRequest.model_validate_json(answer.content)


def get(runner: Caller, path: str, token: object = "") -> Any:
    return runner.client.get(f"/internal/{path}", headers={**runner.headers, "X-Lease-Token": str(token)})


def test_the_whole_way_of_a_check_over_http(offering: Offering, people: People, runner: Caller) -> None:
    draft = make_draft(offering, people)

    check = claim(runner)
    files = files_in(get(runner, f"suite-checks/{check.check_id}/files", check.lease_token))
    assert files == FILES
    assert folder_digest(files.items()) == check.files_sha256
    event = SuiteCheckEvent(lease_token=check.lease_token, total=3)
    assert runner.post(f"suite-checks/{check.check_id}/events", event).json() == {"held": True}
    report = SuiteCheckReportRequest(lease_token=check.lease_token, report=report_on(draft))

    assert runner.post(f"suite-checks/{check.check_id}/report", report).json() == {"accepted": True, "reason": ""}
    assert SuiteCheck.objects.get().has_passed
    assert runner.post("suite-checks/claim", asking()).status_code == 204


def test_a_published_suite_is_sent_by_its_digest_without_what_is_not_graded_with(
    offering: Offering, people: People, runner: Caller
) -> None:
    version = make_published(offering, people)

    files = files_in(get(runner, f"suites/{version.digest}"))

    assert set(files) == {"suite.toml", "cases.py", "manifest.json", "reference/twice.py"}
    assert folder_digest(files.items()) == version.digest


def test_a_draft_is_not_sent_by_its_digest(offering: Offering, people: People, runner: Caller) -> None:
    version = make_published(offering, people)
    SuiteVersion.objects.filter(pk=version.pk).update(state="draft", number=None)

    assert get(runner, f"suites/{version.digest}").status_code == 404
    assert get(runner, "suites/" + "0" * 64).status_code == 404


@pytest.mark.parametrize("path", ["claim", "1/events", "1/report", "1/fault", "1/release"])
def test_without_a_runners_token_there_is_nothing(people: People, path: str) -> None:
    client = Client()
    client.force_login(people.ines)

    assert client.post(f"/internal/suite-checks/{path}", "{}", content_type="application/json").status_code == 401


def test_suites_and_drafts_are_for_runners_only(offering: Offering, people: People) -> None:
    version = make_published(offering, people)
    client = Client()
    client.force_login(people.ines)

    assert client.get(f"/internal/suites/{version.digest}").status_code == 401
    assert client.get("/internal/suite-checks/1/files").status_code == 401


def test_the_files_of_a_draft_take_the_live_token(offering: Offering, people: People, runner: Caller) -> None:
    make_draft(offering, people)
    check = claim(runner)
    other = Caller(register_runner("gpu-2")[1])

    assert get(runner, f"suite-checks/{check.check_id}/files", check.lease_token + 1).status_code == 409
    assert get(other, f"suite-checks/{check.check_id}/files", check.lease_token).status_code == 409
    assert get(runner, "suite-checks/99/files", 1).status_code == 404


def test_fault_and_release_bring_a_check_back(offering: Offering, people: People, runner: Caller) -> None:
    make_draft(offering, people)
    check = claim(runner)
    body = json.dumps({"lease_token": check.lease_token})
    assert runner.post(f"suite-checks/{check.check_id}/release", body).json() == {"held": True}
    check = claim(runner)
    body = json.dumps({"lease_token": check.lease_token, "sentence": "The disk is full."})

    assert runner.post(f"suite-checks/{check.check_id}/fault", body).json() == {"held": True}
    assert runner.post(f"suite-checks/{check.check_id}/fault", body).json() == {"held": False}
    assert SuiteCheck.objects.get().state == JobState.QUEUED


@pytest.mark.parametrize("path", ["events", "report", "fault", "release"])
def test_what_does_not_fit_is_refused_and_an_unknown_check_is_404(runner: Caller, path: str) -> None:
    bodies = {
        "events": {"lease_token": 1},
        "report": {"lease_token": 1, "report": {"problem": "x"}},
        "fault": {"lease_token": 1, "sentence": "x"},
        "release": {"lease_token": 1},
    }

    assert runner.post(f"suite-checks/1/{path}", "[]").status_code == 400
    assert runner.post(f"suite-checks/1/{path}", json.dumps(bodies[path])).status_code == 404
