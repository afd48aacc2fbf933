"""From what a test's process says about itself to a check: read as an enemy's word, and worth no more than that."""

import math
from decimal import ROUND_DOWN, Decimal
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from runners.check_reports import check
from runners.cleaning import clean
from runners.protocol import (
    CheckReport,
    LeaderboardEntry,
    ManifestCase,
    Message,
    Outcome,
    Sentence,
)
from runners.runs import CaseRun, Ending
from runners.verdict import check_report

CENT = Decimal("0.01")
REPORT = "report"
"""The name of the record in which a test says how it ended."""


class TestReport(Message):
    """What a test's process says about the test. Every word of it can be a submission's."""

    __test__ = False

    outcome: Literal["passed", "failed", "skipped", "missing"]
    message: Sentence = ""
    score: float | None = None
    tags: Annotated[tuple[Annotated[str, Field(max_length=120)], ...], Field(max_length=50)] = ()
    leaderboard: LeaderboardEntry | None = None


def report_of(found: CaseRun) -> TestReport | None:
    """Return the report among a test's records, or None where there is none of the right form, or more than one."""
    reports = [record.value for record in found.records if record.name == REPORT]
    if len(reports) != 1:
        return None
    try:
        return TestReport.model_validate(reports[0])
    except (ValidationError, OverflowError):
        return None


def checked(case: ManifestCase, found: CaseRun | None) -> CheckReport:
    """Return the check of a test that decides for itself; nothing but its own word makes it pass."""
    if found is None or found.ending is Ending.MISSING:
        return check(case, found, Outcome.NOT_RUN, message=found.message if found else "This test did not run.")
    if found.ending is Ending.RAISED:
        return check(case, found, Outcome.FAILED, message=found.message or "It raised an exception.")
    if found.ending is not Ending.DONE:
        return ended_badly(case, found)
    report = report_of(found)
    if report is None:
        return check(case, found, Outcome.CRASHED, message="It sent something that is no report of a test.")
    message, tags = clean(report.message), [clean(tag) for tag in report.tags]
    if report.outcome in ("skipped", "missing"):
        return check(case, found, Outcome.NOT_RUN, message=message, tags=tags)
    points = case.points if report.outcome == "passed" else Decimal(0)
    if report.score is not None:
        points = _within(report.score, case.points)
        if points < case.points and not message:
            message = f"It gives {points.normalize():f} of {case.points.normalize():f} points."
    return check(case, found, _outcome(report.outcome, points, case.points), points=points, message=message, tags=tags)


def ended_badly(case: ManifestCase, found: CaseRun) -> CheckReport:
    """Return the check of a test that was killed, crashed, or sent what it should not."""
    return check_report(case, found, found)


def _within(score: float, most: Decimal) -> Decimal:
    """Return a score as points from 0 to the most there are; what is no number gives none."""
    if not math.isfinite(score):
        return Decimal(0)
    exact = Decimal(str(score))
    return most if exact >= most else max(Decimal(0), exact).quantize(CENT, rounding=ROUND_DOWN)


def _outcome(said: str, points: Decimal, most: Decimal) -> Outcome:
    if points == most and (said == "passed" or most > 0):
        return Outcome.PASSED
    return Outcome.PARTIAL if points else Outcome.FAILED
