"""Rosters of ours and of other systems, read into one kind of row.

A file is recognised by its headings (``roster_dialects``); each line becomes a draft; where a system writes several
lines for a person (``roster_merging``), they become one; and a draft becomes a row, or problems (``roster_rows``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grading.interchange import roster_merging
from grading.interchange.canvas import gradebook_of
from grading.interchange.problems import Problem, Unreadable, quoted
from grading.interchange.roster_dialects import (
    FIELDS,
    Dialect,
    dialect_of,
    fields_of,
    is_field,
    plain,
    suggested_mapping,
)
from grading.interchange.roster_rows import ID, TEAM, Draft, RosterRow, duplicates, row_of
from grading.interchange.tables import Cell, Sheet, number_text, read_sheet, without_guard, write_sheet

_WITHOUT_EMAIL = {Dialect.CANVAS_GROUPS, Dialect.CANVAS_GRADEBOOK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """What the files say. ``dialect`` is None where nobody knows the headings: ask, beginning with ``suggestion``.

    A line with a problem has no row. ``warnings`` are about lines that do have one. ``ignored`` are headings that mean
    nothing here.
    """

    dialect: Dialect | None
    rows: tuple[RosterRow, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    header: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    suggestion: Mapping[str, str] = field(default_factory=dict)


def read_roster(
    *files: bytes, mapping: Mapping[str, str] | None = None, teamset: str = "teams", course: str = ""
) -> Roster:
    """Return the people of a file, or of ``users.csv`` and ``enrollments.csv`` of Canvas together.

    `mapping` says what the headings of an unknown file mean: heading to field, nothing to leave it out. `teamset` names
    the set of teams of a group file of Canvas, which does not say. `course` is the ``course_id`` of which enrolments
    count, where there are several. Raises ``Unreadable`` where a file is no table, or files do not belong together,
    and ``ValueError`` where `mapping` names a field that does not exist.
    """
    sheets = [read_sheet(data) for data in files]
    if mapping is not None and len(sheets) == 1:
        return _mapped(sheets[0], mapping)
    found = {dialect_of(sheet.header): sheet for sheet in sheets}
    if set(found) == {Dialect.CANVAS_USERS, Dialect.CANVAS_ENROLLMENTS} and len(sheets) == 2:
        return _users_and_enrollments(found[Dialect.CANVAS_USERS], found[Dialect.CANVAS_ENROLLMENTS], course)
    if len(sheets) != 1:
        message = "Choose one file, or users.csv and enrollments.csv of Canvas together."
        raise Unreadable(message)
    dialect, sheet = next(iter(found.items()))
    match dialect:
        case None:
            return _unknown(sheet)
        case Dialect.CANVAS_GRADEBOOK:
            return _gradebook(sheet)
        case Dialect.CANVAS_ENROLLMENTS:
            message = "These are enrolments without names and e-mail addresses. Choose users.csv of Canvas with them."
            raise Unreadable(message)
    fields = fields_of(dialect, sheet.header, teamset=teamset)
    drafts = _drafts(sheet, fields)
    warnings: list[Problem] = []
    problems: list[Problem] = []
    if dialect is Dialect.OURS:
        problems = _doubled_fields(sheet, fields)
    elif dialect is Dialect.SUBMITTY:
        drafts = [roster_merging.submitty(draft) for draft in drafts]
    elif dialect is Dialect.S3:
        drafts, problems = roster_merging.one_per_person(drafts)
    elif dialect is Dialect.CANVAS_USERS:
        drafts = [roster_merging.canvas_user(draft) for draft in drafts]
        sentence = "There are no enrolments beside these users, so everybody is taken for a student."
        warnings = [Problem(line=0, column="", sentence=sentence)]
    return _roster(dialect, sheet, fields, drafts, problems=problems, warnings=warnings)


def write_roster(rows: Iterable[RosterRow], *, guard: bool = True) -> bytes:
    """Return our ``roster.csv``. With `guard`, nothing in it is a formula to a spreadsheet; reading takes it away."""
    rows = list(rows)
    names = [name for name in FIELDS if name != "name"]
    teamsets = sorted({teamset for row in rows for teamset in row.teams})
    systems = sorted({system for row in rows for system in row.ids})
    lines: list[Sequence[Cell]] = [[*names, *(TEAM + name for name in teamsets), *(ID + name for name in systems)]]
    for row in rows:
        said = [_text(getattr(row, name)) for name in names]
        teams = [row.teams.get(name, "") for name in teamsets]
        lines.append([*said, *teams, *(row.ids.get(name, "") for name in systems)])
    return write_sheet(lines, guard=guard)


def _text(value: str | Decimal | None) -> str:
    return number_text(value) if isinstance(value, Decimal) else value or ""


def _doubled_fields(sheet: Sheet, fields: Mapping[int, str]) -> list[Problem]:
    """Return a problem for each heading that says a field again in other letters: ``Email`` beside ``email``."""
    said = {name: sheet.header[at] for at, name in fields.items()}
    again = [heading for at, heading in enumerate(sheet.header) if at not in fields and plain(heading) in said]
    return [
        Problem(
            line=sheet.header_line, column=heading,
            sentence=f"Line {sheet.header_line} has {quoted(said[plain(heading)])} and {quoted(heading)}. Keep one.",
        )
        for heading in again
        if heading not in said.values()
    ]  # fmt: skip


def _unknown(sheet: Sheet) -> Roster:
    sentence = f"Line {sheet.header_line} has headings that are not known here. Say what each of them means."
    return Roster(
        dialect=None, rows=(), problems=(Problem(line=sheet.header_line, column="", sentence=sentence),),
        header=sheet.header, suggestion=suggested_mapping(sheet.header),
    )  # fmt: skip


def _mapped(sheet: Sheet, mapping: Mapping[str, str]) -> Roster:
    if unknown := sorted(name for name in mapping.values() if name and not is_field(name)):
        message = f"no such field: {', '.join(unknown)}"
        raise ValueError(message)
    problems = []
    for heading in sorted(mapping.keys() - set(sheet.header)):
        sentence = f"The file has no column {quoted(heading)} any more. Say again what its columns mean."
        problems.append(Problem(line=sheet.header_line, column=heading, sentence=sentence))
    meanings = [mapping.get(heading, "") for heading in sheet.header]
    for name in sorted({name for name in meanings if name and meanings.count(name) > 1}):
        sentence = f"Two columns are said to be {name}. Choose one of them."
        problems.append(Problem(line=sheet.header_line, column="", sentence=sentence))
    fields = {at: name for at, name in enumerate(meanings) if name}
    return _roster(Dialect.MAPPED, sheet, fields, _drafts(sheet, fields), problems=problems)


def _gradebook(sheet: Sheet) -> Roster:
    gradebook = gradebook_of(sheet)
    headings = {"id:canvas": "ID", "student_id": "SIS User ID", "login_id": "SIS Login ID", "section": "Section"}
    drafts = [
        Draft(
            line=person.line,
            headings=headings,
            said={
                "last_name": person.last_name, "first_name": person.first_name, "id:canvas": person.canvas_id,
                "student_id": person.sis_id, "login_id": person.login, "section": person.section,
                "email": person.login if "@" in person.login else "",
            },
        )
        for person in gradebook.people
    ]  # fmt: skip
    fields = {at: headings[name] for at, name in enumerate(headings)}
    return _roster(Dialect.CANVAS_GRADEBOOK, sheet, fields, drafts, headings=headings, ignored=())


def _users_and_enrollments(users: Sheet, enrollments: Sheet, course: str) -> Roster:
    fields = fields_of(Dialect.CANVAS_USERS, users.header, teamset="")
    drafts = [roster_merging.canvas_user(draft) for draft in _drafts(users, fields)]
    merged, problems, warnings = roster_merging.enrolled(drafts, enrollments, course)
    return _roster(Dialect.CANVAS_USERS, users, fields, merged, problems=problems, warnings=warnings)


def _drafts(sheet: Sheet, fields: Mapping[int, str]) -> list[Draft]:
    headings = {name: sheet.header[at] for at, name in fields.items()}
    return [
        Draft(
            line=row.line,
            headings=headings,
            said={name: without_guard(row.cells[at].strip()) for at, name in fields.items()},
        )
        for row in sheet.rows
    ]


def _roster(
    dialect: Dialect, sheet: Sheet, fields: Mapping[int, str], drafts: Sequence[Draft], *,
    problems: Iterable[Problem] = (), warnings: Iterable[Problem] = (),
    headings: Mapping[str, str] | None = None, ignored: tuple[str, ...] | None = None,
) -> Roster:  # fmt: skip
    found = [*sheet.problems, *problems]
    rows = []
    for draft in drafts:
        row, wrong = row_of(draft, needs_email=dialect not in _WITHOUT_EMAIL)
        found += wrong
        if row is not None:
            rows.append(row)
    names = headings or {name: sheet.header[at] for at, name in fields.items()}
    found += duplicates(rows, names)
    if ignored is None:
        ignored = tuple(heading for at, heading in enumerate(sheet.header) if heading and at not in fields)
    return Roster(
        dialect=dialect, rows=tuple(rows), problems=tuple(sorted(found)), warnings=tuple(warnings),
        header=sheet.header, ignored=ignored,
    )  # fmt: skip
