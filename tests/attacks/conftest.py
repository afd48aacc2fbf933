"""What the attacks share: an open arena per module."""

from collections.abc import Iterator

import pytest

from tests.attacks.arena import Arena, arena


@pytest.fixture(scope="module")
def bubblewrap_arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with arena("bubblewrap", tmp_path_factory.mktemp("bubblewrap-arena")) as opened:
        yield opened


@pytest.fixture(scope="module")
def docker_arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with arena("docker", tmp_path_factory.mktemp("docker-arena")) as opened:
        yield opened
