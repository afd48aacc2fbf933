"""What every kind of suite offers: from its files to a manifest, and from a submission to a report."""

import platform
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from runners.protocol import CheckReport, Phase, RunReport
from runners.runs import CaseRun
from runners.sandboxes.base import Sandbox
from runners.suite import Suite

MAX_NAME = 120
MAX_MESSAGE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the reference recorded for one seed, by case id."""

    seed: bytes
    cases: Mapping[str, CaseRun]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One submission to grade, and whom to tell how far it is."""

    suite: Suite
    files: dict[str, bytes]
    seed: bytes
    """The secret seed of this run, 16 bytes."""
    expected: Expected | None
    """Of the same seed; None where the kind compares nothing."""
    metadata: Callable[[], Mapping[str, Any]]
    """Asks the site for what a Gradescope autograder reads as ``submission_metadata.json``."""
    stopped: threading.Event
    """Set: kill the jail and raise ``Stopped``."""
    progress: "Progress"


class Kind(Protocol):
    """One way to come to a verdict. Stateless: a submission's state lives in its ``Work``."""

    compares: bool
    """Whether values are compared with a reference's, which ``expected`` computes ahead of time."""

    def case_files(self, folder: Path) -> dict[str, bytes]:
        """Read what goes into every jail. Raises ``SuiteInvalid``, naming the file that is missing."""

    def list_cases(self, sandbox: Sandbox, folder: Path, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the cases for the manifest, in ``ManifestCase``'s form, learnt in a jail and never in this process.

        ``settings`` is what ``suite.toml`` says. Raises ``SuiteInvalid`` and ``SandboxFault``.
        """

    def expected(
        self, sandbox: Sandbox, suite: Suite, seeds: Sequence[bytes], *, stopped: threading.Event
    ) -> list[Expected]:
        """Return what the reference has for each of these seeds. Raises ``ReferenceFailed`` and ``Stopped``."""

    def grade(self, sandbox: Sandbox, work: Work) -> RunReport:
        """Return the report on a submission. Raises ``SandboxFault`` and ``Stopped``."""


@dataclass(slots=True)
class Progress:
    """How far a submission is: tells of each phase once, and of each check as it ends."""

    on_phase: Callable[[Phase], None]
    on_check: Callable[[CheckReport], None]
    checks: dict[str, CheckReport] = field(default_factory=dict)
    """By id, in the order in which they ended."""
    phase_seconds: dict[Phase, float] = field(default_factory=lambda: {Phase.CLAIMED: 0.0})
    _started_at: float = field(default_factory=time.monotonic)

    def enter(self, phase: Phase) -> None:
        """Note that a phase has begun, the first time."""
        if phase not in self.phase_seconds:
            self.phase_seconds[phase] = time.monotonic() - self._started_at
            self.on_phase(phase)

    def add(self, check: CheckReport) -> None:
        """Note how one more check ended."""
        if not self.checks:
            self.enter(Phase.FIRST_CHECK)
        self.checks[check.id] = check
        self.on_check(check)


class Place(Protocol):
    """Where something was run, as far as a report names it: a sandbox, or an engine of autograders."""

    name: str

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say what a verdict from here rests on: ``image`` and ``packages`` with their versions."""


def make_report(
    place: Place,
    work: Work,
    checks: Sequence[CheckReport],
    *,
    message: str = "",
    packages: Mapping[str, str] | None = None,
    image: str | None = None,
    **more: Any,
) -> RunReport:
    """Return the report of a run, with what it was made with. ``more`` are further fields of ``RunReport``."""
    manifest = work.suite.manifest
    provenance = place.provenance(manifest.surroundings)
    versions = {**(packages or {}), **provenance.get("packages", {})}
    return RunReport(
        suite_name=manifest.name,
        suite_digest=work.suite.digest,
        message=message[:MAX_MESSAGE],
        checks=list(checks),
        seed=work.seed.hex(),
        sandbox=place.name,
        image=str(provenance.get("image", "")) if image is None else image,
        machine=(platform.node() or "unknown")[:MAX_NAME],
        packages={name[:MAX_NAME]: str(version)[:MAX_NAME] for name, version in versions.items() if name and version},
        memory_bytes=manifest.memory_bytes,
        phase_seconds=work.progress.phase_seconds,
        **more,
    )
