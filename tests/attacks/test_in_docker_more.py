"""Exhaustion, theft and escape in Docker: a file of its own, so that two workers share what takes long."""

import pytest

from tests.attacks.arena import Arena
from tests.attacks.catalogue import Attack
from tests.attacks.running import parameters, try_submission

pytestmark = [pytest.mark.docker, pytest.mark.django_db]


@pytest.mark.parametrize("attack", parameters("docker", "CXE"))
def test_an_attack_gains_nothing_and_leaves_nothing(attack: Attack, docker_arena: Arena) -> None:
    try_submission(docker_arena, attack)
