"""Our own files of grades: long, with a line per grade, or wide, with a column per assessment.

Files of others are read with a mapping from headings to meanings; ``suggestion`` is what to begin with.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from grading.interchange.names import canonical_id
from grading.interchange.numbers import BLANK, Score, score_of, score_text, why_no_score
from grading.interchange.problems import Problem, listed, quoted
from grading.interchange.roster_dialects import plain, suggested_mapping
from grading.interchange.tables import Cell, Row, Sheet, read_sheet, without_guard, write_sheet

ASSESSMENT = "assessment:"
PEOPLE = ("email", "student_id", "login_id")
MEANINGS = (*PEOPLE, "name", "assessment", "points", "comment")
_LONG = {"assessment", "points"}
_GUESSES = {
    "assessment": {"assessment", "assignment", "item", "task", "assessment_key"},
    "points": {"points", "score", "grade", "mark", "marks", "result", "total_score"},
    "comment": {"comment", "comments", "feedback", "remark", "note"},
}
_LONGEST_COMMENT = 10_000


class Shape(StrEnum):
    """How grades stand in a file."""

    LONG = "long"
    WIDE = "wide"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeLine:
    """A grade of somebody for an assessment. At least one of the three ids of a person is known.

    A blank score says that the file gives none, and never that one should be removed. ``name`` is for people to read.
    """

    line: int = 0
    email: str = ""
    student_id: str = ""
    login_id: str = ""
    name: str = ""
    assessment: str
    score: Score
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grades:
    """What a file says. ``shape`` is None where its headings are not known: ask, beginning with ``suggestion``.

    A line, or in a wide file a cell, with a problem has no ``GradeLine``. ``ignored`` are headings that mean nothing.
    """

    shape: Shape | None
    lines: tuple[GradeLine, ...]
    problems: tuple[Problem, ...]
    header: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    suggestion: Mapping[str, str] = field(default_factory=dict)


def read_grades(
    data: bytes, *, assessments: Collection[str] | None = None, mapping: Mapping[str, str] | None = None
) -> Grades:
    """Return the grades of a file. Raises ``Unreadable`` where it is no table.

    `assessments` are the keys that exist; without them every heading that means nothing else is taken for a key.
    `mapping` says what headings mean: one of ``MEANINGS``, ``assessment:KEY``, or nothing to leave a column out; a
    meaning that does not exist raises ``ValueError``.
    """
    sheet = read_sheet(data)
    if mapping is None:
        meanings = {at: _own_meaning(heading, assessments) for at, heading in enumerate(sheet.header)}
    else:
        _check_meanings(mapping)
        meanings = {at: mapping.get(heading, "") for at, heading in enumerate(sheet.header)}
    meanings = {at: meaning for at, meaning in meanings.items() if meaning}
    shape = _shape(set(meanings.values()))
    if shape is None:
        return _unknown(sheet, assessments)
    problems = [*sheet.problems, *_doubled(sheet, meanings), *_unknown_columns(sheet, meanings, assessments)]
    lines = []
    for row in sheet.rows:
        for grade in _of_row(row, sheet.header, meanings, problems):
            if assessments is None or grade.assessment in assessments:
                lines.append(grade)
            elif shape is Shape.LONG:
                problems.append(_no_assessment(grade, assessments))
    problems += _twice(lines)
    ignored = tuple(heading for at, heading in enumerate(sheet.header) if heading and at not in meanings)
    return Grades(
        shape=shape, lines=tuple(lines), problems=tuple(sorted(problems)), header=sheet.header, ignored=ignored
    )


def suggested_meanings(header: Sequence[str], assessments: Collection[str] | None = None) -> dict[str, str]:
    """Return for each heading what it probably means, and nothing where it means nothing; each meaning once."""
    own = {heading: _own_meaning(heading, assessments or ()) for heading in header if heading}
    people = suggested_mapping(header)
    taken = set(own.values())
    meanings: dict[str, str] = {}
    for heading, meaning in own.items():
        words = [meant for meant, words in _GUESSES.items() if plain(heading) in words]
        guess = next(iter(words), people[heading])
        if not meaning and guess in MEANINGS and guess not in taken:
            meaning = guess
            taken.add(guess)
        meanings[heading] = meaning
    return meanings


def write_long(grades: Iterable[GradeLine], *, guard: bool = True) -> bytes:
    """Return a file with a line per grade. With `guard`, nothing in it is a formula; reading takes that away."""
    rows: list[Sequence[Cell]] = [("email", "student_id", "name", "assessment", "points", "comment")]
    for grade in grades:
        score = score_text(grade.score)
        rows.append((grade.email, grade.student_id, grade.name, grade.assessment, score, grade.comment))
    return write_sheet(rows, guard=guard)


def write_wide(grades: Iterable[GradeLine], *, assessments: Sequence[str], guard: bool = True) -> bytes:
    """Return a file with a line per person, in the order of their first grade, and a column for each assessment."""
    people: dict[tuple[str, str, str], dict[str, Score]] = {}
    for grade in grades:
        people.setdefault((grade.email, grade.student_id, grade.name), {})[grade.assessment] = grade.score
    headings = [ASSESSMENT + key if plain(key) in MEANINGS else key for key in assessments]
    rows: list[Sequence[Cell]] = [("email", "student_id", "name", *headings)]
    for person, scores in people.items():
        rows.append((*person, *(score_text(scores.get(key, BLANK)) for key in assessments)))
    return write_sheet(rows, guard=guard)


def _own_meaning(heading: str, assessments: Collection[str] | None) -> str:
    """Return what one of our own headings means. Keys of assessments are what is left over where none are known."""
    text = without_guard(heading)
    if text.startswith(ASSESSMENT):
        return text
    if (meaning := plain(text)) in MEANINGS:
        return meaning
    if assessments is None:
        return ASSESSMENT + text if text else ""
    return ASSESSMENT + text if text in assessments else ""


def _check_meanings(mapping: Mapping[str, str]) -> None:
    for meaning in mapping.values():
        if meaning and meaning not in MEANINGS and meaning.removeprefix(ASSESSMENT) in {meaning, ""}:
            message = f"no such meaning: {meaning}"
            raise ValueError(message)


def _shape(meanings: set[str]) -> Shape | None:
    if not meanings & set(PEOPLE):
        return None
    if meanings >= _LONG:
        return Shape.LONG
    return Shape.WIDE if any(meaning.startswith(ASSESSMENT) for meaning in meanings) else None


def _unknown(sheet: Sheet, assessments: Collection[str] | None) -> Grades:
    sentence = (
        f"Line {sheet.header_line} has headings that are not known here. There should be email or student_id, and "
        "either assessment and points, or a column for each assessment. Say what each heading means."
    )
    return Grades(
        shape=None, lines=(), problems=(Problem(line=sheet.header_line, column="", sentence=sentence),),
        header=sheet.header, suggestion=suggested_meanings(sheet.header, assessments),
    )  # fmt: skip


def _doubled(sheet: Sheet, meanings: Mapping[int, str]) -> Iterator[Problem]:
    places: dict[str, list[str]] = {}
    for at, meaning in meanings.items():
        places.setdefault(meaning, []).append(sheet.header[at])
    for meaning, headings in places.items():
        if len(set(headings)) > 1:
            sentence = f"The columns {' and '.join(map(quoted, headings))} both mean {meaning}. Choose one of them."
            yield Problem(line=sheet.header_line, column=headings[1], sentence=sentence)


def _unknown_columns(
    sheet: Sheet, meanings: Mapping[int, str], assessments: Collection[str] | None
) -> Iterator[Problem]:
    for at, meaning in meanings.items():
        key = meaning.removeprefix(ASSESSMENT)
        if assessments is not None and key != meaning and key not in assessments:
            sentence = f"The column {quoted(sheet.header[at])} is for {quoted(key)}, which does not exist here."
            yield Problem(line=sheet.header_line, column=sheet.header[at], sentence=sentence + _those(assessments))


def _of_row(
    row: Row, header: Sequence[str], meanings: Mapping[int, str], problems: list[Problem]
) -> Iterator[GradeLine]:
    places: dict[str, int] = {}
    for at, meaning in meanings.items():
        places.setdefault(meaning, at)
    said = {meaning: without_guard(row.cells[at].strip()) for meaning, at in places.items()}
    headings = {meaning: header[at] for meaning, at in places.items()}
    person = {name: said.get(name, "") for name in (*PEOPLE, "name")}
    person["email"] = person["email"].lower()
    if not any(person[name] for name in PEOPLE):
        sentence = f"Line {row.line} does not say whose it is. Add an e-mail address or a student id."
        problems.append(Problem(line=row.line, column="", sentence=sentence))
        return
    comment = said.get("comment", "")
    if len(comment) > _LONGEST_COMMENT:
        sentence = f"Line {row.line} has a comment of more than {_LONGEST_COMMENT:,} characters. Shorten it."
        problems.append(Problem(line=row.line, column=headings["comment"], sentence=sentence))
        return
    cells = [("points", said.get("assessment", ""))] if said.keys() >= _LONG else [
        (meaning, meaning.removeprefix(ASSESSMENT)) for meaning in said if meaning.startswith(ASSESSMENT)
    ]  # fmt: skip
    for meaning, key in cells:
        score = score_of(said[meaning])
        sentence = "" if key else f"Line {row.line} does not say which assessment it is for. Add its key."
        if score is None:
            sentence = f"Line {row.line}, column {quoted(headings[meaning])}, {why_no_score(said[meaning])}"
        if score is None or sentence:
            problems.append(Problem(line=row.line, column=headings[meaning], sentence=sentence))
            continue
        yield GradeLine(line=row.line, **person, assessment=key, score=score, comment=comment)


def _no_assessment(grade: GradeLine, assessments: Collection[str]) -> Problem:
    sentence = f"Line {grade.line} is for {quoted(grade.assessment)}, which does not exist here."
    return Problem(line=grade.line, column="assessment", sentence=sentence + _those(assessments))


def _those(assessments: Collection[str]) -> str:
    return f" There are: {', '.join(sorted(assessments)[:10]) or 'none yet'}."


def _twice(grades: Iterable[GradeLine]) -> Iterator[Problem]:
    lines: dict[tuple[str, str, str], list[int]] = {}
    for grade in grades:
        for name in PEOPLE:
            if value := canonical_id(getattr(grade, name)):
                lines.setdefault((name, value, grade.assessment), []).append(grade.line)
    told = set()
    for (_, value, key), found in lines.items():
        if len(found) > 1 and (tuple(found), key) not in told:
            told.add((tuple(found), key))
            sentence = f"Lines {listed(found)} are of {quoted(value)} for {quoted(key)}: keep one of them."
            yield Problem(line=found[1], column="", sentence=sentence)
