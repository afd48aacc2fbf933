"""The pinned lists agree with what was asked for, and with each other."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).resolve().parent.parent / "requirements"
PARTS = ("demo", "dev", "runner", "site")


def pins(part: str) -> dict[str, str]:
    """Return every pinned package with its version."""
    lines = (FOLDER / f"{part}.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith(("#", " ")))


def asked(part: str) -> list[Requirement]:
    """Return what a list asks for, with what it includes."""
    found = []
    for line in (FOLDER / f"{part}.in").read_text().splitlines():
        line = line.partition("#")[0].strip()
        if included := re.match(r"-r (\w+)\.in", line):
            found += asked(included[1])
        elif line:
            found.append(Requirement(line))
    return found


@pytest.mark.parametrize("part", PARTS)
def test_everything_that_is_asked_for_is_pinned_to_a_version_that_fits(part: str) -> None:
    locked = {canonicalize_name(name): version for name, version in pins(part).items()}

    for requirement in asked(part):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("part", [part for part in PARTS if part != "dev"])
def test_a_part_pins_the_same_versions_as_the_whole(part: str) -> None:
    assert pins(part).items() <= pins("dev").items()


@pytest.mark.parametrize("part", PARTS)
def test_pytorch_stays_outside_the_lock(part: str) -> None:
    assert not [name for name in pins(part) if name == "torch" or name.startswith("nvidia")]


@pytest.mark.parametrize("part", PARTS)
def test_a_list_names_no_index(part: str) -> None:
    text = (FOLDER / f"{part}.txt").read_text()

    assert not re.search(r"^\s*(?:--|-i |-f )|://| @ ", text, re.MULTILINE)


def test_a_grading_host_has_no_django_and_no_database_driver() -> None:
    assert not {"django", "djangorestframework", "psycopg2-binary"} & set(pins("runner"))


def test_celery_and_kombu_stay_below_the_release_that_ends_workers() -> None:
    for part in PARTS:
        assert pins(part)["celery"].startswith("5.6.")
        assert pins(part)["kombu"].startswith("5.6.")
