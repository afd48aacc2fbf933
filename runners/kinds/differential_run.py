"""One submission on its way through the jails of a differential suite.

Theory of operation
-------------------
Visible checks run in one jail, hidden ones afterwards in another, which alone gets the hidden cases. Each check is
compared as soon as it has ended, so that what needs it is not run where it failed. When all visible checks are done,
those that failed and can be made smaller run again in the same jail, smallest size first, until one fails: that is
the input the student is shown. The expected values of these sizes are asked of the reference only then.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from runners.check_reports import MAX_MESSAGE
from runners.comparators import Judge
from runners.conversation import run_cases
from runners.kinds.base import Work, make_report
from runners.kinds.comparator_jail import ComparatorJail
from runners.kinds.parts import for_hidden_checks, for_visible_checks
from runners.kinds.reference import cannot_compare, case_order, draw_id, run_in_reference
from runners.protocol import CheckReport, ManifestCase, Outcome, Phase, RunReport, Visibility
from runners.runs import CaseOrder, CaseRun, Ending, SandboxRun
from runners.sandboxes.base import Sandbox
from runners.verdict import RuleInvalid, check_report, not_run, shown_inputs

SHRINK_SECONDS = 2.0
"""How long all the smaller runs of a submission may take together."""
SHRINK_RUNS = 3
"""How many smaller runs a failed check may have."""

_NOT_WRITTEN = NotImplementedError.__name__

log = logging.getLogger(__name__)


class DifferentialRun:
    """The state of one submission; used once."""

    def __init__(self, sandbox: Sandbox, work: Work) -> None:
        if work.expected is None:
            message = "A differential suite compares with what its reference recorded."
            raise ValueError(message)
        self._sandbox = sandbox
        self._work = work
        self._suite = work.suite
        self._progress = work.progress
        self._expected = work.expected
        self._found: list[CaseRun] = []
        """What was answered to the newest order: one run, or nothing yet."""
        self._worst: dict[str, int] = {}
        """By case, which of its draws of inputs went worst."""

    def report(self) -> RunReport:
        """Run, compare and return the report. Raises ``SandboxFault`` and ``Stopped``."""
        cases = self._suite.manifest.cases
        with ComparatorJail(self._sandbox, self._suite, stopped=self._work.stopped) as comparators:
            judge = comparators.judge
            visible = [case for case in cases if case.visibility is Visibility.VISIBLE]
            refusal, packages = "", dict[str, str]()
            if visible:
                run = self._run(for_visible_checks(self._suite.case_files), self._visible_orders(visible, judge))
                refusal, packages = run.refusal or "", run.packages
            hidden = [case for case in cases if case.visibility is not Visibility.VISIBLE]
            if hidden and not refusal:
                run = self._run(for_hidden_checks(self._suite.case_files), self._orders(hidden, judge))
                packages = packages or run.packages
                if run.refusal is not None:
                    # What a hidden jail says may hold hidden code, so it is said with the hidden checks only.
                    refusal = "" if visible else f"{self._suite.manifest.module} could not be imported."
                    for case in hidden:
                        self._progress.add(not_run(case, run.refusal))
        done = self._progress.checks
        checks = [done[case.id] if case.id in done else not_run(case) for case in cases]
        self._progress.enter(Phase.LAST_CHECK)
        return make_report(self._sandbox, self._work, checks, message=refusal, packages=packages)

    def _run(self, case_files: Mapping[str, bytes], orders: Iterator[CaseOrder]) -> SandboxRun:
        return run_cases(
            self._sandbox,
            environment=self._suite.manifest.surroundings,
            limits=self._suite.limits,
            suite_files=case_files,
            submission_files=self._work.files,
            module=self._suite.manifest.module,
            orders=orders,
            on_ready=lambda: self._progress.enter(Phase.SANDBOX_READY),
            on_case=self._take,
            stopped=self._work.stopped,
        )

    def _take(self, found: CaseRun) -> None:
        self._found = [found]

    def _visible_orders(self, cases: Sequence[ManifestCase], judge: Judge) -> Iterator[CaseOrder]:
        yield from self._orders(cases, judge)
        yield from self._smaller_orders(cases, judge)

    def _orders(self, cases: Sequence[ManifestCase], judge: Judge) -> Iterator[CaseOrder]:
        """Order case after case; each answer is there, and compared, before the next one is asked for."""
        for case in cases:
            if (unmet := self._unmet_need(case)) is not None:
                self._progress.add(not_run(case, f"It was not run: “{unmet.title}” must pass first."))
                continue
            checks: list[CheckReport] = []
            for number in range(case.seeds):
                yield case_order(self._suite, self._work.seed, case, number=number)
                checks.append(self._check(case, self._expected_of(case, number), judge))
                if _is_wrong(checks[-1]) and not checks[-1].points:
                    break  # it cannot get worse
            self._worst[case.id] = worst = _worst_of(checks)
            check = _over_all(checks, worst)
            if _says_more_with_inputs(check) and (inputs := shown_inputs(self._expected_of(case, worst))):
                check = _with_message(check, f"{check.message}\nThe inputs:\n{inputs}")
            self._progress.add(check)

    def _smaller_orders(self, cases: Sequence[ManifestCase], judge: Judge) -> Iterator[CaseOrder]:
        """Order failed checks again with smaller inputs, smallest first, until one fails or the time is over."""
        failed = [case for case in cases if case.sizes[:-1] and _says_more_with_inputs(self._progress.checks[case.id])]
        smaller = [self._orders_of_smaller(case) for case in failed]
        expected = self._expected_of_smaller(smaller)
        deadline = time.monotonic() + SHRINK_SECONDS
        for case, orders in zip(failed, smaller, strict=True):
            for order in orders:
                left = deadline - time.monotonic()
                if left <= 0 or order not in expected:
                    return
                self._found.clear()
                yield replace(order, seconds=min(order.seconds, left))
                if not self._found or (self._found[0].ending is Ending.TIMEOUT and left < order.seconds):
                    return
                check = self._check(case, expected[order], judge)
                if _is_wrong(check):
                    self._show_smaller(case, order, check, shown_inputs(expected[order]))
                    break

    def _orders_of_smaller(self, case: ManifestCase) -> list[CaseOrder]:
        order = case_order(self._suite, self._work.seed, case, number=self._worst[case.id])
        return [replace(order, size=size, is_extra=True) for size in case.sizes[:-1][:SHRINK_RUNS]]

    def _expected_of_smaller(self, orders: Sequence[Sequence[CaseOrder]]) -> Mapping[CaseOrder, CaseRun]:
        """Ask the reference what it records for these sizes; without an answer nothing smaller is looked for."""
        asked = [order for each in orders for order in each]
        if not asked:
            return {}
        done = run_in_reference(self._sandbox, self._suite, [asked], stopped=self._work.stopped)
        if done is None:
            log.warning("Suite %s: the reference fails with smaller inputs", self._suite.manifest.name)
            return {}
        return dict(zip(asked, done[0], strict=True))

    def _show_smaller(self, case: ManifestCase, order: CaseOrder, check: CheckReport, inputs: str) -> None:
        """Let a failed check say what is wrong with the smaller input; what it is worth stays as it was."""
        whole = self._progress.checks[case.id]
        size = f"This is the smallest input that fails (size {order.size}, the check has {case.sizes[-1]})"
        message = f"{check.message}\n{size}{':' if inputs else '.'}\n{inputs}".rstrip()
        update = {"hint": check.hint or whole.hint, "details": check.details}
        self._progress.checks[case.id] = _with_message(whole.model_copy(update=update), message)

    def _expected_of(self, case: ManifestCase, number: int) -> CaseRun:
        return self._expected.cases[draw_id(case.id, number)]

    def _check(self, case: ManifestCase, expected: CaseRun, judge: Judge) -> CheckReport:
        try:
            return check_report(case, self._found[0], expected, judge=judge)
        except RuleInvalid as error:
            raise cannot_compare(self._suite, case, error) from error

    def _unmet_need(self, case: ManifestCase) -> ManifestCase | None:
        """Return the first case that had to pass before this one and did not, or None."""
        by_id = {each.id: each for each in self._suite.manifest.cases}
        return next((by_id[need] for need in case.needs if not self._passed(by_id[need])), None)

    def _passed(self, case: ManifestCase) -> bool:
        check = self._progress.checks.get(case.id)
        return check is not None and not _is_wrong(check)


def _is_wrong(check: CheckReport) -> bool:
    return check.outcome is not Outcome.PASSED


def _says_more_with_inputs(check: CheckReport) -> bool:
    """Whether it failed in a way that depends on what was put in."""
    return _is_wrong(check) and check.outcome is not Outcome.NOT_RUN and not check.message.startswith(_NOT_WRITTEN)


def _worst_of(checks: Sequence[CheckReport]) -> int:
    return min(range(len(checks)), key=lambda number: (not _is_wrong(checks[number]), checks[number].points))


def _over_all(checks: Sequence[CheckReport], worst: int) -> CheckReport:
    """Return the report of a case with several draws: that of its worst one, with the time of all."""
    check = checks[worst]
    if len(checks) > 1:
        update = {
            "seconds": sum(each.seconds for each in checks),
            "peak_bytes": max(each.peak_bytes for each in checks),
        }
        check = check.model_copy(update=update)
    if _is_wrong(check) and (right := sum(not _is_wrong(each) for each in checks)):
        check = _with_message(check, f"{check.message} With {_draws(right)} of its inputs it was right.")
    return check


def _draws(number: int) -> str:
    return "another draw" if number == 1 else f"{number} other draws"


def _with_message(check: CheckReport, message: str) -> CheckReport:
    if len(message) > MAX_MESSAGE:
        message = message[: MAX_MESSAGE - 1] + "…"
    return check.model_copy(update={"message": message})
