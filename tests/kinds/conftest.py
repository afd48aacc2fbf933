"""What the tests of the kinds share: a warm sandbox, and suites that are written in a test."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from runners.grading import Grader
from runners.protocol import RunReport
from runners.sandboxes import Sandbox
from runners.suites import Suite, load_suite, make_manifest, manifest_text
from tests.jails import warm_bubblewrap

SUITES = Path(__file__).parent / "suites"

# Their tests are for the jail.
collect_ignore = ["suites"]


@pytest.fixture(scope="session")
def bubblewrap() -> Iterator[Sandbox]:
    """A warm sandbox with NumPy and pytest; the one for notebooks warms when it is first asked for."""
    with warm_bubblewrap("numpy-pytest") as sandbox:
        yield sandbox


MakeSuite = Callable[..., Suite]


@pytest.fixture
def make_suite(tmp_path: Path, bubblewrap: Sandbox) -> MakeSuite:
    """Write a suite with one file of tests, make its manifest in a jail, and load it."""

    def make(
        tests: str | Mapping[str, str],
        reference: str = "def double(x):\n    return 2 * x\n",
        *,
        kind: str = "pytest",
        settings: str = "",
        environment: str = "numpy-pytest",
    ) -> Suite:
        folder = tmp_path / "written"
        files = {"tests/test_it.py": tests} if isinstance(tests, str) else tests
        toml = (
            f'name = "written"\ntitle = "Written in a test"\nkind = "{kind}"\nenvironment = "{environment}"\n'
            f'required_files = ["work.py"]\ncase_seconds = 5.0\nmemory_bytes = 268435456\n{settings}\n'
        )
        for path, content in {**files, "suite.toml": toml, "reference/work.py": reference}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
        (folder / "manifest.json").write_text(manifest_text(make_manifest(folder, bubblewrap)))
        return load_suite(folder)

    return make


def grade(sandbox: Sandbox, suite: Suite, files: Mapping[str, bytes | str], seed: bytes | None = None) -> RunReport:
    """Grade some files, as a slot does."""
    return Grader(sandbox, {}, pool_size=0).grade(
        suite,
        {path: content.encode() if isinstance(content, str) else content for path, content in files.items()},
        seed=seed,
        on_phase=lambda phase: None,
        on_check=lambda check: None,
        stopped=threading.Event(),
    )


def by_name(report: RunReport) -> dict[str, tuple[str, str]]:
    """Return how each test ended and why, by the last part of its id."""
    return {check.id.removeprefix("test_it."): (check.outcome.value, check.message) for check in report.checks}


@pytest.fixture
def stopped() -> threading.Event:
    """Set by a test that wants no more."""
    return threading.Event()
