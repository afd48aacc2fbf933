"""One submission on its way through the tests of a suite that is made of pytest files."""

from collections.abc import Callable

from runners.conversation import run_cases
from runners.kinds.base import Work, make_report
from runners.kinds.differential import case_orders
from runners.kinds.outcomes import REPORT, report_of
from runners.protocol import CheckReport, LeaderboardEntry, ManifestCase, Outcome, Phase, RunReport
from runners.runs import CaseRun
from runners.sandboxes.base import Sandbox
from runners.verdict import not_run

MAX_LEADERBOARD = 50

Check = Callable[[ManifestCase, CaseRun | None], CheckReport]


class InProcessRun:
    """Runs the tests that the manifest names, and asks ``check`` what each is worth."""

    def __init__(self, sandbox: Sandbox, work: Work, check: Check) -> None:
        self._sandbox = sandbox
        self._work = work
        self._check = check
        self._cases = {case.id: case for case in work.suite.manifest.cases}
        self._leaderboard: list[LeaderboardEntry] = []

    def report(self) -> RunReport:
        """Run and report. Raises ``SandboxFault`` and ``Stopped``."""
        suite, progress = self._work.suite, self._work.progress
        run = run_cases(
            self._sandbox,
            environment=suite.manifest.surroundings,
            limits=suite.limits,
            suite_files=suite.case_files,
            submission_files=self._work.files,
            module="",
            orders=case_orders(suite, self._work.seed),
            on_ready=lambda: progress.enter(Phase.SANDBOX_READY),
            on_case=self._take,
            stopped=self._work.stopped,
            tests_kind=suite.manifest.kind,
        )
        if run.refusal is not None:
            checks = [not_run(case) for case in suite.manifest.cases]
        else:
            for case in suite.manifest.cases:
                if case.id not in progress.checks:
                    progress.add(self._check(case, None))
            checks = [progress.checks[case.id] for case in suite.manifest.cases]
        progress.enter(Phase.LAST_CHECK)
        return make_report(
            self._sandbox,
            self._work,
            checks,
            message=run.refusal or "",
            packages=run.packages,
            leaderboard=self._leaderboard[:MAX_LEADERBOARD],
        )

    def _take(self, found: CaseRun) -> None:
        progress = self._work.progress
        if found.id not in self._cases or found.id in progress.checks:
            return
        check = self._check(self._cases[found.id], found)
        progress.add(check)
        said = report_of(found) if any(record.name == REPORT for record in found.records) else None
        if said is not None and said.leaderboard is not None and check.outcome is not Outcome.CRASHED:
            self._leaderboard.append(said.leaderboard)
