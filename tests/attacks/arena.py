"""Where attacks run: one sandbox for a whole module, with secrets around it and a victim beside it.

Theory of operation
-------------------
An arena opens a sandbox of the product, computes expected values for a stock of seeds in one reference jail, and starts
a *victim*: another student's submission that holds its canary in memory, in files and in shared memory for as long as
the arena is open. ``grade`` is what a runner does with a submission. A column of the table of results is an arena;
another kind of suite becomes another column by another ``suite``.
"""

import secrets
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from runners.conversation import run_cases
from runners.expected import compute_expected, fresh_seed
from runners.kinds import kind_of
from runners.kinds.base import Expected, Progress, Work
from runners.kinds.differential import case_orders
from runners.protocol import CheckReport, RunReport
from runners.runs import Stopped
from runners.sandboxes import Sandbox, SandboxFault
from runners.suite import Suite
from runners.suites import load_suite
from tests.attacks.canaries import Canaries, planted
from tests.attacks.catalogue import Attack
from tests.sandboxes.conftest import open_sandbox

SUITE_FOLDER = Path(__file__).resolve().parent / "suites" / "attacked"
STOCK = 16
SHORT, PATIENT = 1.5, 30.0
"""The time limit of a check in seconds: of one that is to run out, and of one that ends by itself, however late."""
VICTIM = textwrap.dedent(
    """
    import time

    SECRET = "@STUDENT@"


    def attacked(numbers):
        for folder in ("/tmp", "/dev/shm"):
            with open(f"{folder}/mine", "w") as file:
                file.write(SECRET)
        while True:
            time.sleep(1)
    """
).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """What came of one submission."""

    report: RunReport | None
    """None: something of ours broke, which no submission may bring about."""
    fault: str = ""
    seconds: float = 0.0

    @property
    def points(self) -> Decimal:
        return sum((check.points for check in self.report.checks), Decimal(0)) if self.report else Decimal(0)

    @property
    def outcome(self) -> str:
        """How the attacked check ended, ``refused``, or ``fault``."""
        if self.report is None:
            return "fault"
        return "refused" if self.report.message else str(self.check("attacked").outcome)

    @property
    def shown(self) -> str:
        """All that the report says, as text."""
        return self.report.model_dump_json() if self.report else self.fault

    def check(self, name: str) -> CheckReport:
        return next(check for check in self.report.checks if check.id == name)


@dataclass
class Arena:
    """An open sandbox with all that is around it."""

    sandbox: Sandbox
    canaries: Canaries
    suite: Suite
    _stock: dict[str, list[Expected]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """The column of the table."""
        return self.sandbox.name

    def grade(self, files: dict[str, bytes], *, environment: str = "numpy", seconds: float = PATIENT) -> Graded:
        """Grade a submission as a runner does."""
        suite = self._suite_in(environment, seconds)
        started = time.monotonic()
        try:
            expected = self._expected(suite)
            work = Work(
                suite=suite,
                files={name: self.canaries.filled(content) for name, content in files.items()},
                seed=expected.seed,
                expected=expected,
                metadata=dict,
                stopped=threading.Event(),
                progress=Progress(lambda phase: None, lambda check: None),
            )
            report = kind_of(suite.manifest.kind).grade(self.sandbox, work)
        except SandboxFault as fault:
            return Graded(report=None, fault=str(fault), seconds=time.monotonic() - started)
        return Graded(report=report, seconds=time.monotonic() - started)

    def warm(self, environment: str) -> None:
        """Make an environment ready, so that what this leaves is not taken for an attack's."""
        self.sandbox.start([environment])

    def good(self) -> Graded:
        """Grade the reference as somebody's submission: the known good job."""
        return self.grade(self.suite.reference_files)

    def attack(self, attack: Attack, *, at_once: int = 1) -> list[Graded]:
        """Run an attack, perhaps several times at once."""
        options = {"environment": attack.environment, "seconds": SHORT if "timeout" in attack.expect else PATIENT}
        with ThreadPoolExecutor(at_once) as threads:
            runs = [threads.submit(self.grade, attack.files, **options) for _ in range(at_once)]
            return [run.result() for run in runs]

    def _suite_in(self, environment: str, seconds: float) -> Suite:
        manifest = self.suite.manifest.model_copy(update={"environment": environment, "case_seconds": seconds})
        return replace(self.suite, manifest=manifest)

    def _expected(self, suite: Suite) -> Expected:
        """Return the reference's values for a seed that nobody has had."""
        with self._lock:
            stock = self._stock.setdefault(suite.manifest.environment, [])
            if not stock:
                seeds = [fresh_seed() for _ in range(STOCK)]
                stock += compute_expected(self.sandbox, suite, seeds, stopped=threading.Event())
            return stock.pop()


@contextmanager
def arena(kind: str, folder: Path) -> Iterator[Arena]:
    """Open a sandbox of this kind with everything around it, or skip where this machine has none."""
    with planted(folder) as canaries:
        sandbox = open_sandbox(kind)
        suite = load_suite(SUITE_FOLDER)
        reference = {name: canaries.filled(content) for name, content in suite.reference_files.items()}
        opened = Arena(sandbox, canaries, replace(suite, reference_files=reference, digest=secrets.token_hex(32)))
        try:
            with _victim(opened):
                yield opened
        finally:
            sandbox.close()


@contextmanager
def _victim(opened: Arena) -> Iterator[None]:
    """Run another student's submission until the end."""
    stopped, ready = threading.Event(), threading.Event()
    orders = [replace(order, seconds=86_400.0) for order in case_orders(opened.suite, bytes(16))[:1]]
    files = {"attack.py": opened.canaries.filled(VICTIM), "work.py": b"from attack import attacked\n"}

    def run() -> None:
        with suppress(Stopped):
            run_cases(
                opened.sandbox,
                environment="numpy",
                limits=opened.suite.limits,
                suite_files=opened.suite.case_files,
                submission_files=files,
                module="work",
                orders=orders,
                on_ready=ready.set,
                on_case=lambda case: None,
                stopped=stopped,
            )

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(60)
    time.sleep(0.5)  # until it has written its files
    try:
        yield
    finally:
        stopped.set()
        thread.join()
