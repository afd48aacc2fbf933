"""Small differential suites, made in a test's folder and graded in a real jail."""

import threading
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

from runners.expected import compute_expected, fresh_seed
from runners.grading import Grader
from runners.protocol import CheckReport, RunReport
from runners.sandboxes import Sandbox
from runners.suites import Suite, load_suite, make_manifest, manifest_text

SETTINGS = """
name = "lab"
title = "A lab"
lane = "cpu"
environment = "numpy"
module = "work"
required_files = ["work.py"]
case_seconds = 3.0
memory_bytes = 268_435_456
"""
HEAD = "import numpy as np\nfrom gpu_worker.harness import data\nfrom gpu_worker.harness.cases import case\n"


class Lab:
    """A suite that a test states, and what submissions get from it."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder / "lab"

    def suite(self, cases: str, *, reference: str, settings: str = "", **files: str | bytes) -> Suite:
        """Write a suite, make its manifest, and return it. ``files`` are further ones, ``__`` standing for ``/``."""
        (self._folder / "reference").mkdir(parents=True, exist_ok=True)
        (self._folder / "suite.toml").write_text(SETTINGS + settings)
        (self._folder / "cases.py").write_text(HEAD + dedent(cases))
        (self._folder / "reference" / "work.py").write_text(dedent(reference))
        for name, content in files.items():
            stem, _, suffix = name.replace("__", "/").rpartition("_")
            path = self._folder / f"{stem}.{suffix}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else (HEAD + dedent(content)).encode())
        (self._folder / "manifest.json").write_text(manifest_text(make_manifest(self._folder, self._sandbox)))
        return load_suite(self._folder)

    def grade(self, suite: Suite, work: str, *, seed: bytes | None = None) -> RunReport:
        """Grade a submission of one file."""
        return Grader(self._sandbox, {}, pool_size=0).grade(
            suite,
            {"work.py": dedent(work).encode()},
            seed=seed,
            on_phase=lambda phase: None,
            on_check=lambda check: None,
            stopped=threading.Event(),
        )

    def check(self, suite: Suite, work: str) -> CheckReport:
        """Grade a submission of one file and return what the only check says."""
        (check,) = self.grade(suite, work).checks
        return check

    def expect(self, suite: Suite) -> None:
        """Compute what the reference records for a fresh seed."""
        compute_expected(self._sandbox, suite, [fresh_seed()], stopped=threading.Event())


def points(report: RunReport) -> dict[str, Decimal]:
    """Return the points by check."""
    return {check.id: check.points for check in report.checks}
