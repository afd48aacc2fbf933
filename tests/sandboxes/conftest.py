import os
from collections.abc import Iterator

import pytest

from runners.sandboxes import NoSandbox, Sandbox, choose_sandbox

CANARY = "canary-of-the-runners-environment"


def open_sandbox(kind: str) -> Sandbox:
    """Open a sandbox, or skip where this machine lacks what it needs; ``REQUIRE`` turns that into a failure."""
    sandbox = None
    try:
        sandbox = choose_sandbox(kind)
        sandbox.start(["numpy"])
    except NoSandbox as refusal:
        if sandbox is not None:
            sandbox.close()
        if kind.partition("-")[0] in os.environ.get("REQUIRE", "").split(","):
            pytest.fail(f"REQUIRE names {kind}, but: {refusal}", pytrace=False)
        pytest.skip(str(refusal))
    return sandbox


BUBBLEWRAP = pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)
DOCKER = pytest.param("docker", marks=pytest.mark.docker)
DOCKER_TEMPLATE = pytest.param("docker-template", marks=pytest.mark.docker)


@pytest.fixture(scope="session", params=[BUBBLEWRAP, DOCKER, DOCKER_TEMPLATE])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    os.environ["CANARY"] = CANARY
    opened = open_sandbox(request.param)
    yield opened
    opened.close()
    del os.environ["CANARY"]


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """These tests need none of the site's folders."""
