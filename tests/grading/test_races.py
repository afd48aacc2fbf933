"""Many at once, with real threads and real transactions, on whichever database is configured."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection, connections

from coursehub.courses.models import Offering
from grading.gradebook.models import GradeCell, GradeEvent
from grading.gradebook.services import accept_report
from grading.submissions import services
from grading.submissions.errors import NoTriesLeft
from grading.submissions.models import GradingJob, GradingResult, JobState, Submission
from runners.protocol import ReportRequest
from tests.factories import claim, make_assessment, make_offering, make_report, make_runner, make_submission
from tests.people import everybody

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
Found = TypeVar("Found")


def at_once(count: int, work: Callable[[int], Found]) -> list[Found]:
    """Do the same in that many threads, all starting at the same moment."""
    barrier = threading.Barrier(count)

    def one(number: int) -> Found:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture
def offering(db: None) -> Offering:
    return make_offering()


def test_fifty_threads_get_exactly_as_many_tries_as_there_are(offering: Offering) -> None:
    homework, ada = make_assessment(offering, tries=3), everybody().ada

    def submit(number: int) -> bool:
        try:
            make_submission(homework, by=ada, content=f"x = {number}".encode())
        except NoTriesLeft:
            return False
        return True

    assert sum(at_once(50, submit)) == 3
    assert sorted(Submission.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert GradingJob.objects.count() == 3


def test_the_same_upload_sent_many_times_at_once_is_one_submission(offering: Offering) -> None:
    homework, ada = make_assessment(offering), everybody().ada

    found = at_once(20, lambda _: make_submission(homework, by=ada, key="double-click").pk)

    assert len(set(found)) == 1
    assert Submission.objects.count() == GradingJob.objects.count() == 1


def test_many_slots_claim_every_job_exactly_once(offering: Offering) -> None:
    homework = make_assessment(offering, tries=None)
    people = everybody()
    for number in range(24):
        make_submission(homework, by=(people.ada, people.ben, people.chloe)[number % 3])
    runner, _ = make_runner(slots=8)

    def drain(_: int) -> list[int]:
        taken = []
        while (request := claim(runner, homework.suite, slots=8)) is not None:
            taken.append(request.job_id)
        return taken

    taken = [job for jobs_of_slot in at_once(8, drain) for job in jobs_of_slot]
    assert len(taken) == len(set(taken)) == 24


def test_the_same_report_sent_many_times_at_once_counts_once(offering: Offering) -> None:
    homework = make_assessment(offering)
    make_submission(homework, by=everybody().ada)
    runner, _ = make_runner()
    request = claim(runner, homework.suite)
    message = ReportRequest(lease_token=request.lease_token, report=make_report(homework.suite))

    answers = at_once(8, lambda _: accept_report(runner, request.job_id, message).accepted)

    assert all(answers)
    assert GradingResult.objects.count() == GradeEvent.objects.count() == GradeCell.objects.count() == 1


def test_a_report_and_a_cancel_at_once_have_one_winner(offering: Offering) -> None:
    homework, ada = make_assessment(offering, tries=None), everybody().ada
    runner, _ = make_runner()
    for _ in range(8):
        submission = make_submission(homework, by=ada)
        request = claim(runner, homework.suite)
        message = ReportRequest(lease_token=request.lease_token, report=make_report(homework.suite))

        def act(number: int, submission: Submission = submission, message: ReportRequest = message) -> bool:
            if number:
                return accept_report(runner, submission.jobs.get().pk, message).accepted
            try:
                services.cancel(submission, by=ada)
            except services.AlreadyFinal:
                return False
            return True

        assert sum(at_once(2, act)) == 1
        state = submission.jobs.get().state
        assert GradeEvent.objects.filter(submission=submission).count() == (state == JobState.FINISHED)


def test_several_reports_of_one_student_at_once_leave_the_right_cell(offering: Offering) -> None:
    homework, ada = make_assessment(offering, tries=None), everybody().ada
    runner, _ = make_runner(slots=6)
    for _ in range(6):
        make_submission(homework, by=ada)
    requests = [claim(runner, homework.suite, slots=6) for _ in range(6)]

    def report(number: int) -> bool:
        found = make_report(homework.suite, earned={"case_0": number, "case_1": 0})
        message = ReportRequest(lease_token=requests[number].lease_token, report=found)
        return accept_report(runner, requests[number].job_id, message).accepted

    assert all(at_once(6, report))
    assert GradeCell.objects.get().points == 5
