"""Which attacks a run tries, and how one of them is tried."""

import os
from decimal import Decimal

import pytest

from tests.attacks import results, site
from tests.attacks.arena import Arena, Graded
from tests.attacks.catalogue import Attack, attacks
from tests.attacks.invariants import check_attack, check_good, left_over, state_of
from tests.attacks.receiving import check_uploads

HOW_MANY = os.environ.get("ATTACKS", "sample")
"""``sample``, ``all``, or ``soak``: all, four of each at once."""
AT_ONCE = 4 if HOW_MANY == "soak" else 1
SAMPLES = {
    "bubblewrap": (
        "A01 A04 A05 A06 A08 A13 A18 A19 A25 A28 B01 B03 B13 B15 C01 C03 C06 C07 C12 C21 X03 X07 X09 X15 E03 E04 E05"
    ),
    "docker": "A18 A25 C03 C06 X09 E05",
}


def chosen(column: str, groups: str = "ABCXE") -> list[Attack]:
    """Return the attacks of these groups that this run tries in a sandbox."""
    if HOW_MANY not in ("sample", "all", "soak"):
        message = f"ATTACKS={HOW_MANY}: write sample, all or soak."
        raise ValueError(message)
    wanted = SAMPLES[column].split() if HOW_MANY == "sample" else list(attacks())
    found = [attacks()[id] for id in wanted if id[0] in groups]
    return [each for each in found if not each.not_tried and not each.tried_by and each.only in ("", column)]


def parameters(column: str, groups: str = "ABCXE") -> list[object]:
    """Return them as pytest takes them."""
    return [pytest.param(attack, id=f"{attack.id}-{attack.path.stem[4:]}") for attack in chosen(column, groups)]


def try_upload(arena: Arena, attack: Attack) -> None:
    """Try one of group B."""
    before = state_of(arena.sandbox)
    outcome = check_uploads(attack, arena)
    check_good(arena)
    assert left_over(arena.sandbox, before) == {}
    results.note(attack.id, arena.name, outcome)


def try_submission(arena: Arena, attack: Attack) -> None:
    """Try any other: hand it in, grade it, report it, and look at everything that its author can see."""
    arena.warm(attack.environment)
    before = state_of(arena.sandbox)
    runs = arena.attack(attack, at_once=AT_ONCE)
    check_attack(arena, attack, runs, before=before)
    for run in runs:
        site.check_report(arena, attack, run)
    results.note(attack.id, arena.name, _said(attack, runs[0], arena))


def _said(attack: Attack, run: Graded, arena: Arena) -> str:
    most = arena.suite.manifest.max_points
    outcome = "got nothing" if attack.group in "XE" else run.outcome
    return f"{outcome}, {_plain(run.points)} of {_plain(most)}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
