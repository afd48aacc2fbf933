"""What is wrong with a file, and what has to be asked about it, as a plan holds them."""

from collections.abc import Iterable, Mapping

from grading.gradebook.imports.plans import Note, Question
from grading.interchange.problems import Problem
from grading.interchange.tables import Sheet

_SAMPLES, _SAMPLE_CHARACTERS = 3, 40


def notes_of(problems: Iterable[Problem]) -> tuple[Note, ...]:
    """Return problems as notes."""
    return tuple(Note(line=problem.line, sentence=problem.sentence) for problem in problems)


def stops(problems: Iterable[Problem | Note], *, header_line: int) -> bool:
    """Return whether a problem is of the headings, or of several lines: then nobody knows what is meant where."""
    return any(problem.line <= header_line or problem.sentence.startswith("Lines ") for problem in problems)


def asked(sheet: Sheet, suggestion: Mapping[str, str]) -> tuple[Question, ...]:
    """Return a question for each column, with what stands in its first lines."""
    questions = []
    for at, heading in enumerate(sheet.header):
        if not heading:
            continue
        cells = (row.cells[at].strip()[:_SAMPLE_CHARACTERS] for row in sheet.rows[: 2 * _SAMPLES])
        samples = tuple(cell for cell in cells if cell)[:_SAMPLES]
        questions.append(Question(heading=heading, suggestion=suggestion.get(heading, ""), samples=samples))
    return tuple(questions)
