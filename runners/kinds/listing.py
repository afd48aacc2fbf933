"""From a suite's pytest files to the cases of its manifest: which tests there are, and what each is worth."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from runners.conversation import collect_tests
from runners.protocol import Points, Visibility
from runners.sandboxes.base import Limits, Sandbox
from runners.suite import SuiteInvalid, files_below

DEFAULT_POINTS = Decimal(100)
CENT = Decimal("0.01")
SHOWN_FILES = ("conftest.py", "pytest.ini")
FOLDERS = ("tests", "data")

_points = TypeAdapter(Points)
_numbers = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A test as it was collected with the reference solution."""

    __test__ = False

    id: str
    title: str
    group: str
    points: Decimal | None
    """What it says that it is worth, or None."""
    seconds: float | None
    number: str
    visibility: Visibility
    is_submission: bool
    """Whether it is a ``submit_*`` function, whose values are compared."""


def test_files(folder: Path) -> dict[str, bytes]:
    """Read what goes into every jail: tests, data, and pytest's own two files. Raises ``SuiteInvalid``."""
    found = {f"{name}/{path}": content for name in FOLDERS for path, content in files_below(folder / name).items()}
    if not any(path.startswith("tests/") and path.endswith(".py") for path in found):
        message = f"{folder / 'tests'}: there is no Python file in it: a suite of this kind needs its tests there."
        raise SuiteInvalid(message)
    for name in SHOWN_FILES:
        if (path := folder / name).is_file():
            found[name] = path.read_bytes()
    return found


def list_tests(
    sandbox: Sandbox, folder: Path, settings: Mapping[str, Any], *, kind: str, files: Mapping[str, bytes]
) -> list[Test]:
    """Collect a suite's tests in a jail, with its reference solution; those that are always skipped are left out.

    Raises ``SuiteInvalid`` where one cannot be collected, and ``SandboxFault``.
    """
    memory_bytes = settings.get("memory_bytes")
    items, trouble = collect_tests(
        sandbox,
        environment=surroundings_of(folder, settings),
        limits=Limits(memory_bytes=memory_bytes) if isinstance(memory_bytes, int) else Limits(),
        kind=kind,
        suite_files=files,
        reference_files=files_below(folder / "reference"),
    )
    if trouble:
        message = f"{folder / 'tests'}: with the reference solution, {trouble[:1].lower()}{trouble[1:]}"
        raise SuiteInvalid(message)
    tests = [_test(folder, item) for item in items if not item["is_skipped"]]
    if not tests:
        message = f"{folder / 'tests'}: pytest finds no test in it."
        raise SuiteInvalid(message)
    return sorted(tests, key=lambda test: _in_order(test.number)) if any(test.number for test in tests) else tests


def surroundings_of(folder: Path, settings: Mapping[str, Any]) -> str:
    """Return the environment that ``suite.toml`` asks for. Raises ``SuiteInvalid`` where it has no pytest."""
    environment = str(settings.get("environment", ""))
    if not environment.endswith("-pytest"):
        message = f"{folder / 'suite.toml'}: environment must be one with pytest, such as numpy-pytest."
        raise SuiteInvalid(message)
    return environment


def shared_out(folder: Path, tests: Sequence[Test], settings: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return what each of these tests is worth, by id. Raises ``SuiteInvalid``.

    What ``suite.toml`` says of one test counts first, then what the test says itself. The others share evenly what is
    left of ``points``; without ``points`` they share 100 where no test says anything, and are worth nothing otherwise.
    """
    stated = _stated(folder, settings, {test.id for test in tests})
    worth = {test.id: own for test in tests if (own := stated.get(test.id, test.points)) is not None}
    others = [test.id for test in tests if test.id not in worth]
    total = _total(folder, settings)
    if total is None:
        total = DEFAULT_POINTS if not worth else sum(worth.values(), Decimal(0))
    left = total - sum(worth.values(), Decimal(0))
    if left < 0 or (left > 0 and not others):
        message = (
            f"{folder / 'suite.toml'}: points is {total}, but the tests say themselves that they are worth "
            f"{sum(worth.values(), Decimal(0))}."
        )
        raise SuiteInvalid(message)
    return worth | dict(zip(others, _evenly(left, len(others)), strict=True))


def _evenly(points: Decimal, count: int) -> list[Decimal]:
    """Share points so that the shares add up exactly: the first ones get a hundredth more."""
    if count == 0:
        return []
    each = (points / count).quantize(CENT, rounding=ROUND_DOWN)
    more = int((points - each * count) / CENT)
    shares = [each + CENT] * more + [each] * (count - more)
    shares[-1] += points - sum(shares, Decimal(0))
    return shares


def _stated(folder: Path, settings: Mapping[str, Any], known: set[str]) -> dict[str, Decimal]:
    table = settings.get("case_points", {})
    try:
        stated = TypeAdapter(dict[str, Points]).validate_python(table)
    except ValidationError as error:
        message = f"{folder / 'suite.toml'}: case_points is a table of ids and points."
        raise SuiteInvalid(message) from error
    if unknown := sorted(stated.keys() - known):
        message = f"{folder / 'suite.toml'}: case_points names {unknown[0]!r}, which is none of the tests."
        raise SuiteInvalid(message)
    return stated


def _total(folder: Path, settings: Mapping[str, Any]) -> Decimal | None:
    if "points" not in settings:
        return None
    try:
        return _points.validate_python(settings["points"])
    except ValidationError as error:
        message = f"{folder / 'suite.toml'}: points is a number from 0 on."
        raise SuiteInvalid(message) from error


def _test(folder: Path, item: Mapping[str, Any]) -> Test:
    try:
        points = None if item["points"] is None else _points.validate_python(item["points"])
        visibility = Visibility(item["visibility"] or Visibility.VISIBLE)
    except ValueError as error:
        message = f"{folder / 'tests'}: {item['node']} says points or a visibility that there is not."
        raise SuiteInvalid(message) from error
    seconds = None if item["seconds"] is None else float(item["seconds"])
    function = str(item["node"]).partition("[")[0].rpartition("::")[2]
    return Test(
        id=str(item["id"]),
        title=str(item["title"]),
        group=str(item["group"]),
        points=points,
        seconds=seconds or None,
        number=str(item["number"]),
        visibility=visibility,
        is_submission=function.startswith("submit_"),
    )


def _in_order(number: str) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Sort "1.10" after "1.9", and what has no number last."""
    parts = [part for part in _numbers.split(number) if part]
    return not parts, [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]
