"""Every attack in bubblewrap, one after another; ``ATTACKS`` says how many (running.py)."""

import pytest

from runners.suites import make_manifest, manifest_text
from tests.attacks.arena import SUITE_FOLDER, Arena
from tests.attacks.catalogue import HERE, Attack
from tests.attacks.running import parameters, try_submission, try_upload

pytestmark = [pytest.mark.bubblewrap, pytest.mark.django_db]
CONTROLS = HERE / "controls"


@pytest.mark.parametrize("attack", parameters("bubblewrap"))
def test_an_attack_gains_nothing_and_leaves_nothing(attack: Attack, bubblewrap_arena: Arena) -> None:
    if attack.group == "B":
        try_upload(bubblewrap_arena, attack)
    else:
        try_submission(bubblewrap_arena, attack)


def test_the_manifest_is_what_the_cases_register(bubblewrap_arena: Arena) -> None:
    manifest = make_manifest(SUITE_FOLDER, bubblewrap_arena.sandbox)

    assert (SUITE_FOLDER / "manifest.json").read_text(encoding="utf-8") == manifest_text(manifest)


def test_the_reference_gets_full_marks(bubblewrap_arena: Arena) -> None:
    assert bubblewrap_arena.good().points == 10


@pytest.mark.parametrize(("name", "points"), [("wrong", 0), ("slow", 10), ("noisy", 10)])
def test_honest_work_gets_what_it_is_worth(name: str, points: int, bubblewrap_arena: Arena) -> None:
    control = (CONTROLS / f"{name}.py").read_bytes()

    graded = bubblewrap_arena.grade({"work.py": control})

    assert graded.points == points, graded.shown[:2_000]
