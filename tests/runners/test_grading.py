"""Grading one submission: what is told on the way, what the report holds, and whose fault what is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from runners.conversation import Stopped
from runners.expected import ReferenceFailed
from runners.grading import Grader
from runners.protocol import Outcome, Phase
from runners.suites import SUITES_FOLDER, load_suite
from tests.runners.conftest import CASES

pytestmark = pytest.mark.bubblewrap


def grade(sandbox, suite, files, stopped, told=None, seed=None):
    told = [] if told is None else told
    return Grader(sandbox, {}, pool_size=0).grade(
        suite, files, seed=seed, on_phase=told.append, on_check=told.append, stopped=stopped
    )


def test_checks_and_phases_are_told_as_they_come(bubblewrap, never):
    suite = load_suite(SUITES_FOLDER / "autodiff")
    told = []

    report = grade(bubblewrap, suite, suite.reference_files, never, told)

    assert told == [Phase.SANDBOX_READY, Phase.FIRST_CHECK, *report.checks, Phase.LAST_CHECK]
    assert [check.id for check in report.checks] == [case.id for case in suite.manifest.cases]


def test_the_report_says_what_it_was_made_with(suite, bubblewrap, never):
    report = grade(bubblewrap, suite, suite.reference_files, never, seed=bytes(16))

    assert (report.suite_name, report.suite_digest, report.seed) == ("autodiff", suite.digest, "00" * 16)
    assert (report.sandbox, report.memory_bytes) == ("bubblewrap", suite.manifest.memory_bytes)
    assert report.machine
    assert {"numpy", "python"} <= report.packages.keys()
    assert list(report.phase_seconds) == list(Phase)


def test_a_wrong_number_is_wrong(suite, bubblewrap, never):
    (check,) = grade(bubblewrap, suite, {"twice.py": b"def double(x):\n    return x + 2\n"}, never).checks

    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))
    assert check.message.startswith("Number is ")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"import nowhere\n", "No module named 'nowhere'"),
        (b"def double(x:\n", "SyntaxError"),
        (b"raise ValueError('on purpose')\n", "on purpose"),
        (b"import os\nos._exit(0)\n", ""),
        (b"raise SystemExit(0)\n", "sys.exit()"),
    ],
)
def test_a_submission_that_does_not_load_is_told_so_once(source, reason, suite, bubblewrap, never):
    told = []

    report = grade(bubblewrap, suite, {"twice.py": source}, never, told)

    assert reason in report.message
    assert report.message
    assert [(check.outcome, check.points, check.message) for check in report.checks] == [
        (Outcome.NOT_RUN, Decimal(0), "")
    ]
    assert told == [Phase.SANDBOX_READY, Phase.LAST_CHECK]


def test_a_rule_that_makes_no_sense_is_no_fault_of_the_submission(suite, bubblewrap, never):
    cases = CASES.replace(b"rtol=1e-9)", b"rtol=1e-9); record.ordering('order', [0.5], before=[])")
    broken = replace(suite, case_files={"cases.py": cases})

    with pytest.raises(ReferenceFailed, match="orders 'order' by something that is neither"):
        grade(bubblewrap, broken, suite.reference_files, never)


def test_a_grader_takes_its_expected_values_from_the_pool(suite, bubblewrap, never):
    grader = Grader(bubblewrap, {"draw": suite}, pool_size=1)
    try:
        assert grader.pool.wait_until_full(30)
        reports = [
            grader.grade(
                suite,
                suite.reference_files,
                on_phase=lambda phase: None,
                on_check=lambda check: None,
                stopped=never,
            )
            for _ in range(3)
        ]
    finally:
        grader.close()

    assert len({report.seed for report in reports}) == 3
    assert {report.checks[0].outcome for report in reports} == {Outcome.PASSED}


def test_a_run_that_nobody_wants_any_more_is_stopped(bubblewrap, never):
    suite = load_suite(SUITES_FOLDER / "autodiff")
    files = {"needle.py": (suite.folder / "wrong" / "endless_loop" / "needle.py").read_bytes()}

    with pytest.raises(Stopped):
        Grader(bubblewrap, {}, pool_size=0).grade(
            suite, files, on_phase=lambda phase: None, on_check=lambda check: never.set(), stopped=never
        )
