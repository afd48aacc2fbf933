"""A homework from upload to score through PostgreSQL, Redis with its two logins, and the Docker sandbox."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.stack import ROOT, Stack
from deploy.stack_client import StudentClient
from tests.journeys.conftest import require_image
from tests.test_demo import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.docker, pytest.mark.slow]
SUITE = ROOT / "gpu_worker/suites/autodiff"


@dataclass(slots=True, kw_only=True)
class SplitStack(Stack):
    """A stack whose runner has a login of its own at the lane broker, as compose gives it."""

    runner_broker_url: str

    def runner_environment(self, name: str) -> dict[str, str]:
        return Stack.runner_environment(self, name) | {"LANE_BROKER_URL": self.runner_broker_url}


@pytest.fixture(scope="module")
def stack(database_url: str, redis_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, site worker, beat and a runner with the Docker sandbox, as real processes."""
    require_image("coursehub/sandbox-numpy")
    require_image("coursehub/sandbox-torch")
    stack = SplitStack(
        folder=tmp_path_factory.mktemp("stack"),
        students=2,
        database_url=database_url,
        site_broker_url=f"redis://site:of-the-site@{redis_address}/1",
        lane_broker_url=f"redis://site:of-the-site@{redis_address}/0",
        runner_broker_url=f"redis://runner:of-the-runner@{redis_address}/0",
        sandbox="docker",
    )
    with stack:
        yield stack


def test_the_reference_solution_gets_full_points(stack: Stack) -> None:
    final, report = graded(stack, "autodiff", {"needle.py": (SUITE / "reference/needle.py").read_bytes()})

    assert (final["state"], final["verdict"]) == ("finished", "passed")
    assert float(final["points"]) == float(final["max_points"]) > 0
    assert {check["outcome"] for check in report["checks"]} == {"passed"}


def test_a_wrong_solution_loses_points_and_gets_a_hint(stack: Stack) -> None:
    wrong = (SUITE / "wrong/transposed_matmul_gradient/needle.py").read_bytes()

    final, report = graded(stack, "autodiff", {"needle.py": wrong})

    failed = [check for check in report["checks"] if check["outcome"] != "passed"]
    assert 0 < float(final["points"]) < float(final["max_points"])
    assert any("transpos" in check["hint"].lower() for check in failed)
    assert all(check["message"] for check in failed)


def test_pytorch_homework_is_graded_by_the_same_runner(stack: Stack) -> None:
    reference = (ROOT / "gpu_worker/suites/pytorch/reference/layers.py").read_bytes()

    final, _ = graded(stack, "pytorch", {"layers.py": reference})

    assert final["verdict"] == "passed"


def test_no_container_goes_on_running_when_the_runner_has_ended(stack: Stack) -> None:
    graded(stack, "autodiff", {"needle.py": b"import os\nos._exit(0)\n"})
    runner = stack.pid("runner-1")
    wait_until(lambda: bool(running_containers_of(runner)), seconds=60)  # it keeps some ready while it runs

    stack.signal("runner-1", signal.SIGTERM)
    stack.wait_ended("runner-1")

    try:
        wait_until(lambda: not running_containers_of(runner), seconds=30)
    finally:
        stack.spawn("runner-1")
        stack.wait_until_healthy()


@pytest.mark.chromium
@pytest.mark.timeout(600)
def test_the_journey_in_the_browser_runs_through_the_same_parts(stack: Stack) -> None:
    stack.python("manage.py", "load_demo", "--without-class")
    stack.python("manage.py", "collectstatic", "--noinput", "-v0")
    pictures = Path(os.environ.get("CI_OUTPUT", ROOT / ".ci-output")) / "docker"

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "tests/browser/test_journey.py",
        ],
        cwd=ROOT,
        env=os.environ | {"JOURNEY_URL": stack.address, "CI_OUTPUT": str(pictures)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-4_000:]


def graded(stack: Stack, suite: str, files: dict[str, bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Hand in through the API, wait for the end, and return the submission and its report."""
    client = StudentClient(stack, stack.people[0])
    received = client.submit(suite, files)
    final = client.wait_until_final(received.id, seconds=120)
    report = requests.get(
        f"{stack.address}/api/v1/submissions/{received.id}/report/",
        headers={"Authorization": f"Bearer {stack.people[0].token}"},
        timeout=20,
    )
    report.raise_for_status()
    return final, report.json()


def running_containers_of(runner: int) -> list[str]:
    """Return the running containers that carry the mark of this runner process."""
    label = '{{.ID}} {{.Label "org.coursehub.sandbox.lease"}}'
    listed = subprocess.run(["docker", "ps", "--format", label], capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines() if f":{runner}:" in line]
