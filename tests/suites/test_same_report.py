"""The same submission gets the same report in bubblewrap and in both modes of Docker, but for times and memory."""

import threading
from collections.abc import Iterator

import pytest

from runners.grade import read_folder
from runners.grading import Grader
from runners.protocol import to_json
from runners.sandboxes import Sandbox
from runners.suites import SUITES_FOLDER, load_suite
from tests.sandboxes.conftest import open_sandbox

pytestmark = [pytest.mark.docker, pytest.mark.bubblewrap, pytest.mark.slow]
KINDS = ("bubblewrap", "docker", "docker-template")
SEED = bytes(range(16))
# What a report says of the machine and of this one run.
OF_THE_MACHINE = ("sandbox", "image", "machine", "packages", "phase_seconds")
OF_THE_RUN = ("seconds", "peak_bytes")


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[dict[str, Sandbox]]:
    opened = {kind: open_sandbox(kind) for kind in KINDS}
    yield opened
    for sandbox in opened.values():
        sandbox.close()


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("autodiff", "reference"),
        ("autodiff", "wrong/transposed_matmul_gradient"),
        ("pytorch", "reference"),
        ("pytorch", "wrong/flipped_kernel"),
    ],
)
def test_the_report_is_the_same_in_every_sandbox(sandboxes, name, folder):
    suite = load_suite(SUITES_FOLDER / name)
    files = read_folder(suite.folder / folder, suite.manifest)

    reports = {kind: report_of(sandbox, suite, files) for kind, sandbox in sandboxes.items()}

    assert reports["docker"] == reports["bubblewrap"]
    assert reports["docker-template"] == reports["bubblewrap"]
    outcomes = {check["outcome"] for check in reports["bubblewrap"]["checks"]}
    assert outcomes == {"passed"} if folder == "reference" else outcomes != {"passed"}


def report_of(sandbox, suite, files):
    grader = Grader(sandbox, {}, pool_size=0)
    try:
        report = grader.grade(
            suite, files, seed=SEED, on_phase=lambda phase: None, on_check=lambda check: None, stopped=threading.Event()
        )
    finally:
        grader.close()
    said = to_json(report)
    for key in OF_THE_MACHINE:
        said.pop(key)
    for check in said["checks"]:
        for key in OF_THE_RUN:
            check.pop(key)
    return said
