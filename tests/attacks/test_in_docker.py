"""Forgery and uploads in Docker, one after another; ``ATTACKS`` says how many (running.py)."""

import pytest

from tests.attacks.arena import Arena
from tests.attacks.catalogue import HERE, Attack
from tests.attacks.running import parameters, try_submission, try_upload

pytestmark = [pytest.mark.docker, pytest.mark.django_db]
CONTROLS = HERE / "controls"


@pytest.mark.parametrize("attack", parameters("docker", "AB"))
def test_an_attack_gains_nothing_and_leaves_nothing(attack: Attack, docker_arena: Arena) -> None:
    if attack.group == "B":
        try_upload(docker_arena, attack)
    else:
        try_submission(docker_arena, attack)


def test_the_reference_gets_full_marks(docker_arena: Arena) -> None:
    assert docker_arena.good().points == 10


@pytest.mark.parametrize(("name", "points"), [("wrong", 0), ("slow", 10), ("noisy", 10)])
def test_honest_work_gets_what_it_is_worth(name: str, points: int, docker_arena: Arena) -> None:
    control = (CONTROLS / f"{name}.py").read_bytes()

    graded = docker_arena.grade({"work.py": control})

    assert graded.points == points, graded.shown[:2_000]
