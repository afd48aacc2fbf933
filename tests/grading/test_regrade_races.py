"""Deciding about a batch while others decide, runners report and students hand in."""

import pytest

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.gradebook import regrading
from grading.gradebook.audit import differences
from grading.gradebook.differences import decided, differences_of, fingerprint
from grading.gradebook.errors import BatchOpen, RegradeRefused
from grading.gradebook.models import GradeCell, GradeEvent, RegradeBatch, RegradeRow
from grading.gradebook.services import accept_report
from grading.submissions.models import GradingJob, GradingResult
from runners.protocol import ReportRequest
from tests.factories import (
    claim,
    grade_next,
    make_assessment,
    make_offering,
    make_report,
    make_runner,
    make_students,
    make_submission,
    make_suite,
)
from tests.grading.test_races import at_once
from tests.people import everybody

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
STUDENTS = 4


@pytest.fixture
def offering(db: None) -> Offering:
    return make_offering()


@pytest.fixture
def homework(offering: Offering) -> Assessment:
    """Homework that four students have ten points on, and a newer version of its suite."""
    old = make_suite("sums", digest="a" * 64)
    make_suite("sums", digest="b" * 64)
    found = make_assessment(offering, suite=old, tries=None)
    for student in make_students(offering, STUDENTS):
        make_submission(found, by=student)
        grade_next(old)
    return found


def start(homework: Assessment, key: str = "k") -> RegradeBatch:
    new = homework.suite.__class__.objects.get(digest="b" * 64)
    return regrading.start(
        homework, by=everybody().tariq, suite=new, scope="counting", reason="Because.", idempotency_key=key
    )


def graded_batch(homework: Assessment) -> RegradeBatch:
    batch = start(homework)
    for _ in range(STUDENTS):
        grade_next(batch.to_suite, earned={"case_0": 1})
    return batch


def assert_consistent() -> None:
    assert [str(each) for each in differences()] == []


def test_a_batch_that_is_asked_for_many_times_at_once_is_made_once(homework: Assessment) -> None:
    def ask(number: int) -> bool:
        try:
            start(Assessment.objects.get(), key=f"k{number % 2}")
        except BatchOpen:
            return False
        return True

    assert any(at_once(6, ask))
    assert RegradeBatch.objects.count() == 1
    assert GradingJob.objects.filter(is_held=True).count() == STUDENTS


def test_approving_many_times_at_once_makes_one_event_each(homework: Assessment) -> None:
    batch, tariq = graded_batch(homework), everybody().tariq
    seen = fingerprint(differences_of(batch))

    counts = at_once(5, lambda _: regrading.approve_all(RegradeBatch.objects.get(), by=tariq, seen=seen))

    assert sorted(counts) == [0, 0, 0, 0, STUDENTS]
    assert GradeEvent.objects.filter(kind="regraded").count() == STUDENTS
    assert set(GradeCell.objects.values_list("points", flat=True)) == {5}
    assert_consistent()


def test_approving_and_dropping_at_once_has_one_winner(homework: Assessment) -> None:
    batch, tariq = graded_batch(homework), everybody().tariq
    found = differences_of(batch)
    seen, seen_decisions = fingerprint(found), decided(found)

    def act(number: int) -> int:
        mine = RegradeBatch.objects.get()
        try:
            if number:
                return regrading.approve_all(mine, by=tariq, seen=seen)
            return regrading.drop_all(mine, by=tariq, seen=seen_decisions)
        except RegradeRefused:
            return 0

    assert sorted(at_once(2, act)) == [0, STUDENTS]
    assert RegradeRow.objects.values("decision").distinct().count() == 1
    approved = RegradeRow.objects.filter(decision="approved").exists()
    assert set(GradeCell.objects.values_list("points", flat=True)) == {5 if approved else 10}
    assert_consistent()


def test_a_report_and_a_drop_at_once_leave_evidence_or_nothing(homework: Assessment) -> None:
    batch, tariq = start(homework), everybody().tariq
    runner, _ = make_runner(slots=40)
    runs = [claim(runner, batch.to_suite, slots=40) for _ in range(STUDENTS)]
    seen = decided(differences_of(batch))

    def act(number: int) -> bool:
        if number == STUDENTS:
            return regrading.drop_all(RegradeBatch.objects.get(), by=tariq, seen=seen) == STUDENTS
        run = runs[number]
        message = ReportRequest(lease_token=run.lease_token, report=make_report(batch.to_suite, earned={"case_0": 0}))
        return accept_report(runner, run.job_id, message).accepted

    *accepted, dropped = at_once(STUDENTS + 1, act)

    assert dropped
    assert GradingResult.objects.filter(job__is_held=True).count() == sum(accepted)
    assert not GradeEvent.objects.filter(kind="regraded").exists()
    assert set(GradeCell.objects.values_list("points", flat=True)) == {10}
    assert_consistent()


def test_students_who_hand_in_while_a_batch_is_approved_keep_what_they_earned(homework: Assessment) -> None:
    batch, tariq = graded_batch(homework), everybody().tariq
    students = [row.student for row in differences_of(batch)]
    handed_in = [make_submission(homework, by=student) for student in students]
    runner, _ = make_runner(slots=40)
    runs = [claim(runner, homework.suite, slots=40) for _ in handed_in]
    seen = fingerprint(differences_of(batch))

    def act(number: int) -> int:
        if number == len(runs):
            try:
                return regrading.approve_all(RegradeBatch.objects.get(), by=tariq, seen=seen)
            except RegradeRefused:
                return 0
        report = make_report(homework.suite, earned={"case_0": 5})
        message = ReportRequest(lease_token=runs[number].lease_token, report=report)
        assert accept_report(runner, runs[number].job_id, message).accepted
        return 0

    at_once(len(runs) + 1, act)
    regrading.approve_all(batch, by=tariq, seen=fingerprint(differences_of(batch)))

    assert set(GradeCell.objects.values_list("points", flat=True)) == {9}
    assert GradeEvent.objects.filter(kind="regraded").count() == STUDENTS
    assert_consistent()
