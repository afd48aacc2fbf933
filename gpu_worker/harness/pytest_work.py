"""What happens inside a fork of a suite that is made of pytest files: collect them all, or run one test.

Theory of operation
-------------------
``/job/suite`` holds the suite's tests, ``/job/submission`` the submission. Before anything of either is imported, the
fork makes a folder of links to both, as a checkout with the tests in it would look, and works from there. pytest is
told everything: its configuration file, its root, and that no plugin is loaded but its own; a ``conftest.py`` or a
``pytest.ini`` of the submission means nothing. A test runs in a fork of its own that imports its file again, so that
no test sees what another one has done.

Everything here runs in a process that the submission may take over; what it says is only as honest as the submission.
"""

import io
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any

import pytest

from gpu_worker.harness import importable, mugrade, submitted, tests_of_suite
from gpu_worker.harness.casework import SUBMISSION, seed_global_generators
from gpu_worker.harness.confinement import RECORDS_DESCRIPTOR
from gpu_worker.harness.files import COMPILED, COMPILED_BY_TRIAL, take_compiled
from gpu_worker.harness.line import write_all
from gpu_worker.harness.report_of_test import STYLE, SUITE, TestOutcome, describe, describe_short, outcome_of
from gpu_worker.protocol import as_arrays, encode

MAX_SAID = 600
CONFTEST = "while loading conftest"
WORK = "/tmp/work"  # noqa: S108 - a tmpfs of this jail alone
# They write files, wait for a terminal, or look at the whole process at its end.
UNUSED_PLUGINS = (
    *("terminal", "cacheprovider", "junitxml", "pastebin", "stepwise", "setuponly", "setupplan"),
    *("faulthandler", "unraisableexception", "threadexception"),
)


class SuiteProblem(Exception):
    """pytest can do nothing with the suite; the text says why."""


class ConftestFailed(Exception):
    """A ``conftest.py`` of the suite could not be imported, for want of something in the submission perhaps."""


def collect(kind: str) -> None:
    """Say which tests there are, as frames ``item``, and which files could not be imported, as frames ``error``."""
    _prepare(compiled=COMPILED_BY_TRIAL)
    sys.dont_write_bytecode = False
    plugin = _Collection()
    with redirect_stderr(io.StringIO()) as printed:
        code = _run_pytest(kind, [f"{SUITE}/tests"], plugin)
    if not plugin.items and plugin.causes:
        raise plugin.causes[0]
    if CONFTEST in printed.getvalue():
        raise ConftestFailed(describe_short(printed.getvalue()))
    if code in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
        message = f"pytest could not start with this suite: {printed.getvalue().strip()[-MAX_SAID:]}"
        raise SuiteProblem(message)
    if len(plugin.items) > tests_of_suite.MAX_TESTS:
        message = f"There are {len(plugin.items)} tests; at most {tests_of_suite.MAX_TESTS} are taken."
        raise SuiteProblem(message)
    skipped = tests_of_suite.skip_reason(plugin.items)
    for item in plugin.items:
        said = {**tests_of_suite.describe(item), "is_skipped": item.nodeid in skipped}
        write_all(RECORDS_DESCRIPTOR, encode("item", **said))
    for node, message in plugin.errors.items():
        write_all(RECORDS_DESCRIPTOR, encode("error", prefix=tests_of_suite.prefix_of(node), message=message))
    write_all(RECORDS_DESCRIPTOR, encode("imported", compiled=as_arrays(take_compiled())))


def run(kind: str, node: str, seed: bytes) -> None:
    """Run one test, and say how it ended in a record ``report``; before it, what was submitted by a ``submit_*``."""
    number = int.from_bytes(seed, "little")
    _prepare(compiled=COMPILED)
    seed_global_generators(number)
    plugin = _One(node, number, submits=kind == "values" and node.rpartition("::")[2].startswith(submitted.SUBMITS))
    # Without its parameters: what stands in the brackets may hold anything, and the plugin picks the right one.
    _run_pytest(kind, [f"{SUITE}/{node.partition('[')[0]}"], plugin)
    _send(name="report", value=plugin.outcome().as_value())


class _Collection:
    """Keeps what was found, and runs nothing."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []
        self.errors: dict[str, str] = {}
        """Why a file could not be collected, by its node id."""
        self.causes: list[BaseException] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        for line in ("points(number): what the test is worth", "timeout(seconds): how long the test may take"):
            config.addinivalue_line("markers", line)
        config.option.tbstyle = STYLE

    def pytest_exception_interact(self, call: pytest.CallInfo[Any], report: object) -> None:
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            cause = call.excinfo.value.__cause__ or call.excinfo.value
            self.causes.append(cause)
            self.errors[report.nodeid] = describe(cause)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # A SystemExit while a file is imported goes through everything.
        self.causes.append(excinfo.value)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.errors.setdefault(report.nodeid, outcome_of([report]).message)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = self._chosen(session.items)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        return True

    def _chosen(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        return list({item.nodeid: item for item in items}.values())


class _One(_Collection):
    """Runs the one test that it is asked for."""

    def __init__(self, node: str, number: int, *, submits: bool) -> None:
        super().__init__()
        self._node = node
        self._number = number
        self._submits = submits
        self._reports: list[pytest.TestReport] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in self.items:
            seed_global_generators(self._number)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        # Only now: what is submitted while a module is imported is none of this test's values.
        mugrade.hand_to(submitted.Submitted(_send).take if self._submits else None)
        try:
            return (yield)
        finally:
            mugrade.hand_to(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(report)

    def outcome(self) -> TestOutcome:
        """Return how the test ended."""
        if not self.items:
            said = next(iter(self.errors.values()), "")
            return TestOutcome(outcome="missing", message=f"It was not collected. {said}".strip())
        return outcome_of(self._reports).noting(self.items[0])

    def _chosen(self, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        return [item for item in super()._chosen(items) if item.nodeid == self._node]


def _prepare(*, compiled: str) -> None:
    sys.pycache_prefix = compiled
    _make_work_folder()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    importable.install()
    # Last, after the preloads have been imported: it can shadow nothing.
    sys.path.append(SUBMISSION)


def _make_work_folder() -> None:
    """Make a folder that looks like a checkout with the suite's tests in it, where a test may write as well."""
    work = Path(WORK)
    work.mkdir()
    for folder in (SUITE, SUBMISSION):
        for path in Path(folder).iterdir():
            # The suite's first: a submission replaces nothing of it.
            with suppress(FileExistsError):
                (work / path.name).symlink_to(path)
    os.chdir(work)


def _run_pytest(kind: str, where: Sequence[str], plugin: _Collection) -> int:
    own = Path(SUITE) / "pytest.ini"
    arguments = [
        *("-c", str(own) if own.exists() else os.devnull),
        *("--rootdir", SUITE, "--confcutdir", SUITE),
        # What is printed goes to the session as it comes, so that it is there when a test never ends.
        "--capture=no",
        "--continue-on-collection-errors",
        *(part for name in UNUSED_PLUGINS for part in ("-p", f"no:{name}")),
        *(("-o", f"python_functions=test {submitted.SUBMITS}") if kind == "values" else ()),
        *where,
    ]
    return pytest.main(arguments, plugins=[plugin])


def _send(*, name: str, value: Any, rule: dict[str, Any] | None = None) -> None:
    write_all(RECORDS_DESCRIPTOR, encode("record", name=name, rule=rule or {}, value=value))
