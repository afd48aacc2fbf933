"""What a report carries is stored whole, in a form that every database takes, and read by whoever may."""

import json
from decimal import Decimal

import pytest

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.gradebook.services import accept_report
from grading.submissions.models import CheckResult, GradingResult, RefusedReport
from grading.submissions.reports import MAX_EXTRA_DATA_BYTES, misfit_of_report, storable
from grading.submissions.results import in_order
from runners.protocol import (
    CheckReport,
    LeaderboardEntry,
    Outcome,
    ReportRequest,
    SuiteKind,
    SuiteManifest,
    TextFormat,
    Visibility,
)
from tests.factories import (
    claim,
    grade_next,
    make_assessment,
    make_autograder,
    make_report,
    make_runner,
    make_submission,
    make_suite,
)
from tests.people import People

pytestmark = pytest.mark.django_db


def own_check(name: str, points: int = 0, most: int = 0, **fields: object) -> CheckReport:
    """Return a check as an autograder that names its own tests reports it."""
    outcome = Outcome.PASSED if points >= most else Outcome.FAILED
    return CheckReport(id=name, title=name, outcome=outcome, points=points, max_points=most, **fields)


@pytest.fixture
def autograded(offering: Offering) -> Assessment:
    return make_assessment(offering, suite=make_autograder())


def test_all_that_an_autograder_says_is_stored(autograded: Assessment, people: People) -> None:
    make_submission(autograded, by=people.ada)

    grade_next(
        autograded.suite,
        checks=[
            own_check(
                "t1",
                3,
                6,
                number="1.10",
                tags=["loops"],
                output="<b>x</b>",
                output_format=TextFormat.HTML,
                visibility=Visibility.AFTER_DUE_DATE,
            ),
            own_check("t2", number="1.9", counts=False),
        ],
        score=Decimal(7),
        is_partial=True,
        output="Well *done*",
        output_format=TextFormat.MARKDOWN,
        console="\x1b[31mbuilding\x1b[0m",
        console_visibility=Visibility.VISIBLE,
        leaderboard=[LeaderboardEntry(name="speed", value="***", ascending=True)],
        extra_data={"tries": [1, {"a": None}]},
        flags=["nn.Linear is used in line 3."],
    )

    result = GradingResult.objects.get()
    assert (result.kind, result.score, result.points, result.is_partial) == ("gradescope", 7, 7, True)
    assert (result.output, result.output_format) == ("Well *done*", "md")
    assert (result.console, result.console_visibility) == ("\x1b[31mbuilding\x1b[0m", "visible")
    assert result.leaderboard == [{"name": "speed", "value": "***", "ascending": True}]
    assert result.extra_data == {"tries": [1, {"a": None}]}
    assert result.flags == ["nn.Linear is used in line 3."]
    assert result.total_visibility == "after_due_date"
    assert result.provenance["limits"]["network"] is False
    assert result.provenance["packages"] == {"numpy": "2.4.6"}
    second, first = result.checks.order_by("order")
    assert (first.number, first.tags, first.visibility, first.output_format) == (
        "1.10",
        ["loops"],
        "after_due_date",
        "html",
    )
    assert (second.number, second.counts) == ("1.9", False)


def test_numbers_sort_as_people_count() -> None:
    numbers = ["", "1.10", "1.9", "2", "10", "1.2.3", "1b", "x"]

    assert sorted(numbers, key=in_order) == ["1.2.3", "1.9", "1.10", "1b", "2", "10", "x", ""]


def test_what_a_case_is_called_and_who_sees_it_is_the_manifest_s_and_no_report_changes_it(
    offering: Offering, people: People
) -> None:
    suite = make_suite(visibility={"case_1": Visibility.HIDDEN}, kind=SuiteKind.VALUES)
    make_submission(make_assessment(offering, suite=suite), by=people.ada)
    report = make_report(suite)
    checks = [check.model_copy(update={"visibility": Visibility.VISIBLE, "title": "Mine"}) for check in report.checks]

    grade_next(suite, checks=checks)

    assert list(CheckResult.objects.order_by("order").values_list("title", "visibility")) == [
        ("Case 0", "visible"),
        ("Case 1", "hidden"),
    ]
    assert GradingResult.objects.get().total_visibility == "hidden"


def test_a_hidden_check_that_does_not_count_hides_no_total(autograded: Assessment, people: People) -> None:
    make_submission(autograded, by=people.ada)

    grade_next(
        autograded.suite,
        checks=[own_check("t", 1, 1), own_check("h", counts=False, visibility=Visibility.HIDDEN)],
    )

    assert GradingResult.objects.get().total_visibility == "visible"


def test_what_no_database_takes_is_made_fit(autograded: Assessment, people: People) -> None:
    make_submission(autograded, by=people.ada)

    grade_next(
        autograded.suite,
        checks=[own_check("t\0", 1, 1, output="a\0b", tags=["\0"])],
        extra_data={"\0": ["\ud800", float("nan"), float("inf"), {"deep": "\0"}]},
        flags=["\0"],
    )

    result = GradingResult.objects.get()
    assert result.extra_data == {"\ufffd": ["?", None, None, {"deep": "\ufffd"}]}
    assert result.checks.get().output == "a\ufffdb"
    assert json.dumps(storable({"a": (1, 2.5, None, True, "x")})) == '{"a": [1, 2.5, null, true, "x"]}'


def test_too_much_kept_for_next_time_is_refused(autograded: Assessment, people: People) -> None:
    make_submission(autograded, by=people.ada)
    runner, _ = make_runner()
    run = claim(runner, autograded.suite)
    report = make_report(autograded.suite, extra_data={"x": "y" * MAX_EXTRA_DATA_BYTES})

    answer = accept_report(runner, run.job_id, ReportRequest(lease_token=run.lease_token, report=report))

    assert not answer.accepted
    assert "64 KiB" in answer.reason
    assert RefusedReport.objects.count() == 1
    assert not GradingResult.objects.exists()


def test_just_enough_kept_for_next_time_is_taken(autograded: Assessment) -> None:
    manifest = SuiteManifest.model_validate(autograded.suite.manifest)
    size = MAX_EXTRA_DATA_BYTES - len('{"x": ""}')

    fits = make_report(autograded.suite, extra_data={"x": "y" * size})
    too_much = make_report(autograded.suite, extra_data={"x": "y" * (size + 1)})

    assert misfit_of_report(manifest, autograded.suite.digest, fits) == ""
    assert misfit_of_report(manifest, autograded.suite.digest, too_much)
