"""The two suites that show the kinds, graded for real: reference, starter and wrong submissions."""

import threading
from decimal import Decimal

import pytest

from runners.expected import compute_expected
from runners.grade import main
from runners.protocol import LeaderboardEntry, Outcome, Visibility
from runners.suite import files_below
from runners.suites import load_suites, make_manifest, manifest_text
from runners.validation import validate
from tests.kinds.conftest import SUITES, grade

pytestmark = pytest.mark.bubblewrap

LOADED = load_suites(SUITES)

each_suite = pytest.mark.parametrize("suite", LOADED.values(), ids=LOADED)


def check_of(report, ending):
    (check,) = (check for check in report.checks if check.id.endswith(ending))
    return check


def test_the_suites_are_there():
    assert sorted(LOADED) == ["calculator", "scalars"]


@each_suite
def test_the_manifest_is_fresh(suite, bubblewrap):
    made = manifest_text(make_manifest(suite.folder, bubblewrap))

    assert (suite.folder / "manifest.json").read_text(encoding="utf-8") == made


@each_suite
def test_the_starter_earns_nothing(suite, bubblewrap):
    report = grade(bubblewrap, suite, files_below(suite.folder / "starter"))

    assert report.message == ""
    assert sum(check.points for check in report.checks) == 0
    failed = [check for check in report.checks if check.outcome is not Outcome.PASSED]
    assert all("is not written yet" in check.message or "Think of" in check.message for check in failed)
    # That a file was handed in is a test of its own in one of them, and worth nothing.
    assert {check.id for check in report.checks} - {check.id for check in failed} <= {
        "test_calculator.TestFiles.test_submitted_files"
    }


@each_suite
def test_reference_starter_and_wrong_submissions_do_what_they_should(suite, bubblewrap):
    report = validate(suite.folder, bubblewrap)

    assert report.problem == ""
    assert [(each.name, each.surprises) for each in report.examples if each.surprises] == []
    assert len(report.examples) >= 4
    assert report.has_passed


def test_gradescopes_decorators_say_points_numbers_tags_visibility_and_the_leaderboard(bubblewrap):
    suite = LOADED["calculator"]
    cases = {case.id.rpartition(".")[2]: case for case in suite.manifest.cases}
    wrong = files_below(suite.folder / "wrong" / "no_precedence")

    report = grade(bubblewrap, suite, wrong)

    assert cases["test_precedence"].points == 5
    assert cases["test_nonsense"].visibility is Visibility.AFTER_DUE_DATE
    assert [case.title.partition(")")[0] for case in suite.manifest.cases[:6]] == [
        "1",
        "2.1",
        "2.2",
        "2.3",
        "2.10",
        "3",
    ]
    assert report.leaderboard == [LeaderboardEntry(name="history", value="1", ascending=True)]
    precedence, many = check_of(report, "test_precedence"), check_of(report, "test_many_sums")
    assert (precedence.tags, precedence.points) == (["precedence", "chapter 3"], 0)
    assert (many.outcome, many.points, many.message) == (Outcome.PASSED, Decimal(6), "")
    assert check_of(report, "test_nonsense").visibility is Visibility.AFTER_DUE_DATE


def test_a_failed_assertion_says_what_pytest_says_and_where(bubblewrap):
    suite = LOADED["calculator"]

    report = grade(bubblewrap, suite, files_below(suite.folder / "wrong" / "no_precedence"))

    lines = check_of(report, "test_precedence").message.splitlines()
    assert lines[0] == "AssertionError: 9.0 != 7"
    assert lines[1].startswith("  tests/test_calculator.py, line ")
    assert lines[2] == '    self.assertEqual(self.calculator.evaluate("1 + 2 * 3"), 7)'


def test_a_test_that_crashes_or_never_ends_costs_itself_only(bubblewrap):
    suite = LOADED["calculator"]

    report = grade(bubblewrap, suite, files_below(suite.folder / "wrong" / "crashes"))

    assert check_of(report, "test_save").outcome is Outcome.TIMEOUT
    assert check_of(report, "test_show").outcome is Outcome.CRASHED
    assert "os._exit()" in check_of(report, "test_show").message
    assert check_of(report, "test_another_one_sees_nothing_of_the_last").outcome is Outcome.PASSED


def test_submitted_values_score_alone_and_tests_are_shown(bubblewrap):
    suite = LOADED["scalars"]

    report = grade(bubblewrap, suite, files_below(suite.folder / "wrong" / "no_accumulation"))

    shown = [check for check in report.checks if not check.counts]
    assert {check.id.rpartition(".")[2].partition("[")[0] for check in shown} == {
        "test_add",
        "test_multiply_backward",
        "test_training",
    }
    assert {(check.points, check.max_points) for check in shown} == {(Decimal(0), Decimal(0))}
    backward = check_of(report, "submit_backward[shape0]")
    assert (backward.outcome, backward.points, backward.max_points) == (
        Outcome.PARTIAL,
        Decimal("5.00"),
        Decimal("7.50"),
    )
    assert backward.message == "Value 3 (line 53) is not what the reference has."


def test_a_hint_is_given_where_the_answer_is_there_already(bubblewrap):
    suite = LOADED["scalars"]

    report = grade(bubblewrap, suite, files_below(suite.folder / "wrong" / "slips"))

    assert "the last two axes are exchanged" in check_of(report, "submit_forward").hint


def test_nothing_that_a_student_reads_tells_what_the_reference_has(bubblewrap):
    suite = LOADED["scalars"]
    (expected,) = compute_expected(bubblewrap, suite, [bytes(16)], stopped=threading.Event())
    slope = expected.cases["hw1.test_autograd_hw.submit_training"].records[1].value
    files = dict(suite.reference_files)
    files["apps/training.py"] = files["apps/training.py"].replace(b"steps=200", b"steps=3")

    report = grade(bubblewrap, suite, files, seed=bytes(16))

    check = check_of(report, "submit_training")
    assert check.outcome is Outcome.PARTIAL
    assert f"{slope:.3f}" not in report.model_dump_json()
    assert [(detail.expected, detail.worst_index, detail.relative_error) for detail in check.details] == [
        ("", None, None),
        ("", None, None),
    ]


@each_suite
def test_the_command_line_grades_the_suite(suite, capsys):
    options = ["--suite", suite.manifest.name, "--suites", str(SUITES), "--sandbox", "bubblewrap"]

    code = main([str(suite.folder / "reference"), *options])

    said = capsys.readouterr()
    most = f"{suite.manifest.max_points.normalize():f}"
    assert (code, said.err) == (0, "")
    assert f"{suite.manifest.title}: {most} of {most} points" in said.out
