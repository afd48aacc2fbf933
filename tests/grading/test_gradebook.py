"""From a report to a grade."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment, CountingTry
from grading.gradebook.models import GradeCell, GradeEvent
from grading.gradebook.queries import my_grades
from grading.gradebook.services import accept_report
from grading.submissions import queries, services
from grading.submissions.models import (
    CheckResult,
    GradingJob,
    GradingResult,
    JobFault,
    JobState,
    RefusedReport,
    Runner,
    Submission,
)
from runners.protocol import Outcome, ReportAnswer, ReportRequest, RunReport
from tests.factories import claim, make_assessment, make_report, make_runner, make_submission, make_suite, newest_job_of
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def runner(db: None) -> Runner:
    return make_runner(slots=8)[0]


def grade(runner: Runner, assessment: Assessment, **report: object) -> ReportAnswer:
    request = claim(runner, assessment.suite, slots=8)
    found = make_report(assessment.suite, **report)
    return accept_report(runner, request.job_id, ReportRequest(lease_token=request.lease_token, report=found))


def test_a_report_becomes_a_result_checks_an_event_and_a_cell(
    homework: Assessment, people: People, runner: Runner
) -> None:
    submission = make_submission(homework, by=people.ada)

    assert grade(runner, homework, earned={"case_1": 1}).accepted

    result = GradingResult.objects.get()
    assert (result.points, result.max_points, result.verdict) == (7, 10, "partial")
    assert [check.outcome for check in queries.checks_of(result)] == ["passed", "partial"]
    event = GradeEvent.objects.get()
    assert (event.points, event.submission, event.kind) == (7, submission, "auto")
    cell = GradeCell.objects.get()
    assert (cell.points, cell.enrollment.user, cell.version) == (7, people.ada, 1)
    assert newest_job_of(submission).state == JobState.FINISHED


@pytest.mark.parametrize(
    ("earned", "verdict"), [({}, "passed"), ({"case_0": 0}, "partial"), ({"case_0": 0, "case_1": 0}, "failed")]
)
def test_the_verdict_follows_from_the_checks(
    homework: Assessment, people: People, runner: Runner, earned: dict[str, int], verdict: str
) -> None:
    make_submission(homework, by=people.ada)

    grade(runner, homework, earned=earned)

    assert GradingResult.objects.get().verdict == verdict


def test_points_are_put_on_the_scale_of_the_assessment(offering: Offering, people: People, runner: Runner) -> None:
    homework = make_assessment(offering, suite=make_suite(points=(1, 1, 1)), max_points=Decimal(100))
    make_submission(homework, by=people.ada)

    grade(runner, homework, earned={"case_0": 0})

    assert GradeCell.objects.get().points == Decimal("66.6667")
    call_command("audit_grades", stdout=StringIO())


@pytest.mark.parametrize(("rule", "points"), [("best", 9), ("latest", 5), ("first", 3)])
def test_the_try_that_the_rule_names_counts(
    offering: Offering, people: People, runner: Runner, rule: str, points: int
) -> None:
    homework = make_assessment(offering, counting_try=CountingTry(rule))
    for earned in ((3, 0), (5, 4), (2, 3)):
        make_submission(homework, by=people.ada)
        grade(runner, homework, earned=dict(zip(("case_0", "case_1"), earned, strict=True)))

    assert GradeCell.objects.get().points == points
    assert queries.counting_result(people.ada, homework).points == points


def test_grading_again_keeps_the_old_result_and_the_new_one_counts(
    homework: Assessment, people: People, runner: Runner
) -> None:
    submission = make_submission(homework, by=people.ada)
    grade(runner, homework)
    services.regrade(submission, by=people.tariq)

    grade(runner, homework, earned={"case_0": 0})

    assert sorted(GradingResult.objects.values_list("points", flat=True)) == [4, 10]
    assert GradeCell.objects.get().points == 4
    assert GradeEvent.objects.get(kind="regraded").actor == people.tariq
    assert queries.newest_result(submission).points == 4


def test_a_late_report_is_kept_as_evidence_and_changes_nothing(
    homework: Assessment, people: People, runner: Runner
) -> None:
    make_submission(homework, by=people.ada)
    request = claim(runner, homework.suite)
    other, _ = make_runner()
    message = ReportRequest(lease_token=request.lease_token, report=make_report(homework.suite))

    assert not accept_report(other, request.job_id, message).accepted
    assert not accept_report(
        runner, request.job_id, message.model_copy(update={"lease_token": request.lease_token + 1})
    ).accepted

    assert RefusedReport.objects.count() == 2
    assert not GradingResult.objects.exists()
    assert newest_job_of(Submission.objects.get()).state == JobState.RUNNING


def test_the_same_report_twice_is_answered_the_same(homework: Assessment, people: People, runner: Runner) -> None:
    make_submission(homework, by=people.ada)
    request = claim(runner, homework.suite)
    message = ReportRequest(lease_token=request.lease_token, report=make_report(homework.suite))

    assert accept_report(runner, request.job_id, message).accepted
    assert accept_report(runner, request.job_id, message).accepted

    assert GradingResult.objects.count() == 1
    assert not RefusedReport.objects.exists()


def _change(report: RunReport, number: int, **fields: object) -> RunReport:
    checks = list(report.checks)
    checks[number] = checks[number].model_copy(update=fields)
    return report.model_copy(update={"checks": checks})


NONSENSE = {
    "an unknown case": lambda report: _change(report, 0, id="case_99"),
    "a missing case": lambda report: report.model_copy(update={"checks": report.checks[:1]}),
    "the same case twice": lambda report: _change(report, 1, id="case_0", points=Decimal(6), max_points=Decimal(6)),
    "more points than the case is worth": lambda report: _change(report, 0, points=Decimal(7)),
    "a case made worth more": lambda report: _change(report, 0, points=Decimal(50), max_points=Decimal(50)),
    "points for a failed case": lambda report: _change(report, 0, outcome=Outcome.FAILED),
    "a passed case without its points": lambda report: _change(report, 0, points=Decimal(1)),
    "another suite": lambda report: report.model_copy(update={"suite_name": "other"}),
    "another version of the suite": lambda report: report.model_copy(update={"suite_digest": "0" * 64}),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_a_report_that_the_suite_cannot_give_is_a_fault_of_the_runner(
    homework: Assessment, people: People, runner: Runner, what: str
) -> None:
    submission = make_submission(homework, by=people.ada)
    request = claim(runner, homework.suite)
    report = NONSENSE[what](make_report(homework.suite))

    answer = accept_report(runner, request.job_id, ReportRequest(lease_token=request.lease_token, report=report))

    assert not answer.accepted
    assert answer.reason
    assert RefusedReport.objects.get().reason
    assert not GradingResult.objects.exists()
    assert not GradeEvent.objects.exists()
    job = newest_job_of(submission)
    assert (job.state, job.runs) == (JobState.QUEUED, 1)
    assert JobFault.objects.get().detail == answer.reason


def test_grades_can_be_rebuilt_and_audited(homework: Assessment, people: People, runner: Runner) -> None:
    for person in (people.ada, people.ben):
        make_submission(homework, by=person)
        grade(runner, homework)
    out = StringIO()
    call_command("audit_grades", stdout=out)
    assert "2 cells, no difference" in out.getvalue()

    GradeCell.objects.filter(enrollment__user=people.ada).update(points=1)
    GradeCell.objects.filter(enrollment__user=people.ben).delete()
    with pytest.raises(CommandError, match="2 differences"):
        call_command("audit_grades", stdout=StringIO())

    call_command("rebuild_grades", stdout=StringIO())
    call_command("audit_grades", stdout=StringIO())
    assert set(GradeCell.objects.values_list("points", flat=True)) == {Decimal(10)}


@pytest.mark.parametrize(
    "forge",
    [
        lambda: CheckResult.objects.filter(case_id="case_0").update(points=0),
        lambda: GradingResult.objects.update(points=9),
        lambda: GradeEvent.objects.update(points=9),
        lambda: GradingJob.objects.update(state=JobState.CANCELLED),
        lambda: GradeCell.objects.update(submission=None),
    ],
)
def test_the_audit_finds_what_was_changed_behind_our_back(
    homework: Assessment, people: People, runner: Runner, forge: object
) -> None:
    make_submission(homework, by=people.ada)
    grade(runner, homework)

    forge()

    with pytest.raises(CommandError):
        call_command("audit_grades", stdout=StringIO())


def test_my_grades_shows_mine_alone(offering: Offering, homework: Assessment, people: People, runner: Runner) -> None:
    make_assessment(offering, "hw2", order=1)
    make_assessment(offering, "hidden", release_at=None)
    make_submission(homework, by=people.ada)
    grade(runner, homework, earned={"case_0": 0})
    make_submission(homework, by=people.ben)
    waiting = make_submission(homework, by=people.ada)

    rows = my_grades(people.ada, offering)

    assert [row.assessment.slug for row in rows] == ["hw1", "hw2"]
    assert (rows[0].points, rows[0].max_points, rows[0].tries.used) == (4, 10, 2)
    assert rows[0].submission != waiting
    assert (rows[1].points, rows[1].submission, rows[1].state) == (None, None, "")
    assert [row.points for row in my_grades(people.chloe, offering)] == [None, None]
