"""The two exports of scores that Gradescope has: of a whole course, and of a single assignment."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from grading.interchange.names import first_and_last
from grading.interchange.numbers import decimal_of, why_no_score
from grading.interchange.problems import Problem, Unreadable, listed, quoted
from grading.interchange.tables import Row, Sheet, read_sheet

MAX_POINTS, SUBMISSION_TIME, LATENESS = " - Max Points", " - Submission Time", " - Lateness (H:M:S)"
_LATE = re.compile(r"(?P<hours>[0-9]{1,6}):(?P<minutes>[0-5][0-9]):(?P<seconds>[0-5][0-9])")


class GradescopeExport(StrEnum):
    """Which export it is."""

    COURSE = "course"
    ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradescopeResult:
    """What somebody has for one assignment. None means that the file does not say; ``lateness`` is never negative."""

    title: str
    points: Decimal | None = None
    max_points: Decimal | None = None
    submitted_at: datetime | None = None
    lateness: timedelta | None = None
    status: str = ""
    submission_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradescopePerson:
    """A student of the file. ``sid`` is text: zeros in front belong to it."""

    line: int
    first_name: str
    last_name: str
    email: str
    sid: str
    sections: str
    results: tuple[GradescopeResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradescopeScores:
    """An export of Gradescope: the titles of its assignments, and who has what."""

    export: GradescopeExport
    titles: tuple[str, ...]
    people: tuple[GradescopePerson, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """The headings under which the facts of one assignment stand."""

    title: str
    points: str
    max_points: str
    submitted_at: str
    lateness: str
    status: str = ""
    submission_id: str = ""


def read_scores(data: bytes, *, title: str = "", zone: tzinfo | None = None) -> GradescopeScores:
    """Return what an export of Gradescope says. Raises ``Unreadable`` where the file is none.

    The export of a single assignment does not say which: `title` does. Times without an offset are of `zone`; without
    it they are told as problems and left out.
    """
    sheet = read_sheet(data)
    placed = list(enumerate(sheet.header))[::-1]
    # As the file writes it, and in lower case for the headings of Gradescope itself.
    places = {name.casefold(): at for at, name in placed} | {name: at for at, name in placed}
    if "email" not in places and "sid" not in places:
        message = (
            f"Line {sheet.header_line} is not the heading of scores of Gradescope: there is neither SID nor Email. "
            "Download the grades from Gradescope again."
        )
        raise Unreadable(message)
    export, assignments = _assignments(sheet, places, title)
    reading = _Reading(header=sheet.header, places=places, zone=zone, problems=list(sheet.problems))
    people = tuple(reading.person(row, assignments) for row in sheet.rows)
    problems = (*reading.problems, *_twice(people))
    titles = tuple(assignment.title for assignment in assignments)
    return GradescopeScores(export=export, titles=titles, people=people, problems=tuple(sorted(problems)))


def is_scores(header: Sequence[str]) -> bool:
    """Return whether this is the heading of one of the two exports."""
    names = {name.casefold() for name in header}
    has_people = "email" in names or "sid" in names
    return has_people and ("total score" in names or any(name.endswith(MAX_POINTS.casefold()) for name in names))


def _assignments(sheet: Sheet, places: Mapping[str, int], title: str) -> tuple[GradescopeExport, list[_Places]]:
    if "total score" in places:
        only = _Places(
            title=title, points="total score", max_points="max points", submitted_at="submission time",
            lateness="lateness (h:m:s)", status="status", submission_id="submission id",
        )  # fmt: skip
        return GradescopeExport.ASSIGNMENT, [only]
    titles = [name for name in sheet.header if name and name + MAX_POINTS in sheet.header]
    if not titles:
        message = (
            f"Line {sheet.header_line} names no assignment: there is neither Total Score nor a column that ends with "
            f"“{MAX_POINTS.strip()}”. Download the grades from Gradescope again."
        )
        raise Unreadable(message)
    return GradescopeExport.COURSE, [
        _Places(
            title=name, points=name, max_points=name + MAX_POINTS, submitted_at=name + SUBMISSION_TIME,
            lateness=name + LATENESS,
        )
        for name in dict.fromkeys(titles)
    ]  # fmt: skip


@dataclass(slots=True, kw_only=True)
class _Reading:
    """Reads rows and collects what is wrong with them."""

    header: Sequence[str]
    places: Mapping[str, int]
    zone: tzinfo | None
    problems: list[Problem]

    def person(self, row: Row, assignments: Sequence[_Places]) -> GradescopePerson:
        """Return whom a row is about, and what they have."""
        first, last = self._cell(row, "first name"), self._cell(row, "last name")
        if not first and not last:
            first, last = first_and_last(self._cell(row, "name") or self._cell(row, "names"))
        email, sid = self._cell(row, "email").lower(), self._cell(row, "sid")
        if not email and not sid:
            self._add(row, "sid", "has neither an SID nor an e-mail address: add one of them.")
        return GradescopePerson(
            line=row.line, first_name=first, last_name=last, email=email, sid=sid,
            sections=self._cell(row, "sections") or self._cell(row, "section_name"),
            results=tuple(self._result(row, places) for places in assignments),
        )  # fmt: skip

    def _result(self, row: Row, places: _Places) -> GradescopeResult:
        return GradescopeResult(
            title=places.title,
            points=self._number(row, places.points),
            max_points=self._number(row, places.max_points),
            submitted_at=self._moment(row, places.submitted_at),
            lateness=self._lateness(row, places.lateness),
            status=self._cell(row, places.status),
            submission_id=self._cell(row, places.submission_id),
        )

    def _cell(self, row: Row, name: str) -> str:
        at = self.places.get(name)
        return "" if at is None else row.cells[at].strip()

    def _number(self, row: Row, name: str) -> Decimal | None:
        text = self._cell(row, name)
        number = decimal_of(text) if text else None
        if text and number is None:
            self._add(row, name, why_no_score(text))
        return number

    def _moment(self, row: Row, name: str) -> datetime | None:
        if not (text := self._cell(row, name)):
            return None
        # As Gradescope writes it: 2026-09-30 23:58:01 -0400; a spreadsheet that saved the file again drops the offset.
        try:
            moment = datetime.fromisoformat(re.sub(r" (?=[+-][0-9]{2}:?[0-9]{2}$)", "", text.replace(" UTC", "+00:00")))
        except ValueError:
            self._add(row, name, f"has {quoted(text)}, which is no time. Write it like 2026-09-30 23:58:01 -0400.")
            return None
        if moment.tzinfo is None and self.zone is None:
            self._add(row, name, f"has {quoted(text)} without a time zone. Add it, like 2026-09-30 23:58:01 -0400.")
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def _lateness(self, row: Row, name: str) -> timedelta | None:
        if not (text := self._cell(row, name)):
            return None
        if (found := _LATE.fullmatch(text)) is None:
            self._add(row, name, f"has {quoted(text)}, which is no lateness. Write it as hours:minutes:seconds.")
            return None
        hours, minutes, seconds = map(int, found.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)

    def _add(self, row: Row, name: str, rest: str) -> None:
        at = self.places.get(name)
        heading = name if at is None else self.header[at]
        sentence = f"Line {row.line}, {quoted(heading)}, {rest}"
        self.problems.append(Problem(line=row.line, column=heading, sentence=sentence))


def _twice(people: Sequence[GradescopePerson]) -> Iterator[Problem]:
    for heading, key in (("SID", "sid"), ("Email", "email")):
        lines: dict[str, list[int]] = {}
        for person in people:
            if value := getattr(person, key):
                lines.setdefault(value, []).append(person.line)
        for value, found in lines.items():
            if len(found) > 1:
                sentence = f"Lines {listed(found)} have the same {heading}, {quoted(value)}: keep one of them."
                yield Problem(line=found[1], column=heading, sentence=sentence)
