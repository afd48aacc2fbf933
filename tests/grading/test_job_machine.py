"""A job's life under every order of events: the promises P2, P3 and P5 as a state machine."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from coursehub.common.clock import database_now
from grading.gradebook.models import GradeEvent
from grading.gradebook.services import accept_report
from grading.submissions import jobs
from grading.submissions.models import FINAL_STATES, GradingJob, GradingResult, JobState, Runner, Submission
from runners.protocol import JobEvent, Phase, ReportRequest, RunRequest
from tests.factories import claim, make_assessment, make_offering, make_report, make_runner, make_submission
from tests.people import everybody


class _RollBack(Exception):
    pass


class JobMachine(RuleBasedStateMachine):
    """Two runners, some submissions, and anything in any order, with old tokens too."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.people = everybody()
        self.assessment = make_assessment(make_offering(), tries=None)
        self.runners = [make_runner()[0] for _ in range(2)]
        self.at = database_now()
        self.tokens: dict[int, int] = {}
        self.ended: dict[int, str] = {}

    def teardown(self) -> None:
        try:
            self.everything_ends()
        finally:
            self.scope.__exit__(_RollBack, _RollBack(), None)

    @rule(student=st.sampled_from(["ada", "ben"]))
    def submit(self, student: str) -> None:
        submission = make_submission(self.assessment, by=getattr(self.people, student))
        GradingJob.objects.filter(submission=submission).update(not_before=self.at)

    @rule(target=held, which=st.integers(0, 1))
    def claim(self, which: int) -> Any:
        runner = Runner.objects.get(pk=self.runners[which].pk)
        request = claim(runner, self.assessment.suite, at=self.at)
        if request is None:
            return multiple()
        assert request.lease_token > self.tokens.get(request.job_id, 0)
        assert request.run <= 3
        self.tokens[request.job_id] = request.lease_token
        return (runner, request)

    @rule(seconds=st.sampled_from([1, 11, 29, 61, 121]))
    def wait(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    @rule(one=held)
    def heartbeat(self, one: tuple[Runner, RunRequest]) -> None:
        runner, request = one
        event = JobEvent(lease_token=request.lease_token, phase=Phase.FIRST_CHECK)
        held = jobs.hold(runner, request.job_id, event, at=self.at)
        assert not held or self.is_live(request)
        assert held or not self.is_live(request, at=self.at)

    @rule(one=held)
    def report(self, one: tuple[Runner, RunRequest]) -> None:
        runner, request = one
        was_live, had = self.is_live(request), GradingResult.objects.filter(job_id=request.job_id).first()
        message = ReportRequest(lease_token=request.lease_token, report=make_report(self.assessment.suite))
        answer = accept_report(runner, request.job_id, message)
        same_again = had is not None and had.lease_token == request.lease_token
        assert answer.accepted == (was_live or same_again)

    @rule(one=held)
    def report_nonsense(self, one: tuple[Runner, RunRequest]) -> None:
        runner, request = one
        report = make_report(self.assessment.suite)
        message = ReportRequest(
            lease_token=request.lease_token, report=report.model_copy(update={"checks": report.checks[:1]})
        )
        had = GradingResult.objects.filter(job_id=request.job_id, lease_token=request.lease_token).exists()
        assert accept_report(runner, request.job_id, message).accepted == had

    @rule(one=held)
    def fault(self, one: tuple[Runner, RunRequest]) -> None:
        runner, request = one
        was_live = self.is_live(request, at=self.at)
        moved = jobs.fault(runner, request.job_id, request.lease_token, sentence="Oh.", detail="", at=self.at)
        assert moved == was_live

    @rule(one=consumes(held))
    def release(self, one: tuple[Runner, RunRequest]) -> None:
        runner, request = one
        was_live = self.is_live(request, at=self.at)
        assert jobs.release(runner, request.job_id, request.lease_token, at=self.at) == was_live

    @rule()
    def reap(self) -> None:
        jobs.reap(at=self.at)

    @rule(which=st.integers(0, 5))
    def cancel(self, which: int) -> None:
        for job in GradingJob.objects.order_by("pk")[which : which + 1]:
            assert jobs.cancel(job, at=self.at) == (job.state in {JobState.QUEUED, JobState.RUNNING})

    @rule()
    def undrain(self) -> None:
        Runner.objects.update(drained_at=None)

    def is_live(self, request: RunRequest, *, at: datetime | None = None) -> bool:
        # Reports are judged by the database's own clock, which this machine's never falls behind.
        live = GradingJob.objects.filter(pk=request.job_id, state=JobState.RUNNING, lease_token=request.lease_token)
        return live.filter(lease_until__gte=at or database_now()).exists()

    @invariant()
    def no_job_runs_more_than_three_times_or_changes_its_end(self) -> None:
        for job in GradingJob.objects.all():
            assert job.runs <= 3
            assert (job.state == JobState.RUNNING) == (job.lease_until is not None)
            if job.pk in self.ended:
                assert job.state == self.ended[job.pk]
            elif job.state in FINAL_STATES:
                self.ended[job.pk] = job.state

    @invariant()
    def exactly_the_finished_jobs_have_one_result_and_one_event(self) -> None:
        finished = set(GradingJob.objects.filter(state=JobState.FINISHED).values_list("pk", flat=True))
        assert set(GradingResult.objects.values_list("job_id", flat=True)) == finished
        assert sorted(GradeEvent.objects.values_list("job_id", flat=True)) == sorted(finished)

    @invariant()
    def a_failure_of_ours_costs_no_try(self) -> None:
        failed = Submission.objects.filter(jobs__state=JobState.GRADER_ERROR)
        assert not failed.filter(uses_try=True).exists()

    def everything_ends(self) -> None:
        """From wherever the machine stopped, runners that work bring every job to its end (P2)."""
        Runner.objects.update(drained_at=None)
        for _ in range(200):
            if not GradingJob.objects.exclude(state__in=FINAL_STATES).exists():
                return
            self.at += timedelta(seconds=121)
            runner = Runner.objects.get(pk=self.runners[0].pk)
            while (request := claim(runner, self.assessment.suite, at=self.at)) is not None:
                message = ReportRequest(lease_token=request.lease_token, report=make_report(self.assessment.suite))
                assert accept_report(runner, request.job_id, message).accepted
            Runner.objects.update(drained_at=None)
        raise AssertionError("A job never ends.")


@pytest.mark.django_db
@pytest.mark.slow
def test_whatever_happens_a_job_ends_once() -> None:
    run_state_machine_as_test(
        JobMachine,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
