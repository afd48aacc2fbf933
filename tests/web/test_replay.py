"""A run as a file: for staff, whole enough to be repeated, and nothing of the reference in it."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from grading.submissions.models import Submission
from runners.replay import read_replay
from runners.suite_protocol import Replay
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def read(answer: Any, tmp_path: Path) -> tuple[Replay, dict[str, bytes]]:
    path = tmp_path / "replay.zip"
    path.write_bytes(answer.content)
    return read_replay(path)


@pytest.mark.parametrize(("who", "status"), [("tariq", 200), ("ines", 200), ("ada", 403), ("ben", 404), ("otto", 404)])
def test_a_replay_is_for_staff(sign_in: SignIn, people: People, who: str, status: int, finished: Submission) -> None:
    assert sign_in(getattr(people, who)).get(reverse("replay", args=[finished.pk])).status_code == status


def test_a_replay_holds_files_seed_limits_and_the_report(
    sign_in: SignIn, people: People, finished: Submission, tmp_path: Path
) -> None:
    replay, files = read(sign_in(people.tariq).get(reverse("replay", args=[finished.pk])), tmp_path)

    assert files == {"needle.py": b"x = 1\n"}
    assert (replay.seed, replay.bundle_sha256) == ("5eed" * 8, finished.sha256)
    assert finished.assessment.suite is not None
    assert replay.suite_digest == finished.assessment.suite.digest
    assert replay.limits["case_seconds"] == 2.0
    assert replay.provenance["packages"] == {"numpy": "2.4.6"}
    assert [(check.id, check.outcome, check.points) for check in replay.checks] == [
        ("case_0", "passed", 6),
        ("case_1", "failed", 0),
    ]


def test_the_page_of_the_submission_leads_staff_there(sign_in: SignIn, people: People, finished: Submission) -> None:
    page, url = reverse("submission", args=[finished.pk]), reverse("replay", args=[finished.pk])

    assert url in sign_in(people.tariq).get(page).content.decode()
    assert url not in sign_in(people.ada).get(page).content.decode()


def test_without_a_result_there_is_nothing_to_replay(sign_in: SignIn, people: People, waiting: Submission) -> None:
    url = reverse("replay", args=[waiting.pk])

    assert sign_in(people.tariq).get(url).status_code == 404
    assert sign_in(people.tariq).get(url, {"run": "9" * 30}).status_code == 404
    assert url not in sign_in(people.tariq).get(reverse("submission", args=[waiting.pk])).content.decode()
