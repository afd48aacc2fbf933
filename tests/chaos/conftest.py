"""One stack for all faults: PostgreSQL, Redis, web, site worker with beat, and two runners, all of the test's own."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack import Stack
from tests.chaos.load import KINDS, facts_of, family, hand_in, wait_all_final, wait_gone
from tests.chaos.servers import Postgres, Redis, require_programs
from tests.conftest import require

LEASE_SECONDS = 6


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    require_programs()
    # Not below pytest's own folder, which the user postgres may not enter.
    folder = Path(tempfile.mkdtemp(prefix="coursehub-chaos-"))
    folder.chmod(0o755)
    server = Postgres(folder / "postgres")
    server.create()
    yield server
    server.stop("fast")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    require_programs()
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shared_stack(postgres: Postgres, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    require("bubblewrap")
    stack = Stack(
        folder=tmp_path_factory.mktemp("stack"),
        runners=2,
        slots=1,
        database_url=postgres.url,
        site_broker_url=redis_server.url(0),
        lane_broker_url=redis_server.url(1),
        sandbox="bubblewrap",
        settings={"GRADING_LEASE_SECONDS": str(LEASE_SECONDS)},
    )
    with stack:
        yield stack
        left = family(stack, *stack.process_names)
    # Jails end with their runner; the kernel may take a moment to bury them.
    wait_gone(left, seconds=5)


@pytest.fixture(scope="session")
def scores(shared_stack: Stack) -> dict[str, str]:
    """What each kind of submission is worth, seen while nothing is broken."""
    handed = [hand_in(shared_stack, kind) for kind in KINDS]
    wait_all_final(shared_stack, handed, seconds=90)
    jobs = {job["submission"]: job for job in facts_of(shared_stack)["jobs"]}
    found = {one.kind: jobs[one.received.id]["points"][0] for one in handed}
    assert found["slow"] == found["right"] != found["wrong"]
    return found


@pytest.fixture
def stack(shared_stack: Stack, scores: dict[str, str]) -> Iterator[Stack]:
    """The stack, whole at the beginning and made whole again at the end."""
    yield shared_stack
    for name in shared_stack.process_names:
        shared_stack.signal(name, signal.SIGCONT, with_children=True)
        if not shared_stack.is_running(name):
            shared_stack.spawn(name)
    shared_stack.wait_until_healthy()
