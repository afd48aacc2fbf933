"""The same in Docker, in a module of its own: another arena's containers and connections would be counted."""

import pytest

from tests.attacks.arena import Arena
from tests.attacks.leftovers import check_nothing_is_left
from tests.attacks.running import HOW_MANY


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(900)
@pytest.mark.skipif(HOW_MANY == "sample", reason="ATTACKS=all tries it in Docker too")
def test_nothing_is_left_after_many_jobs_in_docker(docker_arena: Arena) -> None:
    check_nothing_is_left(docker_arena)
