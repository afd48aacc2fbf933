"""A batch under every order of events: nothing that is held touches a grade, and what was shown is what comes."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from grading.assessments.models import Assessment, CountingTry
from grading.gradebook import regrading
from grading.gradebook.audit import differences
from grading.gradebook.differences import decided, differences_of, fingerprint
from grading.gradebook.errors import RegradeRefused
from grading.gradebook.models import GradeCell, GradeEvent, RegradeBatch
from grading.submissions import services
from grading.submissions.errors import SubmissionError
from grading.submissions.models import GradingJob, GradingResult, JobState, Submission
from tests.factories import grade_next, make_assessment, make_offering, make_submission, make_suite
from tests.people import everybody

EARNED = st.fixed_dictionaries({"case_0": st.integers(0, 6), "case_1": st.integers(0, 4)})
STUDENTS = st.sampled_from(["ada", "ben", "chloe"])


class _RollBack(Exception):
    pass


class RegradeMachine(RuleBasedStateMachine):
    """Three students, two versions, one member of staff who decides at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.scope = transaction.atomic()
        self.scope.__enter__()
        self.people = everybody()
        self.old, self.new = make_suite("sums", digest="a" * 64), make_suite("sums", digest="b" * 64)
        self.keys = 0

    def teardown(self) -> None:
        self.scope.__exit__(_RollBack, _RollBack(), None)

    @initialize(counting=st.sampled_from(list(CountingTry)))
    def set_up(self, counting: CountingTry) -> None:
        self.assessment = make_assessment(make_offering(), suite=self.old, tries=None, counting_try=counting)

    @rule(student=STUDENTS)
    def submit(self, student: str) -> None:
        make_submission(self.assessment, by=getattr(self.people, student))

    @rule(is_new=st.booleans(), earned=EARNED)
    def grade(self, is_new: bool, earned: dict[str, int]) -> None:
        suite = self.new if is_new else self.old
        if GradingJob.objects.filter(suite=suite, state=JobState.QUEUED).exists():
            grade_next(suite, earned=earned)

    @rule(student=STUDENTS, is_new=st.booleans())
    def regrade_one(self, student: str, is_new: bool) -> None:
        Assessment.objects.update(suite=self.new if is_new else self.old)
        self.assessment.refresh_from_db()
        newest = Submission.objects.filter(author=getattr(self.people, student)).order_by("-number").first()
        if newest is not None:
            with suppress(SubmissionError):
                services.regrade(newest, by=self.people.tariq)

    @rule(scope=st.sampled_from(list(RegradeBatch.Scope)))
    def start_a_batch(self, scope: RegradeBatch.Scope) -> None:
        self.keys += 1
        with suppress(RegradeRefused):
            regrading.start(
                self.assessment,
                by=self.people.tariq,
                suite=self.new,
                scope=scope,
                reason="Because.",
                idempotency_key=f"k{self.keys}",
            )

    @precondition(lambda self: RegradeBatch.objects.filter(state="open").exists())
    @rule(which=st.integers(0, 2), everybody_ready=st.booleans())
    def approve(self, which: int, everybody_ready: bool) -> None:
        batch = RegradeBatch.objects.get(state="open")
        found = differences_of(batch)
        before = self.cells()
        chosen = [row for row in found if row.may_be_approved]
        if everybody_ready:
            assert regrading.approve_all(batch, by=self.people.tariq, seen=fingerprint(found)) == len(chosen)
        else:
            chosen = chosen[which : which + 1]
            rows = {row.row.pk: row.version for row in chosen}
            assert regrading.approve(batch, by=self.people.tariq, rows=rows) == len(chosen)
            assert regrading.approve(batch, by=self.people.tariq, rows=rows) == 0
        expected = before | {row.row.enrollment_id: row.after for row in chosen}
        assert self.cells() == expected

    @precondition(lambda self: RegradeBatch.objects.filter(state="open").exists())
    @rule(which=st.none() | st.integers(0, 2))
    def drop(self, which: int | None) -> None:
        batch = RegradeBatch.objects.get(state="open")
        found, before = differences_of(batch), self.cells()
        if which is None:
            regrading.drop_all(batch, by=self.people.tariq, seen=decided(found))
        else:
            pending = [row for row in found if row.is_pending][which : which + 1]
            regrading.drop(batch, by=self.people.tariq, rows={row.row.pk: row.version for row in pending})
        assert self.cells() == before

    def cells(self) -> dict[int, Decimal]:
        return dict(GradeCell.objects.values_list("enrollment_id", "points"))

    @invariant()
    def every_grade_follows_from_rows(self) -> None:
        assert [str(each) for each in differences()] == []

    @invariant()
    def no_grade_rests_on_what_is_held(self) -> None:
        assert not GradeEvent.objects.filter(job__is_held=True).exists()
        held = GradingResult.objects.filter(job__is_held=True)
        assert held.filter(job__regrade_item__row__decision="approved", job__grade_events__isnull=False).count() == 0

    @invariant()
    def a_batch_is_closed_when_all_is_decided(self) -> None:
        for batch in RegradeBatch.objects.all():
            assert (batch.state == "closed") == (not batch.rows.filter(decision="pending").exists())


@pytest.mark.django_db
@pytest.mark.slow
def test_whatever_happens_a_batch_changes_what_was_approved_and_nothing_else() -> None:
    run_state_machine_as_test(
        RegradeMachine,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
