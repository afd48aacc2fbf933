"""What every test has: a database of its own, a folder of its own, and the parts it needs, or a plain skip.

``DATABASE_URL`` chooses the database (SQLite in a temporary file by default). ``REQUIRE=docker,autograders,
postgres,redis,chromium,bubblewrap`` turns the skip of a test whose part is missing into a failure: CI sets it.
"""

import functools
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from runners.autograders import hosting
from tests.factories import make_assessment, make_offering
from tests.people import People, everybody

PARTS = ("docker", "autograders", "bubblewrap", "postgres", "redis", "chromium")
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")

if "CI" not in os.environ:  # where Hypothesis loads a profile of its own, with the same two
    # No property is about seconds: the machines are shared.
    settings.register_profile("coursehub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("coursehub")


@functools.cache
def missing(part: str) -> str:
    """Return why a part cannot be used here, or nothing where it can."""
    match part:
        case "docker":
            return _failing(["docker", "info", "--format", "{{.ServerVersion}}"])
        case "autograders":
            return hosting.refusal()
        case "bubblewrap":
            return _failing(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"])
        case "chromium":
            found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
            return "" if found else "no chromium in PATH"
        case "postgres":
            return _unreachable(POSTGRES_URL, 5432)
        case "redis":
            return _unreachable(REDIS_URL, 6379)
    return f"nobody knows a part called {part}"


def require(part: str) -> None:
    """Skip the test where a part is missing; fail where ``REQUIRE`` names it."""
    if not (reason := missing(part)):
        return
    if part in os.environ.get("REQUIRE", "").split(","):
        pytest.fail(f"REQUIRE names {part}, but: {reason}", pytrace=False)
    pytest.skip(f"needs {part}: {reason}")


def pytest_configure() -> None:
    """WhiteNoise warns of a missing folder when a live server starts, which is before any fixture of a test."""
    (Path(__file__).resolve().parent.parent / "static-collected").mkdir(exist_ok=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Ask for the parts that a test's markers name."""
    for part in PARTS:
        if item.get_closest_marker(part):
            require(part)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Keep SQLite's test database in a file, so that threads and processes share it as they do in earnest."""
    if connection.vendor == "sqlite":
        path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(path)
        # Nobody pulls the plug on a test's database, so nothing waits for the disk.
        connection.settings_dict["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"


@pytest.fixture(autouse=True)
def own_folders(settings: object, tmp_path: Path) -> None:
    """Keep files, broker and mail of a test away from everything else, and hash passwords fast."""
    settings.STATE_DIR = tmp_path / "state"
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.BROKER_DIR = tmp_path / "broker"
    settings.SITE_BROKER_URL = settings.LANE_BROKER_URL = "memory://"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def people(db: None) -> People:
    """Ines, Tariq, Ada, Ben, Chloe and Otto."""
    return everybody()


@pytest.fixture
def offering(people: People) -> Offering:
    """A published offering that everybody but Otto takes part in."""
    return make_offering()


@pytest.fixture
def homework(offering: Offering) -> Assessment:
    """An open programming assessment of ten points with a suite of two cases."""
    return make_assessment(offering)


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port of the loopback that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def _failing(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return f"{command[0]} is not installed"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return f"{command[0]} does not answer"
    return "" if done.returncode == 0 else (done.stderr.strip() or f"{command[0]} failed")[:200]


def _unreachable(url: str, default_port: int) -> str:
    host, _, port = url.split("://", 1)[1].rpartition("@")[2].partition("/")[0].partition(":")
    try:
        socket.create_connection((host, int(port or default_port)), timeout=2).close()
    except OSError as error:
        return f"{host}:{port or default_port} does not answer ({error})"
    return ""
