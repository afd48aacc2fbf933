"""Servers as the compose stack has them: a database of our own, and a Redis with its two logins."""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator

import psycopg2
import pytest
import redis

from deploy.stack import ROOT, free_port
from tests.conftest import POSTGRES_URL, require


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """A database of our own on the server that was found."""
    name = f"coursehub_journey_{uuid.uuid4().hex[:12]}"
    server = psycopg2.connect(POSTGRES_URL)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    yield f"{POSTGRES_URL.rpartition('/')[0]}/{name}"
    with server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


@pytest.fixture(scope="module")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of our own, started as the compose stack starts it."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "REDIS_SITE_PASSWORD": "of-the-site",
        "REDIS_RUNNER_PASSWORD": "of-the-runner",
        "REDIS_PORT": str(port),
        "REDIS_BIND": "127.0.0.1",
        "ACL_FILE": str(tmp_path_factory.mktemp("redis") / "users.acl"),
    }
    server = subprocess.Popen(["sh", ROOT / "deploy/redis-start.sh"], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for_redis(f"redis://site:of-the-site@127.0.0.1:{port}/0")
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def require_image(name: str) -> None:
    """Skip where the image is not built; fail where ``REQUIRE`` names Docker."""
    if subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode:
        require("docker")
        problem = f"the image {name} is not built: make images"
        if "docker" in os.environ.get("REQUIRE", "").split(","):
            pytest.fail(problem, pytrace=False)
        pytest.skip(problem)


def wait_for_redis(url: str) -> None:
    for _ in range(100):
        try:
            with redis.Redis.from_url(url) as client:
                client.ping()
                return
        except redis.ConnectionError:
            time.sleep(0.05)
    pytest.fail("Redis did not start", pytrace=False)
