"""The kind of suites with ``submit_*`` functions: what they hand in is compared here, outside of every jail.

Theory of operation
-------------------
The same unchanged test files run in the submission's jail and, with the same seed, in the reference's. A ``submit_*``
function compares nothing: it hands values to ``mugrade.submit``, in an order, and only they score. The outcome of a
``test_*`` function is what the submission's own process says: it is shown, and worth nothing.

Missing values, additional ones, another type or shape, a function that did not come to its end: not passed, and the
report says which. The points of a function are shared evenly by the values that the reference hands in.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from runners.check_reports import check
from runners.comparators import Mismatch
from runners.conversation import run_cases
from runners.kinds.base import Expected, Work
from runners.kinds.differential import ReferenceFailed, case_orders
from runners.kinds.in_process import InProcessRun
from runners.kinds.listing import list_tests, shared_out, test_files
from runners.kinds.outcomes import CENT, REPORT, checked, ended_badly, report_of
from runners.kinds.values_rules import compare, tolerance_for
from runners.protocol import CheckReport, ManifestCase, Outcome, RunReport, SuiteKind, Tolerance
from runners.runs import CaseRun, Ending, Record
from runners.sandboxes.base import Sandbox
from runners.suite import Suite, SuiteInvalid

SHOWN = "Shown, worth nothing"


class Values:
    """Submitted values are compared with the reference's by the runner."""

    compares = True

    def case_files(self, folder: Path) -> dict[str, bytes]:
        """Read the tests and what lies with them."""
        return test_files(folder)

    def list_cases(self, sandbox: Sandbox, folder: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Collect in a jail, with the reference solution: first what scores, then what is only shown."""
        tests = list_tests(sandbox, folder, settings, kind=SuiteKind.VALUES, files=self.case_files(folder))
        scoring = [test for test in tests if test.is_submission]
        if not scoring:
            message = f"{folder / 'tests'}: there is no function submit_* in it: nothing would be compared."
            raise SuiteInvalid(message)
        worth = shared_out(folder, scoring, settings)
        return [
            {
                "id": test.id,
                "title": test.title,
                "group": test.group if test.is_submission else SHOWN,
                "points": worth.get(test.id, Decimal(0)),
                "partial": test.is_submission,
                "seconds": test.seconds,
                "visibility": test.visibility,
            }
            for test in [*scoring, *(test for test in tests if not test.is_submission)]
        ]

    def expected(
        self, sandbox: Sandbox, suite: Suite, seeds: Sequence[bytes], *, stopped: threading.Event
    ) -> list[Expected]:
        """Run the ``submit_*`` functions with the reference solution, each seed in a jail of its own."""
        return [_expected(sandbox, suite, seed, stopped=stopped) for seed in seeds]

    def grade(self, sandbox: Sandbox, work: Work) -> RunReport:
        """Run everything and compare what was submitted."""
        expected = work.expected
        if expected is None:
            message = "A suite of values compares with what its reference submitted."
            raise ValueError(message)
        tolerances = work.suite.manifest.tolerances

        def check_one(case: ManifestCase, found: CaseRun | None) -> CheckReport:
            if not case.partial:
                return checked(case, found).model_copy(update={"counts": False})
            tolerance = tolerance_for(case.id, tolerances)
            return compared(case, found, expected.cases[case.id].records, tolerance)

        return InProcessRun(sandbox, work, check_one).report()


def compared(
    case: ManifestCase, found: CaseRun | None, expected: Sequence[Record], tolerance: Tolerance | None
) -> CheckReport:
    """Return what the values are worth that one function submitted."""
    if found is None or found.ending not in (Ending.DONE, Ending.RAISED):
        return checked(case, found) if found is None or found.ending is Ending.MISSING else ended_badly(case, found)
    said = report_of(found)
    if said is not None and said.outcome in ("skipped", "missing"):
        return checked(case, found)
    values = {record.name: record.value for record in found.records if record.name != REPORT}
    if values.keys() - {record.name for record in expected}:
        message = f"It submitted {len(values)} values, the reference submits {len(expected)}."
        return check(case, found, Outcome.FAILED, message=message)
    mismatches, missing = _mismatches(values, expected, tolerance)
    right = len(expected) - len(mismatches) - len(missing)
    ended = said is not None and said.outcome == "passed"
    if right == len(expected) and ended:
        return check(case, found, Outcome.PASSED, points=case.points)
    # Whatever raised, the function did not come to its end.
    right = min(right, len(expected) - 1)
    points = (case.points * right / len(expected)).quantize(CENT, rounding=ROUND_DOWN)
    return check(
        case,
        found,
        Outcome.PARTIAL if points else Outcome.FAILED,
        points=points,
        message=_message(found, mismatches, missing, len(expected)),
        hint=next((mismatch.hint for mismatch in mismatches if mismatch.hint), ""),
        details=[mismatch.difference for mismatch in mismatches],
    )


def _mismatches(
    values: Mapping[str, Any], expected: Sequence[Record], tolerance: Tolerance | None
) -> tuple[list[Mismatch], list[str]]:
    """Return what is wrong, and the names of what did not come."""
    wrong: list[Mismatch] = []
    missing: list[str] = []
    for record in expected:
        if record.name not in values:
            missing.append(record.name)
        elif mismatch := compare(_name(record), values[record.name], record.value, tolerance):
            wrong.append(mismatch)
    return wrong, missing


def _message(found: CaseRun, mismatches: Sequence[Mismatch], missing: Sequence[str], count: int) -> str:
    sentences = []
    if mismatches:
        reason = mismatches[0].difference.reason
        sentences.append(f"{reason[:1].upper()}{reason[1:]}.")
        if more := len(mismatches) - 1:
            sentences.append(f"{more} more {'value is' if more == 1 else 'values are'} wrong.")
    if missing:
        sentences.append(f"It submitted {count - len(missing)} of {count} values.")
    said = report_of(found)
    why = said.message if said is not None and said.outcome == "failed" else found.message
    if not sentences and said is None:
        sentences.append("It did not say that it came to its end.")
    return "\n".join(part for part in (" ".join(sentences), why) if part)


def _name(record: Record) -> str:
    line = record.rule.get("line")
    return f"{record.name} (line {line})" if type(line) is int and line > 0 else record.name


def _expected(sandbox: Sandbox, suite: Suite, seed: bytes, *, stopped: threading.Event) -> Expected:
    scoring = {case.id for case in suite.manifest.cases if case.partial}
    run = run_cases(
        sandbox,
        environment=suite.manifest.surroundings,
        limits=suite.limits,
        suite_files=suite.case_files,
        submission_files=suite.reference_files,
        module="",
        orders=[order for order in case_orders(suite, seed) if order.id in scoring],
        on_ready=lambda: None,
        on_case=lambda case: None,
        stopped=stopped,
        tests_kind=suite.manifest.kind,
    )
    if run.refusal is not None:
        raise _failed(suite, run.refusal)
    return Expected(seed=seed, cases={case.id: _values_of(suite, case) for case in run.cases})


def _values_of(suite: Suite, case: CaseRun) -> CaseRun:
    said = report_of(case)
    if case.ending is not Ending.DONE or said is None or said.outcome != "passed":
        raise _failed(suite, f"{case.id}: {case.ending}: {case.message or (said.message if said else '')}")
    values = tuple(record for record in case.records if record.name != REPORT)
    if not values:
        raise _failed(suite, f"{case.id}: nothing was submitted")
    return replace(case, records=values)


def _failed(suite: Suite, detail: str) -> ReferenceFailed:
    return ReferenceFailed("The reference solution could not be run.", f"Suite {suite.manifest.name}: {detail}")
