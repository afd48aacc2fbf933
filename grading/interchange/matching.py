"""Who of ours is who in an export of Canvas: the logic of the matching wizard, with a reason for every answer.

Five ways are tried one after the other, the surest first: the id of Canvas, the SIS id, the login, the local part of
the e-mail address, the name. Each way looks at everybody whom no surer way has settled, so that the order of people and
rows never matters. Whoever a way finds more than once is left to a person to decide: no weaker way decides instead.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from grading.interchange.canvas import CanvasColumn, CanvasPerson
from grading.interchange.names import canonical_id, canonical_name, local_part, without_initials
from grading.interchange.problems import listed, quoted

# More than a person would look through, and a bound for a file in which everybody has one name.
_MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of ours. ``key`` is what the caller knows them by; what is unknown is empty."""

    key: str
    email: str = ""
    login: str = ""
    sis_id: str = ""
    canvas_id: str = ""
    first_name: str = ""
    last_name: str = ""
    preferred_name: str = ""


class Way(StrEnum):
    """By what two were recognised as the same; the surest first."""

    CANVAS_ID = "canvas_id"
    SIS_ID = "sis_id"
    LOGIN = "login"
    EMAIL = "email"
    NAME = "name"


class Outcome(StrEnum):
    """What came of looking for somebody."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What came of looking for one person of ours. ``candidates`` are the rows to choose from, by line."""

    person: Person
    outcome: Outcome
    row: CanvasPerson | None = None
    way: Way | None = None
    candidates: tuple[CanvasPerson, ...] = ()
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """An answer for everybody of ours, in the order given, and the rows that nobody matched, by line."""

    matches: tuple[Match, ...]
    left_over: tuple[CanvasPerson, ...]

    def with_outcome(self, outcome: Outcome) -> tuple[Match, ...]:
        """Return those of whom this came."""
        return tuple(match for match in self.matches if match.outcome is outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMatch:
    """Which assessment of ours a column is; ``key`` is None where it is none, and the reason says so."""

    column: CanvasColumn
    key: str | None
    reason: str


_WORDS = {
    Way.CANVAS_ID: "the id of Canvas",
    Way.SIS_ID: "the SIS id",
    Way.LOGIN: "the login",
    Way.EMAIL: "the part of the e-mail address before the @",
    Way.NAME: "the name",
}
_OURS: Mapping[Way, Callable[[Person], set[str]]] = {
    Way.CANVAS_ID: lambda person: {person.canvas_id.strip()},
    Way.SIS_ID: lambda person: {canonical_id(person.sis_id)},
    # A login of Canvas may be the whole address.
    Way.LOGIN: lambda person: {person.login.strip().casefold(), person.email.strip().casefold()},
    Way.EMAIL: lambda person: {local_part(person.email)},
    Way.NAME: lambda person: {
        form
        for first in (person.first_name, person.preferred_name)
        if first and person.last_name
        for form in _forms(first, person.last_name)
    },
}
_THEIRS: Mapping[Way, Callable[[CanvasPerson], set[str]]] = {
    Way.CANVAS_ID: lambda row: {row.canvas_id.strip()},
    Way.SIS_ID: lambda row: {canonical_id(row.sis_id)},
    Way.LOGIN: lambda row: {row.login.strip().casefold()},
    Way.EMAIL: lambda row: {local_part(row.login)},
    Way.NAME: lambda row: _forms(row.first_name, row.last_name),
}


def match_people(people: Sequence[Person], rows: Sequence[CanvasPerson]) -> Matching:
    """Return for everybody of ours which row of an export is theirs, or which could be."""
    found: dict[int, Match] = {}
    free = dict(enumerate(sorted(rows, key=lambda row: row.line)))
    for way in Way:
        waiting = {at: person for at, person in enumerate(people) if at not in found}
        pairs = _pairs(waiting, free, way)
        rivals: dict[int, int] = {}
        for numbers in pairs.values():
            for number in numbers:
                rivals[number] = rivals.get(number, 0) + 1
        for at, numbers in pairs.items():
            candidates = tuple(free[number] for number in numbers)
            found[at] = _answer(people[at], candidates, way, contested=any(rivals[number] > 1 for number in numbers))
        free = {number: row for number, row in free.items() if number not in rivals}
    matches = tuple(found.get(at) or _unmatched(person, rows) for at, person in enumerate(people))
    taken = {match.row.line for match in matches if match.row is not None}
    left_over = tuple(row for row in sorted(rows, key=lambda row: row.line) if row.line not in taken)
    return Matching(matches=matches, left_over=left_over)


def match_columns(
    columns: Iterable[CanvasColumn], *, ids: Mapping[str, str], titles: Mapping[str, str]
) -> tuple[ColumnMatch, ...]:
    """Return which assessment each column is: by its id (`ids`: id to key), else by exactly its title (`titles`)."""
    return tuple(_column_match(column, ids, titles) for column in columns)


def _column_match(column: CanvasColumn, ids: Mapping[str, str], titles: Mapping[str, str]) -> ColumnMatch:
    if column.canvas_id in ids:
        return ColumnMatch(column=column, key=ids[column.canvas_id], reason=f"Canvas calls it {column.canvas_id}.")
    for title in (column.title, column.heading):
        if title in titles:
            return ColumnMatch(column=column, key=titles[title], reason="It has exactly this title.")
    return ColumnMatch(column=column, key=None, reason=f"No assessment here is called {quoted(column.title)}.")


def _pairs(people: Mapping[int, Person], rows: Mapping[int, CanvasPerson], way: Way) -> dict[int, list[int]]:
    """Return for each person the rows, by line, that agree with them in this way and in nothing surer disagree."""
    by_value: dict[str, set[int]] = {}
    for number, row in rows.items():
        for value in _THEIRS[way](row) - {""}:
            by_value.setdefault(value, set()).add(number)
    pairs = {}
    for at, person in people.items():
        numbers = {number for value in _OURS[way](person) - {""} for number in by_value.get(value, ())}
        agreeing = (number for number in sorted(numbers) if not _contradiction(person, rows[number], way))
        if found := list(islice(agreeing, _MOST_CANDIDATES)):
            pairs[at] = found
    return pairs


def _contradiction(person: Person, row: CanvasPerson, way: Way) -> Way | None:
    """Return in which surer way both are known and differ, or None."""
    for surer in (Way.CANVAS_ID, Way.SIS_ID):
        if surer is way:
            return None
        ours, theirs = _OURS[surer](person) - {""}, _THEIRS[surer](row) - {""}
        if ours and theirs and not ours & theirs:
            return surer
    return None


def _answer(person: Person, candidates: tuple[CanvasPerson, ...], way: Way, *, contested: bool) -> Match:
    lines = [row.line for row in candidates]
    if len(candidates) == 1 and not contested:
        reason = f"Line {lines[0]} has the same value for {_WORDS[way]}."
        return Match(person=person, outcome=Outcome.MATCHED, row=candidates[0], way=way, reason=reason)
    if len(candidates) > 1:
        reason = f"Lines {listed(lines)} all agree in {_WORDS[way]}. Choose one."
    else:
        reason = f"Line {lines[0]} agrees in {_WORDS[way]}, and with somebody else of this course too. Choose."
    return Match(person=person, outcome=Outcome.AMBIGUOUS, way=way, candidates=candidates, reason=reason)


def _unmatched(person: Person, rows: Sequence[CanvasPerson]) -> Match:
    near = [
        (row.line, contradiction)
        for row in sorted(rows, key=lambda row: row.line)
        if _OURS[Way.NAME](person) & _THEIRS[Way.NAME](row) and (contradiction := _contradiction(person, row, Way.NAME))
    ]
    reason = "No line agrees in an id, the login, the e-mail address or the name."
    if near:
        line, contradiction = near[0]
        reason = f"Line {line} has the same name, but another value for {_WORDS[contradiction]}."
    return Match(person=person, outcome=Outcome.UNMATCHED, reason=reason)


def _forms(first: str, last: str) -> set[str]:
    whole = canonical_name(first, last)
    return {whole, without_initials(whole)}
