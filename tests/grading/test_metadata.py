"""What an autograder is told of a submission: the fields, the whole history, and nothing that moves by itself."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursehub.courses.models import Enrollment
from coursehub.participation.models import Team, TeamSet
from grading.assessments.models import Assessment
from grading.gradebook.services import accept_report
from grading.submissions import jobs, services
from grading.submissions.metadata import metadata_of
from grading.submissions.models import GradingJob, JobState, Submission
from runners.protocol import Outcome, ReportRequest, RunRequest, Visibility
from tests.factories import claim_request, make_report, make_runner, make_submission
from tests.people import People

pytestmark = pytest.mark.django_db


def told(submission: Submission) -> dict[str, Any]:
    """Return what goes over the wire, with a submission that was read afresh."""
    return metadata_of(Submission.objects.get(pk=submission.pk)).model_dump(mode="json", exclude_unset=True)


def grade(submission: Submission, **changes: Any) -> GradingJob:
    """Grade the waiting job of a submission; ``changes`` are of the report."""
    runner, _ = make_runner()
    suite = submission.assessment.suite
    claimed = jobs.claim(runner, claim_request(suite), at=submission.received_at + timedelta(seconds=5))
    assert isinstance(claimed, RunRequest)
    report = make_report(suite, earned=changes.pop("earned", None)).model_copy(update=changes)
    answer = accept_report(runner, claimed.job_id, ReportRequest(lease_token=claimed.lease_token, report=report))
    assert answer.accepted, answer.reason
    return GradingJob.objects.get(pk=claimed.job_id)


def test_the_fields_are_those_of_the_format(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)

    found = told(submission)

    zone = homework.offering.zone
    assert found == {
        "id": submission.pk,
        "created_at": submission.received_at.astimezone(zone).isoformat(timespec="microseconds"),
        "assignment_id": homework.pk,
        "assignment": {
            "id": homework.pk,
            "course_id": homework.offering_id,
            "title": "Homework 1",
            "due_date": homework.due_at.astimezone(zone).isoformat(timespec="microseconds"),
            "late_due_date": homework.closes_at.astimezone(zone).isoformat(timespec="microseconds"),
            "release_date": homework.release_at.astimezone(zone).isoformat(timespec="microseconds"),
            "group_size": None,
            "group_submission": False,
            "total_points": "10.0",
        },
        "submission_method": "upload",
        "users": [{"email": people.ada.email, "id": people.ada.pk, "name": people.ada.name}],
        "previous_submissions": [],
    }
    assert found["created_at"][-6:] in {"-04:00", "-05:00"}


def test_dates_that_are_not_known_are_null_and_late_work_has_a_date_only_where_it_is_taken(
    homework: Assessment, people: People
) -> None:
    submission = make_submission(homework, by=people.ada)
    Assessment.objects.filter(pk=homework.pk).update(closes_at=homework.due_at, release_at=None)

    assignment = told(submission)["assignment"]

    assert assignment["due_date"] and assignment["late_due_date"] is None and assignment["release_date"] is None


def test_the_history_is_complete_oldest_first_with_results_of_the_latest_only(
    homework: Assessment, people: People
) -> None:
    first = make_submission(homework, by=people.ada)
    grade(first, earned={"case_0": 0})
    second = make_submission(homework, by=people.ada)
    grade(second, earned={"case_1": 0}, extra_data={"seen": 2}, output="hello")
    make_submission(homework, by=people.ben)
    third = make_submission(homework, by=people.ada)

    before = told(third)["previous_submissions"]

    assert [(row["score"], row["autograder_error"], "results" in row) for row in before] == [
        (4.0, False, False),
        (6.0, False, True),
    ]
    results = before[1]["results"]
    assert (results["score"], results["output"], results["extra_data"]) == (6.0, "hello", {"seen": 2})
    assert [(test["name"], test["score"], test["max_score"], test["status"]) for test in results["tests"]] == [
        ("Case 0", 6.0, 6.0, "passed"),
        ("Case 1", 0.0, 4.0, "failed"),
    ]
    assert told(second)["previous_submissions"][0]["score"] == 4.0
    assert told(first)["previous_submissions"] == []


def test_graded_again_it_reads_the_same(homework: Assessment, people: People) -> None:
    first, second = make_submission(homework, by=people.ada), make_submission(homework, by=people.ada)
    grade(first)
    grade(second)
    before = told(first)
    make_submission(homework, by=people.ada)

    services.regrade(first, by=people.ines)

    assert told(first) == before


def test_what_broke_on_our_side_is_told_as_an_error_of_the_autograder(homework: Assessment, people: People) -> None:
    first = make_submission(homework, by=people.ada)
    GradingJob.objects.filter(submission=first).update(state=JobState.GRADER_ERROR)
    second = make_submission(homework, by=people.ada)

    (row,) = told(second)["previous_submissions"]

    assert (row["score"], row["autograder_error"]) == (0.0, True)
    assert "results" not in row


def test_a_result_that_nobody_has_approved_is_not_told(homework: Assessment, people: People) -> None:
    first = make_submission(homework, by=people.ada)
    job = grade(first)
    GradingJob.objects.filter(pk=job.pk).update(is_held=True)
    second = make_submission(homework, by=people.ada)

    (row,) = told(second)["previous_submissions"]

    assert row["score"] == 0.0 and "results" not in row


def test_what_the_autograder_did_not_say_is_not_handed_back_to_it(homework: Assessment, people: People) -> None:
    first = make_submission(homework, by=people.ada)
    report = make_report(homework.suite)
    silent = report.checks[1].model_copy(update={"outcome": Outcome.NOT_RUN, "points": Decimal(0)})
    grade(first, checks=[report.checks[0], silent])
    second = make_submission(homework, by=people.ada)

    (test,) = told(second)["previous_submissions"][0]["results"]["tests"]

    assert test["name"] == "Case 0" and test["visibility"] == Visibility.VISIBLE


def test_with_teams_the_whole_team_is_told_and_its_history(homework: Assessment, people: People) -> None:
    teams = TeamSet.objects.create(offering=homework.offering, key="project", title="Project", max_size=3)
    team = Team.objects.create(team_set=teams, name="A")
    team.members.set(Enrollment.objects.filter(offering=homework.offering, user__in=[people.ada, people.ben]))
    Assessment.objects.filter(pk=homework.pk).update(team_set=teams)
    make_submission(homework, by=people.ben)
    submission = make_submission(homework, by=people.ada)

    found = told(submission)

    assert [user["id"] for user in found["users"]] == [people.ada.pk, people.ben.pk]
    assert (found["assignment"]["group_size"], found["assignment"]["group_submission"]) == (3, True)
    assert len(found["previous_submissions"]) == 1


def test_who_is_in_no_team_stands_alone(homework: Assessment, people: People) -> None:
    teams = TeamSet.objects.create(offering=homework.offering, key="project", title="Project")
    Assessment.objects.filter(pk=homework.pk).update(team_set=teams)

    found = told(make_submission(homework, by=people.ada))

    assert [user["id"] for user in found["users"]] == [people.ada.pk]


def test_a_long_history_costs_no_more_queries(homework: Assessment, people: People) -> None:
    def queries(submission: Submission) -> int:
        fresh = Submission.objects.select_related("author").get(pk=submission.pk)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            metadata_of(fresh)
        return len(captured)

    for _ in range(2):
        grade(make_submission(homework, by=people.ada))
    few = queries(make_submission(homework, by=people.ada))
    Assessment.objects.filter(pk=homework.pk).update(tries=None)
    homework.refresh_from_db()
    for _ in range(8):
        make_submission(homework, by=people.ada)

    assert queries(make_submission(homework, by=people.ada)) <= few <= 7
