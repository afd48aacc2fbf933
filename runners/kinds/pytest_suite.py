"""The kind that runs an ordinary pytest suite, which decides in the submission's own process.

Whoever writes the submission can write the verdict: the tests run where the submission runs. What holds all the same
is the jail, its limits, the list of tests, and that each test is alone in its process; the page says "self-reported".
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runners.kinds.base import Expected, Work
from runners.kinds.in_process import InProcessRun
from runners.kinds.listing import list_tests, shared_out, test_files
from runners.kinds.outcomes import checked
from runners.protocol import RunReport, SuiteKind
from runners.sandboxes.base import Sandbox
from runners.suite import Suite


class PytestSuite:
    """Tests decide for themselves, each in a fork of its own."""

    compares = False

    def case_files(self, folder: Path) -> dict[str, bytes]:
        """Read the tests and what lies with them."""
        return test_files(folder)

    def list_cases(self, sandbox: Sandbox, folder: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Collect the tests in a jail, with the reference solution."""
        tests = list_tests(sandbox, folder, settings, kind=SuiteKind.PYTEST, files=self.case_files(folder))
        worth = shared_out(folder, tests, settings)
        return [
            {
                "id": test.id,
                "title": test.title,
                "group": test.group,
                "points": worth[test.id],
                "seconds": test.seconds,
                "visibility": test.visibility,
            }
            for test in tests
        ]

    def expected(
        self, sandbox: Sandbox, suite: Suite, seeds: Sequence[bytes], *, stopped: threading.Event
    ) -> list[Expected]:
        """Return nothing to compare with."""
        return [Expected(seed=seed, cases={}) for seed in seeds]

    def grade(self, sandbox: Sandbox, work: Work) -> RunReport:
        """Run the tests of the manifest."""
        return InProcessRun(sandbox, work, checked).report()
