"""From pytest's reports on one test to what a student reads: how it ended, why, and where."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest

from gpu_worker.harness import tests_of_suite
from gpu_worker.harness.casework import SUBMISSION

SUITE = "/job/suite"
MAX_MESSAGE = 2_000
MAX_REASON = 1_200
SHOWN_PLACES = 3
SHOWN_SOURCE = 200
# Python's own form of a traceback: pytest's looks for the source of every module that there is, which takes a while.
STYLE = "native"
PLACE = re.compile(r'^ {2}File "(?P<path>[^"\n]{1,500})", line (?P<line>\d{1,7})', re.MULTILINE)
SHORT_PLACE = re.compile(r"^([^\s:]{1,500}):(\d{1,7}): in ", re.MULTILINE)
WHERE = {"setup": "It failed before it began: ", "teardown": "It failed while it was cleared up: "}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOutcome:
    """How one test ended, as the process says in which it ran."""

    __test__ = False  # pytest takes it for a class of tests otherwise

    outcome: str
    """``passed``, ``failed``, ``skipped`` or ``missing``."""
    message: str = ""
    score: float | None = None
    """What the test says that it gives, where it says so itself."""
    tags: list[str] = field(default_factory=list)
    leaderboard: dict[str, Any] | None = None

    def noting(self, item: pytest.Item) -> "TestOutcome":
        """Return it with what the test's decorators noted while it ran."""
        score = tests_of_suite.noted(item, "__score__")
        hidden = tests_of_suite.noted(item, "__hide_errors__")
        return replace(
            self,
            message=str(hidden[1])[:MAX_MESSAGE] if hidden and self.outcome == "failed" else self.message,
            score=float(score) if isinstance(score, int | float) else None,
            tags=tests_of_suite.tags_of(item),
            leaderboard=_leaderboard(item),
        )

    def as_value(self) -> dict[str, Any]:
        """Return it in a form that goes over the wire."""
        return {
            "outcome": self.outcome,
            "message": self.message,
            "score": self.score,
            "tags": self.tags,
            "leaderboard": self.leaderboard,
        }


def outcome_of(reports: Sequence[pytest.TestReport | pytest.CollectReport]) -> TestOutcome:
    """Return how a test ended by all reports on it; nothing is passed by default.

    A failure counts in any phase and in any subtest. A test that fails as expected counts as passed, as pytest has it.
    """
    for report in reports:
        if report.failed:
            return TestOutcome(outcome="failed", message=_message(report))
    whole = [report for report in reports if type(report) is pytest.TestReport]
    for report in whole:
        if report.skipped and not hasattr(report, "wasxfail"):
            return TestOutcome(outcome="skipped", message=f"It was skipped: {_skip_reason(report)}"[:MAX_MESSAGE])
    calls = [report for report in whole if report.when == "call" or hasattr(report, "wasxfail")]
    if not calls:
        return TestOutcome(
            outcome="failed", message="It was ended before it came to its end, by pytest.exit() perhaps."
        )
    if reason := getattr(calls[0], "wasxfail", None):
        how = "It failed, as expected" if calls[0].skipped else "It passed, though a failure was expected"
        return TestOutcome(outcome="passed", message=f"{how}: {reason}"[:MAX_MESSAGE])
    return TestOutcome(outcome="passed")


def describe(error: BaseException) -> str:
    """Return what an exception says, and where in the suite or the submission it happened."""
    traceback = "".join(format_exception(error))
    heading = f"{type(error).__name__}: {error}"[:MAX_REASON].rstrip()
    return _bounded([heading, *_places(traceback)])


def describe_short(said: str) -> str:
    """Return what pytest's short traceback says, in the same form."""
    reasons = [line[1:].strip() for line in said.splitlines() if line.startswith("E ")]
    traceback = "".join(f'  File "{path}", line {line}\n' for path, line in SHORT_PLACE.findall(said))
    return _bounded([" ".join(reasons)[:MAX_REASON], *_places(traceback)])


def _message(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = WHERE.get(report.when or "", "")
    longrepr = report.longrepr
    crash = getattr(longrepr, "reprcrash", None)
    reason = str(crash.message if crash is not None else longrepr)
    traceback = str(getattr(longrepr, "reprtraceback", ""))
    return _bounded([f"{where}{reason[:MAX_REASON].rstrip()}", *_places(traceback)])


def _bounded(lines: Sequence[str]) -> str:
    return "\n".join(lines)[:MAX_MESSAGE].encode(errors="replace").decode()


def _places(traceback: str) -> Iterator[str]:
    """Yield the last places of the traceback that are the suite's or the submission's, the innermost last."""
    places = [(match["path"], int(match["line"])) for match in PLACE.finditer(traceback)]
    known = [(name, path, line) for path, line in places if (name := _known(path)) is not None]
    # A comprehension is a place of its own, on the line of the one before it.
    for name, path, line in list(dict.fromkeys(known))[-SHOWN_PLACES:]:
        yield f"  {name}, line {line}"
        if source := _source(path, line):
            yield f"    {source}"


def _known(path: str) -> str | None:
    """Return a file's name as suite or submission have it, or None where it is of neither."""
    real = os.path.realpath(path)
    for folder in (SUITE, SUBMISSION):
        if real.startswith(f"{folder}/"):
            return real.removeprefix(f"{folder}/")
    return None


def _source(path: str, number: int) -> str:
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as lines:
            return next((line for count, line in enumerate(lines, 1) if count == number), "").strip()[:SHOWN_SOURCE]
    except OSError:
        return ""


def _skip_reason(report: pytest.TestReport) -> str:
    longrepr = report.longrepr
    reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return str(reason).removeprefix("Skipped: ")


def _leaderboard(item: pytest.Item) -> dict[str, Any] | None:
    value, column = (
        tests_of_suite.noted(item, "__leaderboard_value__"),
        tests_of_suite.noted(item, "__leaderboard_column__"),
    )
    if value is None or column is None:
        return None
    order = tests_of_suite.noted(item, "__leaderboard_sort_order__")
    return {"name": str(column)[:120], "value": str(value)[:120], "ascending": order == "asc"}
