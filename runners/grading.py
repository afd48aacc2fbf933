"""Grade one submission: run it in a jail as its suite's kind says, and report.

The same code serves a slot of a runner and ``python -m runners.grade``; it knows of no site, broker or database.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from runners.expected import ExpectedPool, compute_expected, fresh_seed
from runners.flags import flags_of
from runners.kinds import kind_of
from runners.kinds.base import Expected, Progress, Work, make_report
from runners.notebooks import Converted, NotebookRefused, converted, has_notebooks
from runners.protocol import CheckReport, Phase, RunReport
from runners.sandboxes import NoSandbox, Sandbox
from runners.suite import Suite
from runners.verdict import not_run

MAX_FLAGS = 20


class Grades(Protocol):
    """What turns the files of a submission into a report: ``Grader``."""

    def grade(
        self,
        suite: Suite,
        files: dict[str, bytes],
        *,
        metadata: Callable[[], Mapping[str, Any]],
        on_phase: Callable[[Phase], None],
        on_check: Callable[[CheckReport], None],
        stopped: threading.Event,
    ) -> RunReport: ...


class Grader:
    """Grades submissions in one sandbox, from as many threads as there are slots."""

    def __init__(self, sandbox: Sandbox, suites: Mapping[str, Suite], *, pool_size: int = 4) -> None:
        self._sandbox = sandbox
        self.pool = ExpectedPool(sandbox, suites, size=pool_size)

    def grade(
        self,
        suite: Suite,
        files: dict[str, bytes],
        *,
        seed: bytes | None = None,
        metadata: Callable[[], Mapping[str, Any]] = dict,
        on_phase: Callable[[Phase], None],
        on_check: Callable[[CheckReport], None],
        stopped: threading.Event,
    ) -> RunReport:
        """Return the report on these files, telling of each check as it ends.

        ``seed`` repeats an earlier run; without it a fresh one is drawn. ``metadata`` asks for what a Gradescope
        autograder is told about the submission. Raises ``SandboxFault`` where something of ours broke, and
        ``Stopped``.
        """
        with self.pool.nobody_waits():
            try:
                submission = self._without_notebooks(suite, files, stopped)
            except NotebookRefused as refusal:
                return self._refused(suite, files, str(refusal), metadata, Progress(on_phase, on_check), stopped)
            kind = kind_of(suite.manifest.kind)
            progress = Progress(on_phase, lambda check: on_check(submission.check(check)))
            expected = self._expected(suite, seed, stopped) if kind.compares else None
            work = Work(
                suite=suite,
                files=submission.files,
                seed=expected.seed if expected else (seed or fresh_seed()),
                expected=expected,
                metadata=metadata,
                stopped=stopped,
                progress=progress,
            )
            report = kind.grade(self._sandbox, work)
            flags = flags_of(submission.files, suite.manifest.flag_uses)
        flagged = report.model_copy(update={"flags": [*report.flags, *flags][:MAX_FLAGS]}) if flags else report
        return submission.report(flagged)

    def close(self) -> None:
        """End what runs in the background. The sandbox belongs to the caller."""
        self.pool.close()

    def _without_notebooks(self, suite: Suite, files: dict[str, bytes], stopped: threading.Event) -> Converted:
        """Return the files with modules for notebooks. Raises ``NotebookRefused``, ``SandboxFault`` and ``Stopped``."""
        manifest = suite.manifest
        if not has_notebooks(files):
            return Converted(files=files, cells={})
        if not manifest.names_its_own_tests:
            needed = {*manifest.required_files, f"{manifest.module}.py"}
            return converted(self._sandbox, files, needed=needed, stopped=stopped)
        try:
            # Such an autograder may well read notebooks itself.
            return converted(self._sandbox, files, needed=(), keeps_notebooks=True, stopped=stopped)
        except (NotebookRefused, NoSandbox):
            return Converted(files=files, cells={})

    def _refused(
        self,
        suite: Suite,
        files: dict[str, bytes],
        sentence: str,
        metadata: Callable[[], Mapping[str, Any]],
        progress: Progress,
        stopped: threading.Event,
    ) -> RunReport:
        work = Work(
            suite=suite,
            files=files,
            seed=fresh_seed(),
            expected=None,
            metadata=metadata,
            stopped=stopped,
            progress=progress,
        )
        progress.enter(Phase.SANDBOX_READY)
        progress.enter(Phase.LAST_CHECK)
        return make_report(self._sandbox, work, [not_run(case) for case in suite.manifest.cases], message=sentence)

    def _expected(self, suite: Suite, seed: bytes | None, stopped: threading.Event) -> Expected:
        if seed is None:
            return self.pool.take(suite, stopped=stopped)
        return compute_expected(self._sandbox, suite, [seed], stopped=stopped)[0]
