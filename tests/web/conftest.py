"""Clients of people who are signed in, and submissions in every state."""

from collections.abc import Callable

import pytest
from django.test import Client

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from grading.assessments.models import Assessment
from grading.gradebook.services import accept_report
from grading.submissions.models import Submission
from runners.protocol import ReportRequest
from tests.factories import claim, make_report, make_runner, make_submission
from tests.people import People

SignIn = Callable[[User], Client]


@pytest.fixture
def sign_in() -> SignIn:
    """Return a client in which a person is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def grade(submission: Submission, *, earned: dict[str, int] | None = None, message: str = "") -> None:
    """Grade the one waiting submission as a runner would."""
    suite = submission.assessment.suite
    assert suite is not None
    runner, _ = make_runner()
    run = claim(runner, suite, at=database_now())
    assert run is not None
    report = make_report(suite, earned=earned, message=message)
    answer = accept_report(runner, run.job_id, ReportRequest(lease_token=run.lease_token, report=report))
    assert answer.accepted


@pytest.fixture
def finished(homework: Assessment, people: People) -> Submission:
    """Ada's submission, of which the first of two checks passed."""
    submission = make_submission(homework, by=people.ada)
    grade(submission, earned={"case_1": 0})
    return submission


@pytest.fixture
def waiting(homework: Assessment, people: People) -> Submission:
    """Ada's submission, which waits in the queue."""
    return make_submission(homework, by=people.ada)
