"""What to run for a seed, and what a differential suite's reference records for it."""

import hashlib
import hmac
import threading
from collections.abc import Sequence

from runners.comparators import Judge, is_shown_only
from runners.conversation import run_cases, run_reference
from runners.kinds.base import Expected
from runners.kinds.comparator_jail import ComparatorJail
from runners.kinds.parts import for_hidden_checks
from runners.protocol import ManifestCase, Outcome
from runners.runs import CaseOrder, CaseRun, Ending
from runners.sandboxes.base import Sandbox, SandboxFault
from runners.suite import Suite
from runners.verdict import RuleInvalid, check_report

SEED_BYTES = 16
_SURE_OF_THEMSELVES = ("close", "exact", "input")
"""Rules by which a value is always like itself."""


class ReferenceFailed(SandboxFault):
    """The reference did not come to its end, or recorded something that cannot be compared with."""


def case_seed(seed: bytes, case_id: str, number: int = 0) -> bytes:
    """Return the seed of one draw of a case: it tells nothing about the run's seed, nor about any other's."""
    return hmac.new(seed, draw_id(case_id, number).encode(), hashlib.sha256).digest()[:SEED_BYTES]


def draw_id(case_id: str, number: int) -> str:
    """Return the name of one draw of a case; the first is called as the case is."""
    return f"{case_id}#{number}" if number else case_id


def case_orders(suite: Suite, seed: bytes) -> list[CaseOrder]:
    """Return what to run, in the order of the manifest, every draw of every case."""
    return [
        case_order(suite, seed, case, number=number) for case in suite.manifest.cases for number in range(case.seeds)
    ]


def case_order(suite: Suite, seed: bytes, case: ManifestCase, *, number: int = 0) -> CaseOrder:
    """Return the order for one draw of a case, in the size that is graded."""
    return CaseOrder(
        id=case.id,
        seed=case_seed(seed, case.id, number),
        seconds=case.seconds or suite.manifest.case_seconds,
        size=case.sizes[-1] if case.sizes else None,
        memory_bytes=case.memory_bytes,
    )


def expected_values(
    sandbox: Sandbox, suite: Suite, seeds: Sequence[bytes], *, stopped: threading.Event
) -> list[Expected]:
    """Run the reference for each of these seeds, in one jail. Raises ``ReferenceFailed`` and ``Stopped``."""
    orders = [case_orders(suite, seed) for seed in seeds]
    done = run_in_reference(sandbox, suite, orders, stopped=stopped)
    if done is None:
        # Something of it went wrong; case by case we learn what.
        done = [_one_by_one(sandbox, suite, each, stopped=stopped) for each in orders]
    with ComparatorJail(sandbox, suite, stopped=stopped) as comparators:
        return [_checked(suite, seed, runs, comparators.judge) for seed, runs in zip(seeds, done, strict=True)]


def run_in_reference(
    sandbox: Sandbox, suite: Suite, orders: Sequence[Sequence[CaseOrder]], *, stopped: threading.Event
) -> list[list[CaseRun]] | None:
    """Return what the reference records for these orders, or None where it did not come to its end."""
    return run_reference(
        sandbox,
        environment=suite.manifest.surroundings,
        limits=suite.limits,
        suite_files=for_hidden_checks(suite.case_files),
        reference_files=suite.reference_files,
        module=suite.manifest.module,
        runs=orders,
        stopped=stopped,
    )


def _one_by_one(
    sandbox: Sandbox, suite: Suite, orders: Sequence[CaseOrder], *, stopped: threading.Event
) -> list[CaseRun]:
    run = run_cases(
        sandbox,
        environment=suite.manifest.surroundings,
        limits=suite.limits,
        suite_files=for_hidden_checks(suite.case_files),
        submission_files=suite.reference_files,
        module=suite.manifest.module,
        orders=orders,
        on_ready=lambda: None,
        on_case=lambda case: None,
        stopped=stopped,
    )
    if run.refusal is not None:
        raise _reference_failed(suite, run.refusal)
    return list(run.cases)


def _checked(suite: Suite, seed: bytes, found: Sequence[CaseRun], judge: Judge) -> Expected:
    """Return what to compare with, once it is sure that the reference passes its own rules."""
    draws = [(case, number) for case in suite.manifest.cases for number in range(case.seeds)]
    for (case, _), run in zip(draws, found, strict=True):
        if run.ending is not Ending.DONE:
            raise _reference_failed(suite, f"{case.id}: {run.ending}: {run.message}")
        if all(is_shown_only(record) for record in run.records):
            raise _reference_failed(suite, f"{case.id}: nothing was recorded")
        if any(record.rule.get("kind") not in _SURE_OF_THEMSELVES for record in run.records):
            _check_own(suite, case, run, judge)
    return Expected(
        seed=seed, cases={draw_id(case.id, number): run for (case, number), run in zip(draws, found, strict=True)}
    )


def _check_own(suite: Suite, case: ManifestCase, run: CaseRun, judge: Judge) -> None:
    try:
        check = check_report(case, run, run, judge=judge)
    except RuleInvalid as error:
        raise cannot_compare(suite, case, error) from error
    if check.outcome is not Outcome.PASSED:
        raise _reference_failed(suite, f"{case.id}: it does not pass its own check: {check.message}")


def cannot_compare(suite: Suite, case: ManifestCase, error: RuleInvalid) -> ReferenceFailed:
    """Return the fault of a reference whose rule makes no sense."""
    sentence = "The reference solution could not be compared with."
    return ReferenceFailed(sentence, f"Suite {suite.manifest.name}, {case.id}: {error}")


def _reference_failed(suite: Suite, detail: str) -> ReferenceFailed:
    name = suite.manifest.name
    return ReferenceFailed("The reference solution could not be run.", f"Suite {name}: {detail}")
