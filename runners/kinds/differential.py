"""The kind whose cases return data, compared with the reference's data outside every sandbox."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runners.conversation import list_cases
from runners.kinds.base import Expected, Work
from runners.kinds.differential_run import DifferentialRun
from runners.kinds.parts import for_hidden_checks, read_case_files
from runners.kinds.reference import SEED_BYTES, ReferenceFailed, case_orders, case_seed, expected_values
from runners.protocol import RunReport
from runners.sandboxes.base import Limits, Sandbox
from runners.suite import Suite

__all__ = ["SEED_BYTES", "Differential", "ReferenceFailed", "case_orders", "case_seed"]


class Differential:
    """Cases return data; the runner compares it with the reference's data for the same secret seed."""

    compares = True

    def case_files(self, folder: Path) -> dict[str, bytes]:
        """Read what goes into jails: cases, hidden cases, comparators and data."""
        return read_case_files(folder)

    def list_cases(self, sandbox: Sandbox, folder: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Ask a jail what the case files register."""
        memory_bytes = settings.get("memory_bytes")
        limits = Limits(memory_bytes=memory_bytes) if isinstance(memory_bytes, int) else Limits()
        environment = str(settings.get("environment", ""))
        files = for_hidden_checks(self.case_files(folder))
        return list_cases(sandbox, environment=environment, limits=limits, suite_files=files)

    def expected(
        self, sandbox: Sandbox, suite: Suite, seeds: Sequence[bytes], *, stopped: threading.Event
    ) -> list[Expected]:
        """Run the reference for each of these seeds, in one jail."""
        return expected_values(sandbox, suite, seeds, stopped=stopped)

    def grade(self, sandbox: Sandbox, work: Work) -> RunReport:
        """Run the files, compare, and return the report."""
        return DifferentialRun(sandbox, work).report()
