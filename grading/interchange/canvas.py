"""The gradebook export of Canvas, read as its own importer reads it.

The rules are those of ``lib/gradebook_exporter.rb`` and ``lib/gradebook_importer.rb`` of Canvas.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.interchange.numbers import Score, decimal_of, score_of, why_no_score
from grading.interchange.problems import Problem, Unreadable, listed, quoted
from grading.interchange.tables import Row, Sheet, read_sheet

POINTS_POSSIBLE = "    Points Possible"
READ_ONLY = "(read only)"
# Unanchored and in this case, as Canvas has it: a title that holds one of these is taken for a total and skipped.
TOTALS = re.compile(
    "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|"
    "Override Score|Override Grade|Override Status"
)
TITLE_AND_ID = re.compile(r"(?P<title>.*)\s\((?P<id>[0-9]+)\)", re.DOTALL)
_NO_PERSON = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE | re.DOTALL)
_IDENTITIES = {
    "ID": "canvas_id",
    "SIS User ID": "sis_id",
    "SIS Login ID": "login",
    "Integration ID": "integration_id",
    "Root Account": "root_account",
    "Section": "section",
}
_TEST_STUDENT = ("Student", "Test")


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasColumn:
    """A column of one assignment. ``canvas_id`` is empty where the heading has none: Canvas then goes by the title."""

    heading: str
    title: str
    canvas_id: str = ""
    points_possible: Decimal | None = None
    is_read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasPerson:
    """A student of the file. ``scores`` go by the column's heading; a cell that is no score is missing there."""

    line: int
    last_name: str
    first_name: str
    canvas_id: str = ""
    sis_id: str = ""
    login: str = ""
    integration_id: str = ""
    root_account: str = ""
    section: str = ""
    scores: Mapping[str, Score]

    @property
    def sortable_name(self) -> str:
        """The name as Canvas sorts it: ``Doe, Jane``."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasGradebook:
    """An export of Canvas. ``others`` are the headings that hold no assignment: totals and columns of notes."""

    columns: tuple[CanvasColumn, ...]
    people: tuple[CanvasPerson, ...]
    others: tuple[str, ...]
    problems: tuple[Problem, ...]
    has_decimal_commas: bool


def is_gradebook(header: Sequence[str]) -> bool:
    """Return whether Canvas would take this for the heading of its gradebook."""
    return bool(_people_columns(header))


def read_gradebook(data: bytes) -> CanvasGradebook:
    """Return what an export of Canvas says. Raises ``Unreadable`` where the file is no such export.

    Left out are the rows of points, of muted or manually posted columns, and of the test student.
    """
    return gradebook_of(read_sheet(data))


def gradebook_of(sheet: Sheet) -> CanvasGradebook:
    """Return what a table says that is an export of Canvas, or raise ``Unreadable``."""
    width = _people_columns(sheet.header)
    if not width:
        message = (
            f"Line {sheet.header_line} is not the heading of a Canvas gradebook, which begins with Student or with "
            "LastName and FirstName, then has ID, and has Section before the assignments. Export the gradebook from "
            "Canvas again, and leave its first columns as they are."
        )
        raise Unreadable(message)
    possible = next((row for row in sheet.rows if "Points Possible" in row.cells[0]), None)
    columns, others = _columns(sheet, width, possible)
    problems = [*sheet.problems, *(_bad_points(possible, columns, sheet.header) if possible else ())]
    people = []
    for row in sheet.rows:
        if row is possible or "Points Possible" in row.cells[0] or all(map(_NO_PERSON.fullmatch, row.cells)):
            continue
        person = _person(row, sheet.header, width, columns)
        if (person.last_name, person.first_name) == _TEST_STUDENT:
            continue
        people.append(person)
    problems += [*_no_scores(sheet, columns, people), *_twice(people)]
    return CanvasGradebook(
        columns=tuple(columns.values()), people=tuple(people), others=others, problems=tuple(sorted(problems)),
        has_decimal_commas=sheet.has_decimal_commas,
    )  # fmt: skip


def title_and_id(heading: str) -> tuple[str, str]:
    """Return the title of a heading and the id behind it, which is empty where there is none."""
    found = TITLE_AND_ID.fullmatch(heading)
    return (found["title"], found["id"]) if found else (heading, "")


def _people_columns(header: Sequence[str]) -> int:
    """Return how many columns say who somebody is, or 0 where this is not a gradebook of Canvas."""
    names = 2 if len(header) > 4 and "LastName" in header[0] and "FirstName" in header[1] else 1
    if len(header) < 4 or "ID" not in header[names] or (names == 1 and "Student" not in header[0]):
        return 0
    optional: tuple[str, ...] = ("SIS User ID", "SIS Login ID", "Integration ID", "Root Account")
    at = names + 1
    if not _is_called(header, at, "SIS User ID"):
        optional = ("SIS Login ID",)
    elif not _is_called(header, at + 1, "SIS Login ID"):
        return 0
    for name in optional:
        at += _is_called(header, at, name)
    return at + 1 if at < len(header) and "Section" in header[at] else 0


def _is_called(header: Sequence[str], at: int, name: str) -> bool:
    return at < len(header) and re.search(name.replace(" ", r"\s+"), header[at]) is not None


def _columns(sheet: Sheet, width: int, possible: Row | None) -> tuple[dict[int, CanvasColumn], tuple[str, ...]]:
    columns: dict[int, CanvasColumn] = {}
    others: list[str] = []
    for at, heading in list(enumerate(sheet.header))[width:]:
        title, canvas_id = title_and_id(heading)
        points = possible.cells[at].strip() if possible else ""
        if not heading or TOTALS.search(heading) or (not canvas_id and _is_note(sheet, at, points, possible)):
            others += [heading] if heading else []
            continue
        columns[at] = CanvasColumn(
            heading=heading, title=title, canvas_id=canvas_id, points_possible=decimal_of(points),
            is_read_only=re.search(r"read\s+only", points) is not None,
        )  # fmt: skip
    return columns, tuple(others)


def _is_note(sheet: Sheet, at: int, points: str, possible: Row | None) -> bool:
    """Return whether a column without an id is one of notes: Canvas gives those no points."""
    if possible:
        return decimal_of(points) is None
    return any(score_of(row.cells[at]) is None for row in sheet.rows)


def _bad_points(possible: Row, columns: Mapping[int, CanvasColumn], header: Sequence[str]) -> Iterator[Problem]:
    for at, column in columns.items():
        cell = possible.cells[at]
        if column.points_possible is None and not column.is_read_only and cell.strip():
            sentence = f"Line {possible.line} {why_no_score(cell)} It is the points possible of {quoted(header[at])}."
            yield Problem(line=possible.line, column=header[at], sentence=sentence)


def _person(row: Row, header: Sequence[str], width: int, columns: Mapping[int, CanvasColumn]) -> CanvasPerson:
    said = {_IDENTITIES[name]: row.cells[at].strip() for at, name in enumerate(header[:width]) if name in _IDENTITIES}
    if "FirstName" in header[1]:
        last, first = _plain_name(row.cells[0]), _plain_name(row.cells[1])
    else:
        last, _, first = (part.strip() for part in _plain_name(row.cells[0]).partition(","))
    scores = {column.heading: score for at, column in columns.items() if (score := score_of(row.cells[at])) is not None}
    return CanvasPerson(line=row.line, last_name=last, first_name=first, scores=scores, **said)


def _plain_name(cell: str) -> str:
    """Return a name without the formula in which Canvas wraps one that begins with an equals sign."""
    name = cell.strip()
    return name[2:-1].strip() if name.startswith('="') and name.endswith('"') and len(name) > 3 else name


def _no_scores(sheet: Sheet, columns: Mapping[int, CanvasColumn], people: Sequence[CanvasPerson]) -> Iterator[Problem]:
    """Yield one problem per column that has text where a score should be, however many lines have some."""
    lines = {person.line for person in people}
    for at, column in columns.items():
        if column.is_read_only:
            continue
        wrong = [
            (row.line, row.cells[at]) for row in sheet.rows if row.line in lines and score_of(row.cells[at]) is None
        ]
        if wrong:
            line, cell = wrong[0]
            more = f" It is one of {len(wrong)} in this column." if len(wrong) > 1 else ""
            sentence = f"Line {line}, column {quoted(column.heading)}, {why_no_score(cell)}{more}"
            yield Problem(line=line, column=column.heading, sentence=sentence)


def _twice(people: Sequence[CanvasPerson]) -> Iterator[Problem]:
    for field, heading in (("canvas_id", "ID"), ("sis_id", "SIS User ID"), ("login", "SIS Login ID")):
        lines: dict[str, list[int]] = {}
        for person in people:
            if value := getattr(person, field):
                lines.setdefault(value, []).append(person.line)
        for value, found in lines.items():
            if len(found) > 1:
                sentence = f"Lines {listed(found)} have the same {heading}, {quoted(value)}: keep one of them."
                yield Problem(line=found[1], column=heading, sentence=sentence)
