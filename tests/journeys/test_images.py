"""The images of the compose stack start as that file starts them, and find each other, on plain `docker run`."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from deploy.health import problems_of
from deploy.stack import ROOT, free_port
from tests.journeys.conftest import require_image
from tests.test_demo import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.docker, pytest.mark.slow]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
SOCKET = Path("/var/run/docker.sock")
HARD = (
    "--network",
    "host",
    "--read-only",
    "--tmpfs",
    "/tmp",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges:true",
    "--init",
)


@pytest.fixture
def container() -> Iterator[Callable[..., str]]:
    """Start a container of ours with the compose file's restrictions; all are removed at the end, volumes too."""
    mark = f"coursehub-test-{uuid.uuid4().hex[:12]}"

    def start(
        image: str, *command: str, environment: dict[str, str], options: tuple[str, ...], detach: bool = True
    ) -> str:
        variables = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
        options = tuple(option.replace("VOLUME", mark) for option in options)
        how = ["--detach"] if detach else ["--rm"]
        return docker("run", *how, "--label", mark, *HARD, *variables, *options, image, *command)

    yield start
    if left := docker("ps", "--all", "--quiet", "--filter", f"label={mark}").split():
        docker("rm", "--force", *left)
    if volumes := docker("volume", "ls", "--quiet", "--filter", f"name={mark}").split():
        docker("volume", "rm", "--force", *volumes)


def test_every_part_of_the_stack_comes_up_from_its_image(
    container: Callable[..., str], database_url: str, redis_address: str
) -> None:
    for image in ("site", "runner", "sandbox-numpy", "sandbox-torch"):
        require_image(f"coursehub/{image}")
    port = free_port()
    site = {
        "DATABASE_URL": database_url,
        "SITE_BROKER_URL": f"redis://site:of-the-site@{redis_address}/1",
        "LANE_BROKER_URL": f"redis://site:of-the-site@{redis_address}/0",
        "COURSEHUB_SECRET_KEY": uuid.uuid4().hex * 2,
    }
    runner = {
        "SITE_URL": f"http://127.0.0.1:{port}",
        "RUNNER_NAME": "compose",
        "RUNNER_TOKEN_FILE": "/srv/runner-token/token",
        "RUNNER_SANDBOX": "docker",
        "LANE_BROKER_URL": f"redis://runner:of-the-runner@{redis_address}/0",
    }
    volumes = ("--volume", "VOLUME-state:/srv/state", "--volume", "VOLUME-token:/srv/runner-token")
    socket = ("--volume", f"{SOCKET}:{SOCKET}", "--group-add", str(SOCKET.stat().st_gid))
    token = ("--volume", "VOLUME-token:/srv/runner-token:ro")

    container(
        "coursehub/site", "python", "-m", "deploy.prepare", "--demo", "--runner", "compose",
        "--token-file", "/srv/runner-token/token", environment=site, options=volumes, detach=False,
    )  # fmt: skip
    web = (
        "gunicorn",
        "coursehub.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--no-control-socket",
    )
    parts = [
        container("coursehub/site", *web, environment=site, options=volumes[:2]),
        container("coursehub/site", *SERVICES["worker"]["command"], environment=site, options=volumes[:2]),
        container("coursehub/site", *SERVICES["beat"]["command"], environment=site, options=()),
        container("coursehub/runner", environment=runner, options=(*socket, *token)),
    ]

    try:
        wait_until(lambda: all_well(f"http://127.0.0.1:{port}/healthz"), seconds=90)
    except AssertionError:
        pytest.fail("\n".join(f"--- {part}\n{docker('logs', '--tail', '20', part)}" for part in parts), pytrace=False)
    asked = docker(
        "exec", parts[-1], "python", "-m", "deploy.health", f"http://127.0.0.1:{port}/healthz", "--part", "runner"
    )
    assert asked.startswith("runner is up")


def test_the_images_hold_no_tests_no_wrong_submissions_and_no_data() -> None:
    for image in ("site", "runner"):
        require_image(f"coursehub/{image}")
        listed = docker("run", "--rm", "--network", "none", f"coursehub/{image}", "find", "/srv/coursehub")

        assert "/wrong" not in listed
        assert "/srv/coursehub/tests" not in listed
        assert "sqlite3" not in listed
        assert "secret-key" not in listed


def test_the_runner_image_has_no_django_and_no_site() -> None:
    require_image("coursehub/runner")

    for module in ("django", "psycopg2", "coursehub", "grading"):
        with pytest.raises(subprocess.CalledProcessError):
            docker("run", "--rm", "--network", "none", "coursehub/runner", "python", "-c", f"import {module}")


def docker(*arguments: str) -> str:
    """Run the client and return what it said."""
    done = subprocess.run(
        ["docker", *arguments], env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, arguments, output=done.stdout)
    return done.stdout.strip()


def all_well(url: str) -> bool:
    try:
        return not any(problems_of(url).values())
    except OSError:
        return False
