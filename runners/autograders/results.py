"""What an autograder wrote into ``results.json``, as far as it can be understood. Pure.

Theory of operation
-------------------
The file comes from the container that the submission ran in, so it may hold anything. Two things end the reading:
what is no JSON, and JSON that is no object. Everything else is read as Gradescope reads it, value by value: what
cannot be used is left out, and a remark tells staff so; a test whose score is no finite number earns nothing and
says why; and what no key is known for is passed over. Never does a test that cannot be read cost another its points.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from runners.autograders.values import line, number, storable, text
from runners.protocol import CheckReport, LeaderboardEntry, Outcome, TextFormat, Visibility

MAX_RESULTS_BYTES = 16 << 20
MAX_TESTS = 5_000
MAX_REMARKS = 20
MAX_EXTRA_BYTES = 64 << 10
MAX_LEADERBOARD = 50
MAX_TAGS = 50
NO_SCORE = "The autograder gave this test a score that is no number, so it is worth nothing."
TAKES_POINTS = "The autograder takes {points} points off here."

Word = TypeVar("Word", bound=StrEnum)


class ResultsInvalid(Exception):
    """This is no ``results.json``; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What an autograder says of a submission."""

    checks: tuple[CheckReport, ...] = ()
    """In the order in which they are shown: by number, then as they came."""
    score: Decimal | None = None
    """Of the whole, perhaps negative or too high; None where neither it nor any test has one."""
    output: str = ""
    output_format: TextFormat = TextFormat.SIMPLE_FORMAT
    console_visibility: Visibility = Visibility.HIDDEN
    leaderboard: tuple[LeaderboardEntry, ...] = ()
    extra_data: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    """What could not be used, for staff."""


def parse_results(raw: bytes) -> Results:
    """Read a ``results.json``. Raises ``ResultsInvalid``."""
    return _Reader(_object(raw)).results()


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_RESULTS_BYTES:
        message = f"results.json is larger than {MAX_RESULTS_BYTES >> 20} MiB."
        raise ResultsInvalid(message)
    whole = raw.decode("utf-8", errors="replace").removeprefix("\ufeff").replace("\0", "\ufffd")
    try:
        # int() refuses a number of many digits; whether it can be used is seen later.
        found = json.loads(whole, parse_int=_decimal, parse_float=_decimal)
    except (ValueError, RecursionError) as error:
        message = f"results.json is not JSON: {line(str(error), limit=200)}"
        raise ResultsInvalid(message) from error
    if not isinstance(found, dict):
        message = "results.json does not hold an object."
        raise ResultsInvalid(message)
    return found


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except ArithmeticError:
        return Decimal("Infinity")


class _Reader:
    def __init__(self, found: dict[str, Any]) -> None:
        self._found = found
        self._remarks: dict[str, None] = {}
        self._sum = Decimal(0)
        self._has_scores = False
        self._ids: set[str] = set()

    def results(self) -> Results:
        found = self._found
        checks = self._checks()
        kind = self._word(found.get("output_format"), TextFormat.SIMPLE_FORMAT, "output_format")
        return Results(
            checks=checks,
            score=self._score(),
            output=text(found.get("output"), kind=kind),
            output_format=kind,
            console_visibility=self._visibility(found.get("stdout_visibility"), Visibility.HIDDEN, "stdout_visibility"),
            leaderboard=tuple(self._leaderboard()),
            extra_data=self._extra_data(),
            remarks=tuple(self._remarks)[:MAX_REMARKS],
        )

    def _score(self) -> Decimal | None:
        stated = self._found.get("score")
        if stated is not None and (whole := number(stated)) is not None:
            return whole
        if stated is not None:
            self._remark(f"score is {_shown(stated)}, which is no number; the sum of the tests stands for it.")
        return self._sum if self._has_scores else None

    def _checks(self) -> tuple[CheckReport, ...]:
        tests = self._found.get("tests")
        if tests is None:
            return ()
        if not isinstance(tests, list):
            self._remark("tests is no list and was passed over.")
            return ()
        if len(tests) > MAX_TESTS:
            self._remark(f"Of {len(tests)} tests only the first {MAX_TESTS} were read.")
        default = self._visibility(self._found.get("visibility"), Visibility.VISIBLE, "visibility")
        checks = []
        for place, test in enumerate(tests[:MAX_TESTS], start=1):
            if isinstance(test, dict):
                checks.append(self._check(test, place, default))
            else:
                self._remark(f"Test {place} is no object and was passed over.")
        return tuple(sorted(checks, key=_by_number))

    def _check(self, test: dict[str, Any], place: int, default: Visibility) -> CheckReport:
        title = line(test.get("name"), limit=400)
        position = line(test.get("number"), limit=40)
        kind = self._word(
            test.get("output_format", self._found.get("test_output_format")), TextFormat.TEXT, "output_format"
        )
        outcome, points, most, message = self._judged(test, title or f"Test {place}")
        return CheckReport(
            id=self._new_id(f"{position} {title}", place),
            title=title or f"Test {position or place}",
            number=position,
            outcome=outcome,
            points=points,
            max_points=most,
            message=message,
            output=text(test.get("output"), kind=kind),
            output_format=kind,
            visibility=self._visibility(test.get("visibility"), default, "visibility"),
            tags=_tags(test.get("tags")),
            counts=test.get("score") is not None or number(test.get("max_score")) is not None,
        )

    def _judged(self, test: dict[str, Any], title: str) -> tuple[Outcome, Decimal, Decimal, str]:
        """Return how a test ended, its points, the most it can earn, and what to say of it."""
        stated, status = test.get("score"), test.get("status")
        most = number(test.get("max_score"))
        worth = max(Decimal(0), most or Decimal(0))
        if test.get("max_score") is not None and most is None:
            self._remark(f"{title}: max_score is {_shown(test['max_score'])}, which is no number.")
        score = number(stated)
        if stated is not None and score is None:
            self._has_scores = True
            self._remark(f"{title}: score is {_shown(stated)}, which is no number.")
            return Outcome.CRASHED, Decimal(0), worth, NO_SCORE
        if score is None:
            return _outcome_of(status, passed=most is None, earned=False), Decimal(0), worth, ""
        self._has_scores = True
        self._sum += score
        if score < 0:
            said = TAKES_POINTS.format(points=f"{-score.normalize():f}")
            return _outcome_of(status, passed=False, earned=False), Decimal(0), worth, said
        passed = score >= worth if most is not None else True
        return _outcome_of(status, passed=passed, earned=score > 0), score, worth if most is not None else score, ""

    def _leaderboard(self) -> Iterable[LeaderboardEntry]:
        rows = self._found.get("leaderboard")
        if not isinstance(rows, list):
            return
        for row in rows[:MAX_LEADERBOARD]:
            name, value = (row.get("name"), row.get("value")) if isinstance(row, dict) else (None, None)
            if isinstance(value, Decimal | float):
                found = number(value)
                value = None if found is None else f"{found.normalize():f}"
            if not (isinstance(name, str) and (label := line(name, limit=120)) and isinstance(value, str)):
                self._remark("A line of the leaderboard has no name, or no value that can be shown, and was left out.")
                continue
            yield LeaderboardEntry(name=label, value=line(value, limit=120), ascending=row.get("order") == "asc")

    def _extra_data(self) -> dict[str, Any]:
        found = self._found.get("extra_data")
        if found is None:
            return {}
        if not isinstance(found, dict):
            self._remark("extra_data is no object and was not kept.")
            return {}
        kept: dict[str, Any] = storable(found)
        if len(json.dumps(kept, ensure_ascii=False).encode()) > MAX_EXTRA_BYTES:
            self._remark(f"extra_data is larger than {MAX_EXTRA_BYTES >> 10} KiB and was not kept.")
            return {}
        return kept

    def _visibility(self, value: object, default: Visibility, key: str) -> Visibility:
        # A word that we do not know may mean "not now": better unseen than seen too early.
        return self._word(value, default, key, unknown=Visibility.HIDDEN)

    def _word(self, value: object, default: Word, key: str, *, unknown: Word | None = None) -> Word:
        if value is None:
            return default
        try:
            return type(default)(str(value))
        except ValueError:
            used = default if unknown is None else unknown
            self._remark(f"{key} is {_shown(value)}, which is none of its words; {used} was taken.")
            return used

    def _new_id(self, label: str, place: int) -> str:
        """Return a name for a test that stays the same from one run to the next, and that no other test here has."""
        plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
        base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100] or f"test-{place}"
        unique, count = base, 1
        while unique in self._ids:
            count += 1
            unique = f"{base}-{count}"
        self._ids.add(unique)
        return unique

    def _remark(self, sentence: str) -> None:
        if len(self._remarks) < MAX_REMARKS:
            self._remarks[sentence] = None


def _outcome_of(status: object, *, passed: bool, earned: bool) -> Outcome:
    """Return how a test ended: as its status says, and without one by its points."""
    if status in ("passed", "failed"):
        passed = status == "passed"
    if passed:
        return Outcome.PASSED
    return Outcome.PARTIAL if earned else Outcome.FAILED


def _shown(value: object) -> str:
    """Return an unusable value for a remark: NaN as it was written, which JSON itself has no word for."""
    return line(str(value) if isinstance(value, Decimal | float) else value, limit=40)


def _tags(value: object) -> list[str]:
    tags = value if isinstance(value, list) else []
    return [tag for each in tags[:MAX_TAGS] if isinstance(each, str) and (tag := line(each, limit=120))]


def _by_number(check: CheckReport) -> tuple[bool, list[tuple[bool, int, str]]]:
    """Sort "1.10" after "1.9", and a test without a number after all with one, where the order stays as it was."""
    parts = re.findall(r"\d{1,9}|\D+", check.number)
    return not check.number, [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
