"""The catalogue itself: it is whole, its table is the one that belongs to it, and its attacks would notice success."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from runners.protocol import Outcome
from tests.attacks import results
from tests.attacks.canaries import planted
from tests.attacks.catalogue import CATALOGUED, GROUPS, HERE, attacks
from tests.attacks.running import SAMPLES

TABLE = results.TABLE.read_text(encoding="utf-8") if results.TABLE.exists() else ""
OUTSIDE = ("X03", "X04", "X07", "X08", "X14", "E07")
"""What may be run outside of any sandbox, because it only looks."""


def test_every_attack_of_the_catalogue_is_there():
    for letter, count in CATALOGUED.items():
        numbers = [int(id[1:]) for id in attacks() if id[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= count


@pytest.mark.parametrize("attack", attacks().values(), ids=attacks())
def test_an_attack_says_what_it_is_and_what_stops_it(attack):
    outcomes = {str(outcome) for outcome in Outcome} - {"passed"} | {"refused", "accepted"}

    assert attack.title and not attack.title.endswith(".")
    assert attack.not_tried or attack.stopped_by
    assert attack.expect <= outcomes
    assert attack.most <= 2, "honest work beside an attack is worth two points"
    assert len(attack.path.read_text(encoding="utf-8").splitlines()) <= 85, "an attack is understood on one screen"


def test_an_attack_that_another_test_tries_names_a_test_that_is_there():
    for attack in attacks().values():
        if attack.tried_by:
            path, _, name = attack.tried_by.partition("::")
            assert f"def {name}(" in (results.ROOT / path).read_text(encoding="utf-8")


def test_every_file_of_the_folders_is_an_attack():
    files = {path for folder in GROUPS for path in (HERE / folder).glob("*.py")}

    assert files == {attack.path for attack in attacks().values()}


def test_a_sample_holds_something_of_every_group():
    sample = SAMPLES["bubblewrap"].split()

    assert set(sample) | set(SAMPLES["docker"].split()) <= set(attacks())
    assert {id[0] for id in sample} == {letter for letter, _ in GROUPS.values()}


def test_the_committed_table_names_every_attack_and_no_other():
    rows = dict(re.findall(r"^\| ([A-Z]\d\d) \| ([^|]+) \|", TABLE, re.MULTILINE))

    assert {id: title.strip().lower() for id, title in rows.items()} == {
        attack.id: attack.title.replace("|", ", ").lower() for attack in attacks().values()
    }


def test_the_committed_table_is_that_of_a_complete_run():
    outcomes = {}
    for line in re.findall(r"^\| [A-Z]\d\d \|.*", TABLE, re.MULTILINE):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        outcomes |= {
            (cells[0], column): cell for column, cell in zip(results.COLUMNS, cells[3:], strict=True) if cell != "·"
        }

    assert results.missing(outcomes) == []


def test_a_run_that_lacks_an_outcome_writes_no_table(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "TABLE", tmp_path / "attacks.md")
    monkeypatch.setattr(results, "_folder", lambda: tmp_path / "noted")
    everything = results.missing({})

    for attack, column in everything[:-1]:
        results.note(attack, column, "failed, 2 of 10")
    assert not results.TABLE.exists()
    results.note(*everything[-1], "failed, 2 of 10")

    assert "| A01 | Write a results file" in results.TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("id", OUTSIDE)
def test_outside_of_a_sandbox_an_attack_gets_what_it_looks_for(id: str, tmp_path: Path):
    program = "import sys; sys.path.insert(0, sys.argv[1]); import numpy, attack; attack.attacked(numpy.ones((3, 4)))"
    with planted(tmp_path) as canaries:
        for name, content in attacks()[id].files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(canaries.filled(content))

        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
        )

    assert "GOT" in done.stdout, done.stderr[-2_000:]
