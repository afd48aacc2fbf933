"""The life of a job: claims, leases, faults, fairness."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from coursehub.common.clock import database_now
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.gradebook.services import accept_report
from grading.submissions import jobs, queries, services
from grading.submissions.models import GradingJob, JobFault, JobKind, JobState, LaneClock, Runner, Submission
from grading.submissions.runner_tokens import undrain
from runners.protocol import JobEvent, Lane, Phase, ReportRequest
from tests.factories import (
    claim,
    make_assessment,
    make_report,
    make_runner,
    make_students,
    make_submission,
    make_suite,
    newest_job_of,
)
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner(db: None) -> Runner:
    return make_runner()[0]


def test_a_claim_hands_out_what_the_runner_must_know(homework: Assessment, people: People, runner: Runner) -> None:
    submission = make_submission(homework, by=people.ada)

    request = claim(runner, homework.suite)

    assert request is not None
    assert (request.submission_id, request.run, request.lease_token) == (submission.pk, 1, 1)
    assert (request.suite_name, request.suite_digest) == (homework.suite.name, homework.suite.digest)
    assert request.bundle_sha256 == submission.sha256
    job = newest_job_of(submission)
    assert (job.state, job.phase, job.runner) == (JobState.RUNNING, Phase.CLAIMED, runner)


def test_what_is_claimed_is_not_handed_out_again(homework: Assessment, people: People, runner: Runner) -> None:
    make_submission(homework, by=people.ada)

    assert claim(runner, homework.suite) is not None
    assert claim(runner, homework.suite) is None


def test_a_runner_gets_only_jobs_of_suites_that_it_has(homework: Assessment, people: People, runner: Runner) -> None:
    make_submission(homework, by=people.ada)
    other = make_suite(homework.suite.name)

    assert claim(runner, other) is None
    assert claim(runner) is None
    assert claim(runner, homework.suite, lane=Lane.GPU_SHARED) is None
    assert claim(runner, homework.suite) is not None


def test_nobody_waits_behind_more_than_one_job_of_each_other(
    homework: Assessment, people: People, runner: Runner
) -> None:
    for _ in range(8):
        make_submission(homework, by=people.ada)
    bens = make_submission(homework, by=people.ben)
    chloes = make_submission(homework, by=people.chloe)

    order = [claim(runner, homework.suite).submission_id for _ in range(4)]

    assert set(order[:3]) >= {bens.pk, chloes.pk}


def test_who_comes_while_the_queue_is_long_is_next_but_few(
    homework: Assessment, people: People, runner: Runner
) -> None:
    for _ in range(9):
        make_submission(homework, by=people.ada)
    for _ in range(4):
        claim(runner, homework.suite)

    bens = make_submission(homework, by=people.ben)

    assert queries.queue_place(newest_job_of(bens)).position <= 2
    assert bens.pk in {claim(runner, homework.suite).submission_id for _ in range(2)}


def test_regrades_get_a_quarter_of_the_slots(homework: Assessment, people: People) -> None:
    runner, _ = make_runner(slots=8)
    for person in (people.ada, people.ben, people.chloe):
        for _ in range(2):
            submission = make_submission(homework, by=person)
            GradingJob.objects.filter(submission=submission).update(state=JobState.FINISHED)
            services.regrade(submission, by=people.tariq)

    taken = [claim(runner, homework.suite, slots=8) for _ in range(3)]
    assert [job is not None for job in taken] == [True, True, False]

    fresh = make_submission(homework, by=people.ada)
    assert claim(runner, homework.suite, slots=8).submission_id == fresh.pk


def test_regrades_do_not_cost_a_student_their_place(homework: Assessment, people: People, runner: Runner) -> None:
    for _ in range(5):
        submission = make_submission(homework, by=people.ada)
        GradingJob.objects.filter(submission=submission).delete()
        services.regrade(submission, by=people.tariq)
    make_submission(homework, by=people.ben)
    make_submission(homework, by=people.ben)

    adas = make_submission(homework, by=people.ada)

    assert queries.queue_place(newest_job_of(adas)).position <= 2


def test_a_heartbeat_extends_the_lease_and_notes_progress(homework: Assessment, people: People, runner: Runner) -> None:
    submission = make_submission(homework, by=people.ada)
    request = claim(runner, homework.suite)
    checks = make_report(homework.suite).checks
    later = database_now() + timedelta(seconds=20)

    first = JobEvent(lease_token=1, phase=Phase.FIRST_CHECK, checks=checks[:1])
    assert jobs.hold(runner, request.job_id, first, at=later)
    assert jobs.hold(runner, request.job_id, JobEvent(lease_token=1, phase=Phase.CLAIMED), at=later)

    job = newest_job_of(submission)
    assert job.lease_until > later
    assert job.phase == Phase.FIRST_CHECK
    assert job.first_check_at == job.sandbox_ready_at == later
    assert job.last_check_at is None
    assert [check["id"] for check in job.progress] == ["case_0"]


def test_a_lost_lease_goes_to_another_run_and_fences_off_the_first(
    homework: Assessment, people: People, runner: Runner
) -> None:
    make_submission(homework, by=people.ada)
    first = claim(runner, homework.suite)
    other, _ = make_runner()
    later = database_now() + timedelta(seconds=120)

    second = claim(other, homework.suite, at=later)

    assert second is not None
    assert (second.job_id, second.run) == (first.job_id, 2)
    assert second.lease_token > first.lease_token
    assert not jobs.hold(runner, first.job_id, JobEvent(lease_token=1, phase=Phase.CLAIMED), at=later)
    assert not jobs.finish(runner, first.job_id, first.lease_token, at=later)
    assert not jobs.fault(runner, first.job_id, first.lease_token, sentence="x", detail="", at=later)
    assert not jobs.release(runner, first.job_id, first.lease_token, at=later)
    assert not jobs.finish(runner, first.job_id, second.lease_token, at=later)
    assert jobs.finish(other, second.job_id, second.lease_token, at=later)


def test_a_lease_that_ran_out_is_lost_even_before_the_reaper_comes(
    homework: Assessment, people: People, runner: Runner
) -> None:
    submission = make_submission(homework, by=people.ada)
    held = claim(runner, homework.suite)
    GradingJob.objects.update(lease_until=database_now() - timedelta(milliseconds=1))
    at = database_now()

    assert not jobs.hold(runner, held.job_id, JobEvent(lease_token=1, phase=Phase.FIRST_CHECK), at=at)
    assert not jobs.fault(runner, held.job_id, 1, sentence="x", detail="", at=at)
    assert not jobs.release(runner, held.job_id, 1, at=at)
    report = ReportRequest(lease_token=1, report=make_report(homework.suite))
    assert not accept_report(runner, held.job_id, report).accepted
    assert newest_job_of(submission).state == JobState.RUNNING
    assert jobs.reap(at=at) == 1


def test_a_fault_runs_again_after_a_pause_and_the_third_is_the_end(
    homework: Assessment, people: People, runner: Runner, django_capture_on_commit_callbacks: object
) -> None:
    submission = make_submission(homework, by=people.ada)
    at = database_now()
    for pause in (0, 10):
        request = claim(runner, homework.suite, at=at)
        assert jobs.fault(runner, request.job_id, request.lease_token, sentence="Oh.", detail="d", at=at)
        assert newest_job_of(submission).state == JobState.QUEUED
        if pause:
            assert claim(runner, homework.suite, at=at + timedelta(seconds=pause - 1)) is None
        at += timedelta(seconds=pause)
    request = claim(runner, homework.suite, at=at)
    assert request.run == 3

    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.fault(runner, request.job_id, request.lease_token, sentence="Oh.", detail="why", at=at)

    assert newest_job_of(submission).state == JobState.GRADER_ERROR
    assert not Submission.objects.get(pk=submission.pk).uses_try
    assert JobFault.objects.count() == 3
    [message] = mail.outbox
    assert set(message.to) == {"ines@example.edu", "tariq@example.edu"}
    assert "why" in message.body


def test_a_regrade_that_fails_by_our_fault_takes_nothing_back(
    homework: Assessment, people: People, runner: Runner
) -> None:
    submission = make_submission(homework, by=people.ada)
    GradingJob.objects.update(state=JobState.FINISHED)
    services.regrade(submission, by=people.tariq)
    at = database_now()
    for _ in range(3):
        request = claim(runner, homework.suite, at=at)
        jobs.fault(runner, request.job_id, request.lease_token, sentence="Oh.", detail="", at=at)
        at += timedelta(seconds=60)

    assert newest_job_of(submission).state == JobState.GRADER_ERROR
    assert Submission.objects.get(pk=submission.pk).uses_try


def test_one_click_runs_what_failed_again(homework: Assessment, people: People, runner: Runner) -> None:
    submission = make_submission(homework, by=people.ada)
    GradingJob.objects.update(state=JobState.GRADER_ERROR)

    job = services.regrade(submission, by=people.tariq)

    assert (job.kind, job.runs) == (JobKind.REGRADE, 0)
    assert claim(runner, homework.suite).job_id == job.pk


def test_giving_a_job_back_costs_no_run(homework: Assessment, people: People, runner: Runner) -> None:
    make_submission(homework, by=people.ada)
    for _ in range(5):
        request = claim(runner, homework.suite)
        assert request.run == 1
        assert jobs.release(runner, request.job_id, request.lease_token, at=database_now())


def test_the_reaper_frees_what_is_overdue_and_nothing_else(
    homework: Assessment, people: People, runner: Runner
) -> None:
    make_submission(homework, by=people.ada)
    request = claim(runner, homework.suite)

    assert jobs.reap(at=database_now()) == 0
    assert jobs.reap(at=database_now() + timedelta(seconds=120)) == 1
    assert jobs.reap(at=database_now() + timedelta(seconds=120)) == 0

    job = GradingJob.objects.get(pk=request.job_id)
    assert (job.state, job.runs) == (JobState.QUEUED, 1)
    assert job.fault_sentence == jobs.LOST


def test_five_faults_within_five_minutes_drain_a_runner(offering: Offering, people: People, runner: Runner) -> None:
    homework = make_assessment(offering, tries=None)
    for person in (people.ada, people.ben, people.chloe):
        make_submission(homework, by=person)
        make_submission(homework, by=person)
    at = database_now()
    for _ in range(5):
        request = claim(runner, homework.suite, at=at)
        jobs.fault(runner, request.job_id, request.lease_token, sentence="Oh.", detail="", at=at)

    runner.refresh_from_db()
    assert runner.drained_at is not None
    assert "undrain" in runner.drain_reason
    assert claim(runner, homework.suite) is None
    assert claim(make_runner()[0], homework.suite) is not None
    undrain(runner)
    runner.refresh_from_db()
    assert claim(runner, homework.suite) is not None


def test_a_runner_that_died_with_many_jobs_is_not_drained(offering: Offering, people: People) -> None:
    homework = make_assessment(offering, tries=None)
    runner, _ = make_runner(slots=8)
    for _ in range(8):
        make_submission(homework, by=people.ada)
    for _ in range(8):
        assert claim(runner, homework.suite, slots=8)

    assert jobs.reap(at=database_now() + timedelta(seconds=120)) == 8

    runner.refresh_from_db()
    assert runner.drained_at is None


def test_a_waiting_job_follows_its_assessment_to_a_newer_suite(
    homework: Assessment, people: People, runner: Runner
) -> None:
    make_submission(homework, by=people.ada)
    held = claim(runner, homework.suite)
    waiting = make_submission(homework, by=people.ben)
    newer = make_suite(homework.suite.name)
    Assessment.objects.update(suite=newer)

    assert jobs.follow_suites() == 1
    assert jobs.follow_suites() == 0

    assert claim(runner, newer).submission_id == waiting.pk
    assert GradingJob.objects.get(pk=held.job_id).suite == homework.suite


def test_faults_far_apart_drain_nobody(offering: Offering, people: People, runner: Runner) -> None:
    homework = make_assessment(offering, tries=None)
    at = database_now()
    for _ in range(7):
        submission = make_submission(homework, by=people.ada)
        GradingJob.objects.filter(submission=submission).update(not_before=at)
        request = claim(runner, homework.suite, at=at)
        jobs.fault(runner, request.job_id, request.lease_token, sentence="Oh.", detail="", at=at)
        at += timedelta(minutes=2)

    runner.refresh_from_db()
    assert runner.drained_at is None


def test_the_place_in_the_queue_comes_with_an_estimate_only_while_runners_live(
    homework: Assessment, people: People, runner: Runner
) -> None:
    first = make_submission(homework, by=people.ada)
    at = database_now()
    request = claim(runner, homework.suite)
    GradingJob.objects.filter(pk=request.job_id).update(
        state=JobState.FINISHED, claimed_at=at - timedelta(seconds=10), finished_at=at, lease_until=None
    )
    waiting = [make_submission(homework, by=person) for person in (people.ada, people.ben, people.chloe)]

    places = [queries.queue_place(newest_job_of(submission)) for submission in waiting]
    assert sorted(place.position for place in places) == [1, 2, 3]
    assert max(place.estimated_seconds for place in places) == 10

    Runner.objects.update(last_seen_at=at - timedelta(hours=1))
    assert queries.queue_place(newest_job_of(waiting[0])).estimated_seconds is None
    assert newest_job_of(first).state == JobState.FINISHED


def _fill(assessment: Assessment, offering: Offering, count: int) -> None:
    people = make_students(offering, 50)
    submissions = Submission.objects.bulk_create(
        Submission(
            assessment=assessment,
            author=people[number % 50],
            number=number // 50 + 1,
            sha256="0" * 64,
            total_bytes=1,
            idempotency_key=str(number),
        )
        for number in range(count)
    )
    GradingJob.objects.bulk_create(
        GradingJob(
            submission=submission,
            student_id=submission.author_id,
            suite=assessment.suite,
            suite_digest=assessment.suite.digest,
            kind=JobKind.SUBMISSION,
            requested_by_id=submission.author_id,
            lane="cpu",
            virtual_start=submission.number,
        )
        for submission in submissions
    )


def test_a_claim_reads_the_first_row_of_an_index_however_long_the_queue_is(
    homework: Assessment, offering: Offering, runner: Runner
) -> None:
    _fill(homework, offering, 3_000)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")

    asked: list[tuple[str, object]] = []

    def note(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert claim(runner, homework.suite) is not None

    heads = [(sql, params) for sql, params in asked if "virtual_start" in sql and "LIMIT 1" in sql]
    assert heads
    assert len(asked) < 25
    for sql, params in heads:
        plan = _plan(sql, params)
        # PostgreSQL may take the index without the suite where one suite is all that waits.
        assert "job_next" in plan or (connection.vendor == "postgresql" and "job_place" in plan), plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


def _plan(sql: str, params: object) -> str:
    """Return how the database answers a query with bound parameters, as it does in earnest."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}", params)
        return str(cursor.fetchall())


def test_the_clock_of_a_lane_never_goes_back(homework: Assessment, people: People, runner: Runner) -> None:
    for person in (people.ada, people.ben):
        for _ in range(3):
            make_submission(homework, by=person)
    seen = []
    for _ in range(6):
        claim(runner, homework.suite)
        seen.append(LaneClock.objects.get(lane="cpu", priority=0).virtual_time)

    assert seen == sorted(seen)
