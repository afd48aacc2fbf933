"""A gradebook file that Canvas imports, and what Canvas would do with titles that are not chosen carefully."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.interchange.canvas import POINTS_POSSIBLE, TITLE_AND_ID, TOTALS
from grading.interchange.numbers import Score, canvas_text, two_places
from grading.interchange.problems import Problem, quoted
from grading.interchange.tables import Cell, write_sheet

HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_CONTROLS = {"Cc", "Zl", "Zp"}
# What its importer knows as columns of a person, besides those above.
_RESERVED = {*HEADER, "LastName", "FirstName", "Integration ID", "Root Account"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnToWrite:
    """An assessment of ours as a column for Canvas. Without ``canvas_id``, Canvas goes by the title."""

    title: str
    canvas_id: str = ""
    points_possible: Decimal

    @property
    def heading(self) -> str:
        """The heading in the file: ``Homework 1 (48213)``."""
        return f"{self.title} ({self.canvas_id})" if self.canvas_id else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonToWrite:
    """A student as a row for Canvas. ``scores`` go by the column's heading; ``BLANK`` says that there is no score."""

    last_name: str
    first_name: str
    canvas_id: str = ""
    sis_id: str = ""
    login: str = ""
    section: str = ""
    scores: Mapping[str, Score]

    @property
    def sortable_name(self) -> str:
        """The name as Canvas sorts it: ``Doe, Jane``."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasFile:
    """A file for Canvas. ``content`` is empty where there are problems: a part of a file would pass for the whole."""

    content: bytes
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def write_gradebook(columns: Sequence[ColumnToWrite], people: Sequence[PersonToWrite]) -> CanvasFile:
    """Return a file for the import of Canvas, with the rows in the order given.

    Everybody needs a score in every column, if only ``BLANK``: to Canvas an empty cell above a score is a change.
    Line numbers of problems are those of the file as it would be.
    """
    problems = [*_bad_columns(columns), *_bad_people(columns, people)]
    warnings = [*_doubtful_columns(columns), *_doubtful_people(people)]
    rows: list[Sequence[Cell]] = [
        (*HEADER, *(column.heading for column in columns)),
        (POINTS_POSSIBLE, "", "", "", "", *(two_places(column.points_possible) for column in columns)),
        *(_row(person, columns) for person in people),
    ]
    content = b"" if problems else write_sheet(rows, guard=False)
    return CanvasFile(content=content, problems=tuple(problems), warnings=tuple(warnings))


def refusal_of_title(title: str, *, canvas_id: str = "") -> str:
    """Return why Canvas would not take a title as that of an assignment, or nothing where it would."""
    if not title.strip():
        return "This assessment has no title. Give it one."
    if found := TOTALS.search(title):
        return (
            f"Canvas takes every column that holds {quoted(found[0])} for a total and skips it. "
            f"Rename {quoted(title)} for the export."
        )
    if title != title.strip() or any(unicodedata.category(mark) in _CONTROLS for mark in title):
        return f"The title {quoted(title)} has blanks at its ends or marks that cannot be seen. Take them away."
    if not canvas_id and TITLE_AND_ID.fullmatch(title):
        return (
            f"Canvas would take the number at the end of {quoted(title)} for the id of an assignment. "
            "Rename it, or say which assignment of Canvas it is."
        )
    if not canvas_id and title in _RESERVED:
        return f"Canvas has a column called {quoted(title)} for something else. Rename it for the export."
    return ""


def warning_of_title(title: str) -> str:
    """Return what to look out for with a title that Canvas does take, or nothing."""
    if "Final" in title:
        return (
            f"{quoted(title)} holds the word Final, and so do the totals of Canvas. Look after the import whether the "
            "scores have arrived."
        )
    return ""


def _bad_columns(columns: Sequence[ColumnToWrite]) -> Iterator[Problem]:
    counts = Counter(column.heading for column in columns)
    ids = Counter(column.canvas_id for column in columns if column.canvas_id)
    for column in columns:
        if refusal := refusal_of_title(column.title, canvas_id=column.canvas_id):
            yield Problem(line=1, column=column.heading, sentence=refusal)
        elif column.canvas_id and not (column.canvas_id.isascii() and column.canvas_id.isdigit()):
            sentence = f"{quoted(column.canvas_id)} is no id of Canvas, which is a number. Correct it."
            yield Problem(line=1, column=column.heading, sentence=sentence)
        elif counts[column.heading] > 1 or ids[column.canvas_id] > 1:
            sentence = f"Two assessments would go to {quoted(column.heading)} in Canvas. Rename one, or leave one out."
            yield Problem(line=1, column=column.heading, sentence=sentence)


def _doubtful_columns(columns: Iterable[ColumnToWrite]) -> Iterator[Problem]:
    for column in columns:
        if warning := warning_of_title(column.title):
            yield Problem(line=1, column=column.heading, sentence=warning)
        if not column.canvas_id:
            sentence = (
                f"{quoted(column.title)} has no id of Canvas: Canvas looks for exactly this title, and makes a new "
                "assignment where it finds none."
            )
            yield Problem(line=1, column=column.heading, sentence=sentence)


def _bad_people(columns: Sequence[ColumnToWrite], people: Sequence[PersonToWrite]) -> Iterator[Problem]:
    first_with: dict[str, int] = {}
    for line, person in enumerate(people, start=3):
        who = quoted(person.sortable_name)
        if not person.sortable_name.strip() and not _identity(person):
            sentence = f"Row {line} would have neither a name nor an id. Give this person one, or leave them out."
            yield Problem(line=line, column="Student", sentence=sentence)
        if "Points Possible" in person.sortable_name:
            sentence = f"Canvas would take the row of {who} for the points possible. Correct the name."
            yield Problem(line=line, column="Student", sentence=sentence)
        if (key := _identity(person)) and (other := first_with.setdefault(key, line)) != line:
            sentence = f"Rows {other} and {line} would both be of {quoted(key)}. Give each person their own id."
            yield Problem(line=line, column="ID", sentence=sentence)
        for column in columns:
            if column.heading not in person.scores:
                sentence = (
                    f"{who} has no entry for {quoted(column.heading)}. An empty cell would erase the score in Canvas: "
                    "export everybody's, or leave the column out."
                )
                yield Problem(line=line, column=column.heading, sentence=sentence)


def _doubtful_people(people: Iterable[PersonToWrite]) -> Iterator[Problem]:
    for line, person in enumerate(people, start=3):
        if not person.canvas_id:
            way = "the SIS id" if person.sis_id else "the login" if person.login else "the name alone"
            sentence = f"{quoted(person.sortable_name)} has no id of Canvas: Canvas will go by {way}."
            yield Problem(line=line, column="ID", sentence=sentence)


def _identity(person: PersonToWrite) -> str:
    return person.canvas_id or person.sis_id or person.login


def _row(person: PersonToWrite, columns: Sequence[ColumnToWrite]) -> list[Cell]:
    scores = (canvas_text(score) if (score := person.scores.get(column.heading)) else "" for column in columns)
    return [_safe_name(person), person.canvas_id, person.sis_id, person.login, person.section, *scores]


def _safe_name(person: PersonToWrite) -> str:
    """Return the name, wrapped as Canvas itself wraps one that a spreadsheet would take for a formula."""
    name = person.sortable_name
    return f'="{name}"' if name.lstrip().startswith("=") else name
