"""A class graded again: held back, compared, approved or dropped."""

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment, CountingTry, SuiteVersion
from grading.engine.comparison import Change
from grading.gradebook import errors, regrading
from grading.gradebook.batches import progress_of
from grading.gradebook.differences import RowDifference, decided, differences_of, fingerprint
from grading.gradebook.models import GradeCell, GradeEvent, RegradeBatch
from grading.submissions import jobs, queries, services
from grading.submissions.errors import IdempotencyKeyInvalid, IdempotencyKeyReused, NothingToGradeWith
from grading.submissions.models import GradingJob, JobFault, JobState, Runner, Submission
from tests.factories import claim, grade_next, make_assessment, make_runner, make_submission, make_suite
from tests.people import People

pytestmark = pytest.mark.django_db
Scope = RegradeBatch.Scope


@pytest.fixture
def old(db: None) -> SuiteVersion:
    return make_suite("sums", digest="a" * 64)


@pytest.fixture
def new(old: SuiteVersion) -> SuiteVersion:
    return make_suite("sums", digest="b" * 64)


@pytest.fixture
def graded(offering: Offering, people: People, old: SuiteVersion) -> Assessment:
    """Homework on which Ada has 10, Ben 6 and Chloe 4 of 10 points."""
    homework = make_assessment(offering, suite=old)
    for person, earned in (
        (people.ada, {}),
        (people.ben, {"case_1": 0}),
        (people.chloe, {"case_0": 0}),
    ):
        make_submission(homework, by=person)
        grade_next(old, earned=earned)
    return homework


def start(homework: Assessment, by: User, suite: SuiteVersion, **fields: Any) -> RegradeBatch:
    given: dict[str, Any] = {"scope": Scope.COUNTING, "reason": "Case 1 was wrong.", "idempotency_key": "k", **fields}
    return regrading.start(homework, by=by, suite=suite, **given)


def grade_batch(suite: SuiteVersion, *reports: dict[str, Any]) -> None:
    """Grade the waiting jobs in the order in which they were queued, each with what its report says."""
    for report in reports:
        grade_next(suite, **report)


def points(homework: Assessment) -> dict[str, Decimal]:
    cells = GradeCell.objects.filter(assessment=homework).values_list("enrollment__user__email", "points")
    return {email.partition("@")[0]: value for email, value in cells}


def row_of(batch: RegradeBatch, person: User) -> RowDifference:
    return next(row for row in differences_of(batch) if row.student == person)


def approve_all(batch: RegradeBatch, by: User) -> int:
    return regrading.approve_all(batch, by=by, seen=fingerprint(differences_of(batch)))


def drop_all(batch: RegradeBatch, by: User) -> int:
    return regrading.drop_all(batch, by=by, seen=decided(differences_of(batch)))


def audit() -> None:
    call_command("audit_grades", stdout=StringIO())


def test_a_batch_has_a_row_and_a_held_job_for_each_student(
    graded: Assessment, people: People, old: SuiteVersion, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)

    assert batch.rows.count() == 3
    held = GradingJob.objects.filter(regrade_item__row__batch=batch)
    assert {(job.suite, job.state, job.kind, job.priority, job.is_held) for job in held} == {
        (new, JobState.QUEUED, "regrade", 1, True)
    }
    assert (batch.from_suite, batch.to_suite) == (old, new)
    assert progress_of(batch).waiting == 3


def test_results_are_held_back_until_somebody_approves(graded: Assessment, people: People, new: SuiteVersion) -> None:
    batch = start(graded, people.tariq, new)

    grade_batch(new, {"earned": {"case_0": 0}}, {}, {})

    assert points(graded) == {"ada": 10, "ben": 6, "chloe": 4}
    assert GradeEvent.objects.count() == 3
    ada = Submission.objects.get(author=people.ada)
    assert queries.newest_result(ada).points == 10
    assert queries.newest_job(ada).kind == "submission"
    assert queries.counting_result(people.ada, graded).points == 10
    row = queries.submissions_of(people.ada, graded).get()
    assert (row.state, row.points) == ("finished", 10)
    audit()
    assert progress_of(batch).graded == 3


def test_the_difference_is_said_for_each_student_who_loses_most_first(
    graded: Assessment, people: People, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {"earned": {"case_0": 0}}, {}, {"earned": {"case_0": 0}})

    found = differences_of(batch)

    assert [(row.student, row.before, row.after, row.change) for row in found] == [
        (people.ada, 10, 4, -6),
        (people.chloe, 4, 4, 0),
        (people.ben, 6, 10, 4),
    ]
    assert [(each.title, each.change) for each in found[0].submissions[0].checks] == [("Case 0", Change.BROKEN)]
    assert [(each.title, each.change) for each in found[2].submissions[0].checks] == [("Case 1", Change.FIXED)]
    assert found[1].submissions[0].checks == ()


def test_approving_makes_one_event_each_with_the_reason_and_keeps_the_old_results(
    graded: Assessment, people: People, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {"earned": {"case_0": 0}}, {}, {})

    assert approve_all(batch, people.ines) == 3

    assert points(graded) == {"ada": 4, "ben": 10, "chloe": 10}
    events = GradeEvent.objects.filter(kind="regraded")
    assert {(event.enrollment.user, event.actor, event.reason) for event in events} == {
        (person, people.ines, "Case 1 was wrong.") for person in (people.ada, people.ben, people.chloe)
    }
    assert events.count() == 3
    ada = Submission.objects.get(author=people.ada)
    assert [job.result.points for job in ada.jobs.order_by("pk")] == [10, 4]
    assert queries.newest_result(ada).points == 4
    batch.refresh_from_db()
    assert batch.state == "closed"
    assert (row_of(batch, people.ada).before, row_of(batch, people.ada).after) == (10, 4)
    audit()


def test_approving_again_changes_nothing(graded: Assessment, people: People, new: SuiteVersion) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {}, {}, {})
    rows = {row.row.pk: row.version for row in differences_of(batch)}
    seen = fingerprint(differences_of(batch))

    assert regrading.approve(batch, by=people.tariq, rows=rows) == 3
    assert regrading.approve(batch, by=people.tariq, rows=rows) == 0
    assert regrading.approve_all(batch, by=people.tariq, seen=seen) == 0

    assert GradeEvent.objects.filter(kind="regraded").count() == 3


def test_some_are_approved_and_the_rest_dropped(graded: Assessment, people: People, new: SuiteVersion) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {"earned": {"case_0": 0}}, {}, {})
    ben = row_of(batch, people.ben)

    regrading.approve(batch, by=people.tariq, rows={ben.row.pk: ben.version})
    batch.refresh_from_db()
    assert batch.state == "open"
    drop_all(batch, people.tariq)

    assert points(graded) == {"ada": 10, "ben": 10, "chloe": 4}
    batch.refresh_from_db()
    assert batch.state == "closed"
    assert progress_of(batch).approved == 1
    assert progress_of(batch).dropped == 2
    assert [(row.before, row.after) for row in differences_of(batch)] == [(10, 4), (6, 10), (4, 10)]
    audit()


def test_dropping_keeps_results_as_evidence_that_no_grade_rests_on(
    graded: Assessment, people: People, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {"earned": {"case_0": 0}})

    assert drop_all(batch, people.tariq) == 3
    assert drop_all(batch, people.tariq) == 0

    held = GradingJob.objects.filter(regrade_item__row__batch=batch)
    assert sorted(held.values_list("state", "is_held")) == [
        ("cancelled", True),
        ("cancelled", True),
        ("finished", True),
    ]
    assert points(graded) == {"ada": 10, "ben": 6, "chloe": 4}
    assert not Submission.objects.filter(uses_try=False).exists()
    assert row_of(batch, people.ada).submissions[0].new.points == 4
    audit()


def test_what_was_decided_one_way_is_not_decided_the_other_way(
    graded: Assessment, people: People, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {}, {}, {})
    ada = row_of(batch, people.ada)
    regrading.drop(batch, by=people.tariq, rows={ada.row.pk: ada.version})

    with pytest.raises(errors.DecidedAlready, match="Ada Okafor is decided already: dropped"):
        regrading.approve(batch, by=people.ines, rows={ada.row.pk: ada.version})


def test_a_decision_about_what_is_no_longer_so_decides_nothing(
    graded: Assessment, people: People, old: SuiteVersion, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {}, {}, {})
    seen = fingerprint(differences_of(batch))
    ada = row_of(batch, people.ada)
    make_submission(graded, by=people.ada)
    grade_next(old, earned={"case_0": 0, "case_1": 0})
    Assessment.objects.update(counting_try=CountingTry.LATEST)

    with pytest.raises(errors.ChangedMeanwhile):
        regrading.approve_all(RegradeBatch.objects.get(), by=people.tariq, seen=seen)
    with pytest.raises(errors.ChangedMeanwhile):
        regrading.approve(RegradeBatch.objects.get(), by=people.tariq, rows={ada.row.pk: ada.version})

    assert not GradeEvent.objects.filter(kind="regraded").exists()
    assert progress_of(batch).approved == 0


def test_one_row_that_changed_stops_the_whole_decision(graded: Assessment, people: People, new: SuiteVersion) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {}, {}, {})
    rows = {row.row.pk: row.version for row in differences_of(batch)}
    rows[row_of(batch, people.ben).row.pk] = "0" * 16

    with pytest.raises(errors.ChangedMeanwhile):
        regrading.approve(batch, by=people.tariq, rows=rows)

    assert not GradeEvent.objects.filter(kind="regraded").exists()


def test_a_row_of_another_batch_is_not_decided_here(graded: Assessment, people: People, new: SuiteVersion) -> None:
    first = start(graded, people.tariq, new)
    drop_all(first, people.tariq)
    second = start(graded, people.tariq, new, idempotency_key="k2")
    foreign = row_of(first, people.ada)

    with pytest.raises(errors.ChangedMeanwhile):
        regrading.drop(second, by=people.tariq, rows={foreign.row.pk: foreign.version})


@pytest.mark.parametrize(("rule", "expected"), [("best", 9), ("latest", 9), ("first", 3)])
def test_a_submission_made_meanwhile_is_graded_as_usual_and_not_overwritten(
    graded: Assessment, people: People, old: SuiteVersion, new: SuiteVersion, rule: str, expected: int
) -> None:
    Assessment.objects.update(counting_try=CountingTry(rule))
    graded.refresh_from_db()
    batch = start(graded, people.tariq, new)
    meanwhile = make_submission(graded, by=people.ada)
    assert grade_next(old, earned={"case_0": 5}).submission == meanwhile

    grade_batch(new, {"earned": {"case_0": 3, "case_1": 0}}, {}, {})
    approve_all(RegradeBatch.objects.get(), people.tariq)

    assert points(graded)["ada"] == expected
    assert queries.newest_result(meanwhile).points == 9
    assert batch.rows.count() == 3
    audit()


def test_students_go_first_and_a_batch_waits(graded: Assessment, people: People, new: SuiteVersion) -> None:
    batch = start(graded, people.tariq, new)
    Assessment.objects.update(suite=new)
    handed_in = make_submission(Assessment.objects.get(), by=people.ada)
    Runner.objects.update(last_seen_at=None)
    runner, _ = make_runner(slots=4)

    runs = [claim(runner, new, slots=4) for _ in range(3)]

    assert runs[0].submission_id == handed_in.pk
    assert GradingJob.objects.get(pk=runs[1].job_id).is_held
    assert runs[2] is None  # a quarter of four slots is one
    assert (progress_of(batch).running, progress_of(batch).waiting) == (1, 2)


def test_who_was_graded_again_since_keeps_the_newer_result(
    graded: Assessment, people: People, old: SuiteVersion, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)
    ada = Submission.objects.get(author=people.ada)
    services.regrade(ada, by=people.tariq)
    grade_next(old, earned={"case_0": 5})
    grade_batch(new, {"earned": {"case_0": 0}}, {}, {})

    overtaken = row_of(batch, people.ada)
    assert overtaken.submissions[0].is_overtaken
    assert not overtaken.may_be_approved
    approve_all(batch, people.tariq)

    assert points(graded) == {"ada": 9, "ben": 10, "chloe": 10}
    assert row_of(batch, people.ada).is_pending
    with pytest.raises(errors.NotReady):
        regrading.approve(batch, by=people.tariq, rows={overtaken.row.pk: overtaken.version})
    drop_all(batch, people.tariq)
    batch.refresh_from_db()
    assert batch.state == "closed"
    audit()


def test_nobody_is_approved_before_all_of_theirs_is_graded(
    graded: Assessment, people: People, new: SuiteVersion
) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {})
    chloe = row_of(batch, people.chloe)

    with pytest.raises(errors.NotReady):
        regrading.approve(batch, by=people.tariq, rows={chloe.row.pk: chloe.version})
    assert approve_all(batch, people.tariq) == 1
    assert progress_of(batch).pending == 2


def test_what_fails_on_our_side_is_shown_drains_no_host_and_sends_no_mail(
    graded: Assessment, people: People, new: SuiteVersion, mailoutbox: list[Any], settings: Any
) -> None:
    settings.GRADING_RETRY_SECONDS = [0, 0]
    batch = start(graded, people.tariq, new)
    runner, _ = make_runner(slots=40)
    for _ in range(9):
        run = claim(Runner.objects.get(pk=runner.pk), new, slots=40)
        jobs.fault(runner, run.job_id, run.lease_token, sentence="The suite broke.", detail="", at=database_now())

    assert JobFault.objects.count() == 9
    assert Runner.objects.get(pk=runner.pk).drained_at is None
    assert mailoutbox == []
    assert progress_of(batch).failed == 3
    assert approve_all(batch, people.tariq) == 0
    assert not Submission.objects.filter(uses_try=False).exists()
    assert points(graded) == {"ada": 10, "ben": 6, "chloe": 4}


def test_waiting_jobs_of_a_batch_keep_the_version_of_the_batch(
    graded: Assessment, people: People, new: SuiteVersion
) -> None:
    start(graded, people.tariq, new)

    jobs.follow_suites()

    assert set(GradingJob.objects.filter(is_held=True).values_list("suite", flat=True)) == {new.pk}


def test_every_submission_can_be_graded_again_so_that_the_best_is_the_best_by_the_new_version(
    offering: Offering, people: People, old: SuiteVersion, new: SuiteVersion
) -> None:
    homework = make_assessment(offering, suite=old, tries=None)
    for earned in ({"case_1": 0}, {"case_0": 0}, {"case_0": 0, "case_1": 1}):
        make_submission(homework, by=people.ada)
        grade_next(old, earned=earned)
    batch = start(homework, people.tariq, new, scope=Scope.ALL)

    grade_batch(new, {"earned": {"case_0": 0}}, {}, {"earned": {"case_0": 5}})

    row = row_of(batch, people.ada)
    assert [(each.old_points, each.new_points) for each in row.submissions] == [(6, 4), (4, 10), (1, 9)]
    assert (row.before, row.after) == (6, 10)
    approve_all(batch, people.tariq)
    assert points(homework) == {"ada": 10}
    assert GradeEvent.objects.filter(kind="regraded").count() == 3
    audit()


def test_a_row_says_when_another_submission_would_count_then(
    offering: Offering, people: People, old: SuiteVersion, new: SuiteVersion
) -> None:
    homework = make_assessment(offering, suite=old, tries=None)
    for earned in ({"case_1": 0}, {"case_1": 0, "case_0": 5}):
        make_submission(homework, by=people.ada)
        grade_next(old, earned=earned)
    batch = start(homework, people.tariq, new)

    grade_batch(new, {"earned": {"case_0": 1, "case_1": 0}})

    row = row_of(batch, people.ada)
    assert (row.before, row.after) == (6, 5)
    assert row.counts_then.number == 2


def test_work_that_failed_by_our_fault_is_graded_again_too(
    offering: Offering, people: People, old: SuiteVersion, new: SuiteVersion
) -> None:
    homework = make_assessment(offering, suite=old)
    submission = make_submission(homework, by=people.ada)
    GradingJob.objects.update(state=JobState.GRADER_ERROR)
    batch = start(homework, people.tariq, new)

    grade_batch(new, {})
    approve_all(batch, people.tariq)

    assert points(homework) == {"ada": 10}
    assert queries.newest_result(submission).points == 10


def test_the_same_key_makes_one_batch_and_another_key_waits_for_the_first(
    graded: Assessment, people: People, new: SuiteVersion
) -> None:
    first = start(graded, people.tariq, new)

    assert start(graded, people.tariq, new) == first
    with pytest.raises(IdempotencyKeyReused):
        start(graded, people.tariq, new, reason="Another.")
    with pytest.raises(errors.BatchOpen):
        start(graded, people.tariq, new, idempotency_key="k2")
    assert GradingJob.objects.filter(is_held=True).count() == 3


def test_what_cannot_be_graded_again_is_refused(
    graded: Assessment, offering: Offering, people: People, new: SuiteVersion
) -> None:
    empty = make_assessment(offering, "empty", suite=new)
    by_hand = make_assessment(offering, "by-hand", suite=None)

    with pytest.raises(errors.ReasonMissing):
        start(graded, people.tariq, new, reason="  \n ")
    with pytest.raises(errors.OtherSuite):
        start(graded, people.tariq, make_suite("other"))
    with pytest.raises(errors.NothingToRegrade):
        start(empty, people.tariq, new)
    with pytest.raises(NothingToGradeWith):
        start(by_hand, people.tariq, new)
    with pytest.raises(IdempotencyKeyInvalid):
        start(graded, people.tariq, new, idempotency_key="")
    for person in (people.ada, people.otto):
        with pytest.raises(NotAllowed):
            start(graded, person, new)
    assert not RegradeBatch.objects.exists()


def test_only_staff_decide(graded: Assessment, people: People, new: SuiteVersion) -> None:
    batch = start(graded, people.tariq, new)
    grade_batch(new, {}, {}, {})

    for person in (people.ada, people.otto):
        with pytest.raises(NotAllowed):
            approve_all(batch, person)
        with pytest.raises(NotAllowed):
            drop_all(batch, person)


def test_a_student_cannot_cancel_a_job_that_is_held_back(graded: Assessment, people: People, new: SuiteVersion) -> None:
    start(graded, people.tariq, new)

    with pytest.raises(services.AlreadyFinal):
        services.cancel(Submission.objects.get(author=people.ada), by=people.ada)

    assert GradingJob.objects.filter(is_held=True, state=JobState.QUEUED).count() == 3
