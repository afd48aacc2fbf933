"""The compose file keeps its promises: who holds what, who reaches whom, and no secret in it."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import yaml
from kombu import Connection

from deploy.stack import free_port

ROOT = Path(__file__).resolve().parent.parent
OURS = ("prepare", "web", "worker", "beat", "runner")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def test_the_stack_is_web_worker_beat_runner_postgres_and_redis() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis"}


def test_only_the_runner_mounts_the_docker_socket() -> None:
    holders = [name for name, service in SERVICES.items() if "docker.sock" in str(service.get("volumes", ""))]

    assert holders == ["runner"]


def test_the_runner_holds_no_database_and_no_secret_of_the_site() -> None:
    environment = SERVICES["runner"]["environment"]

    assert not {"DATABASE_URL", "SITE_BROKER_URL", "COURSEHUB_SECRET_KEY"} & set(environment)
    assert "POSTGRES_PASSWORD" not in str(environment)
    assert "REDIS_SITE_PASSWORD" not in str(environment)


def test_the_runner_cannot_reach_the_database() -> None:
    assert not set(SERVICES["runner"]["networks"]) & set(SERVICES["postgres"]["networks"])


def test_networks_of_data_and_lanes_lead_nowhere_else() -> None:
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert COMPOSE["networks"]["lanes"] == {"internal": True}


def test_only_the_web_is_reached_from_outside_and_by_default_from_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert list(published) == ["web"]
    assert published["web"][0].startswith("${LISTEN:-127.0.0.1}:")


def test_base_images_can_be_replaced() -> None:
    for name in OURS:
        assert SERVICES[name]["build"]["args"]["BASE_IMAGE"].startswith("${BASE_IMAGE:-")
    assert SERVICES["postgres"]["image"].startswith("${POSTGRES_IMAGE:-")
    assert SERVICES["redis"]["image"].startswith("${REDIS_IMAGE:-")


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_read_only_and_hold_no_capability(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert "privileged" not in service


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "prepare"])
def test_what_ends_is_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["postgres", "redis", "web", "worker", "beat", "runner"])
def test_every_lasting_service_says_whether_it_is_healthy(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_starts_before_the_database_is_ready(name: str) -> None:
    assert SERVICES[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}


def test_no_secret_is_written_into_a_committed_file() -> None:
    for name in ("docker-compose.yml", ".env.example"):
        for line in (ROOT / name).read_text().splitlines():
            if found := re.match(r"\s*(\w*(?:PASSWORD|SECRET_KEY|TOKEN))\s*[:=]\s*(.*)", line):
                assert found[2] == "" or found[2].startswith("${"), line


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    offered = set(re.findall(r"^#? ?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert used == offered


def test_make_env_writes_random_secrets_once(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / ".env.example", tmp_path)
    shutil.copy(ROOT / "deploy/make-env.sh", tmp_path / "deploy")

    for _ in range(2):
        subprocess.run([tmp_path / "deploy/make-env.sh"], check=True, capture_output=True)
        written = (tmp_path / ".env").read_text()
        secrets = re.findall(r"^(?:COURSEHUB_SECRET_KEY|\w+_PASSWORD)=([0-9a-f]{64})$", written, re.MULTILINE)

    assert len(set(secrets)) == 4
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_the_compose_program_accepts_the_file(tmp_path: Path) -> None:
    command = next((c for c in (["docker", "compose"], ["docker-compose"]) if _works([*c, "version"])), None)
    if command is None:
        pytest.skip("needs docker compose or docker-compose")
    values = "".join(
        f"{name}=x\n"
        for name in ("POSTGRES_PASSWORD", "REDIS_SITE_PASSWORD", "REDIS_RUNNER_PASSWORD", "COURSEHUB_SECRET_KEY")
    )
    (tmp_path / "env").write_text(values)

    done = subprocess.run(
        [*command, "--env-file", tmp_path / "env", "-f", ROOT / "docker-compose.yml", "config", "-q"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


@pytest.fixture
def port() -> int:
    """A port of the loopback that nobody holds."""
    return free_port()


@pytest.fixture
def stack_redis(tmp_path: Path, port: int) -> Iterator[str]:
    """Redis as the compose stack starts it, with its two logins; the address without a login."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server")
    environment = {
        "PATH": os.environ["PATH"], "REDIS_SITE_PASSWORD": "s3", "REDIS_RUNNER_PASSWORD": "r3",
        "REDIS_PORT": str(port), "REDIS_BIND": "127.0.0.1", "ACL_FILE": str(tmp_path / "users.acl"),
    }  # fmt: skip
    server = subprocess.Popen(["sh", ROOT / "deploy/redis-start.sh"], env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.mark.redis
def test_a_runner_takes_tickets_from_its_lane(stack_redis: str) -> None:
    with (
        Connection(f"redis://site:s3@{stack_redis}/0") as site,
        Connection(f"redis://runner:r3@{stack_redis}/0") as runner,
    ):
        site.SimpleQueue("lane.cpu").put({"ticket": 1})

        message = runner.SimpleQueue("lane.cpu").get(timeout=5)
        message.ack()

        assert message.payload == {"ticket": 1}


@pytest.mark.redis
@pytest.mark.parametrize(
    "command",
    [
        ("SELECT", "1"), ("GET", "site"), ("LPUSH", "site", "forged"), ("KEYS", "*"), ("MOVE", "lane.cpu", "1"),
        ("COPY", "lane.cpu", "site", "DB", "1"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("ACL", "LIST"),
        ("EVAL", "return redis.call('select', 1)", "0"), ("EVAL", "return redis.call('lpush', 'site', 'x')", "0"),
        ("PUBLISH", "celery.pidbox", "x"),
    ],
)  # fmt: skip
def test_a_runner_can_write_nothing_that_a_site_task_reads(stack_redis: str, command: tuple[str, ...]) -> None:
    client = redis.Redis.from_url(f"redis://runner:r3@{stack_redis}/0")

    with client, pytest.raises(redis.ResponseError, match=r"permission|can't"):
        client.execute_command(*command)


@pytest.mark.redis
def test_nobody_enters_redis_without_a_login(stack_redis: str) -> None:
    client = redis.Redis.from_url(f"redis://{stack_redis}/0")

    with client, pytest.raises(redis.AuthenticationError):
        client.ping()


def _works(command: list[str]) -> bool:
    return (
        shutil.which(command[0]) is not None
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )
