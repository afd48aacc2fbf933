"""From a file of grades to a plan: our own files, exports of Canvas, and scores of Gradescope."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from coursehub.accounts.models import User
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.engine.points import PLACE, scaled
from grading.gradebook.imports.classes import Cells, Mark, Roll, Student, assessments_of, said_by
from grading.gradebook.imports.notes import asked, notes_of, stops
from grading.gradebook.imports.plans import CellChange, Choices, GradesPlan, Note, Question
from grading.gradebook.models import GradeCell, LineItemLink
from grading.interchange.canvas import gradebook_of, is_gradebook
from grading.interchange.grades import GradeLine, read_grades
from grading.interchange.gradescope_scores import is_scores, read_scores
from grading.interchange.numbers import BLANK, Score, ScoreKind, is_same_to_canvas, points_score, score_text
from grading.interchange.problems import Problem, listed, quoted
from grading.interchange.tables import Sheet, number_text, read_sheet

_TOO_MANY = Decimal(10) ** 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A grade of the file, and whose it is said to be. ``max_points`` is None where it is on our scale."""

    line: GradeLine
    sid: str = ""
    canvas_id: str = ""
    max_points: Decimal | None = None
    two_places: bool = False


def plan_grades(offering: Offering, data: bytes, choices: Choices, *, by: User) -> GradesPlan:
    """Return what a file of grades would change. Raises ``Unreadable``. The number of queries is fixed."""
    sheet = read_sheet(data)
    if choices.columns is None and is_gradebook(sheet.header):
        return _of_canvas(offering, sheet, choices, by=by)
    if choices.columns is None and is_scores(sheet.header):
        return _of_gradescope(offering, data, choices, by=by)
    keys = {one.slug for one in assessments_of(offering)}
    found = read_grades(data, assessments=keys, mapping=choices.columns)
    if found.shape is None:
        suggestion = choices.columns if choices.columns is not None else found.suggestion
        return GradesPlan(problems=notes_of(found.problems), questions=asked(sheet, suggestion))
    planning = _Planning(offering, by=by, problems=found.problems, header_line=sheet.header_line)
    again = () if choices.columns is None else asked(sheet, choices.columns)
    return planning.plan((_Given(line=line) for line in found.lines), ignored=found.ignored, questions=again)


def _of_canvas(offering: Offering, sheet: Sheet, choices: Choices, *, by: User) -> GradesPlan:
    found = gradebook_of(sheet)
    planning = _Planning(offering, by=by, problems=found.problems, header_line=sheet.header_line)
    links = {row.value: row.assessment_id for row in LineItemLink.objects.filter(assessment__offering=offering)}
    by_pk = {one.pk: one.slug for one in planning.assessments.values()}
    by_title = {one.title: one.slug for one in planning.assessments.values()}
    keys, titles = {}, []
    for column in found.columns:
        if column.is_read_only:
            continue
        titles.append(column.heading)
        link = links.get(column.canvas_id) if column.canvas_id else None
        keys[column.heading] = choices.assessments.get(
            column.heading, by_pk[link] if link else by_title.get(column.title, "")
        )
    maxima = {column.heading: column.points_possible for column in found.columns}
    given = (
        _Given(
            line=GradeLine(
                line=person.line, student_id=person.sis_id, login_id=person.login, name=person.sortable_name,
                email=person.login if "@" in person.login else "", assessment=keys[heading], score=score,
            ),
            canvas_id=person.canvas_id, max_points=maxima[heading], two_places=True,
        )
        for person in found.people
        for heading, score in person.scores.items()
        if keys.get(heading)
    )  # fmt: skip
    return planning.plan(given, titles=tuple(titles), choices=choices, keys=keys, ignored=found.others)


def _of_gradescope(offering: Offering, data: bytes, choices: Choices, *, by: User) -> GradesPlan:
    found = read_scores(data, title="Total Score", zone=offering.zone)
    planning = _Planning(offering, by=by, problems=found.problems, header_line=read_sheet(data).header_line)
    by_title = {one.title.casefold(): one.slug for one in planning.assessments.values()}
    keys = {title: choices.assessments.get(title, by_title.get(title.casefold(), "")) for title in found.titles}
    given = (
        _Given(
            line=GradeLine(
                line=person.line, email=person.email, name=f"{person.first_name} {person.last_name}".strip(),
                assessment=keys[result.title], score=BLANK if result.points is None else points_score(result.points),
            ),
            sid=person.sid, max_points=result.max_points,
        )
        for person in found.people
        for result in person.results
        if keys[result.title]
    )  # fmt: skip
    return planning.plan(given, titles=found.titles, choices=choices, keys=keys)


class _Planning:
    """One file of grades against one offering."""

    def __init__(self, offering: Offering, *, by: User, problems: Iterable[Problem], header_line: int) -> None:
        problems = tuple(problems)
        self.assessments = {one.slug: one for one in assessments_of(offering)}
        self.roll = Roll(offering, by=by)
        self.cells = Cells(offering, self.roll.students)
        self.problems: list[Note] = list(notes_of(problems))
        self.is_stopped = stops(problems, header_line=header_line)
        self.scales: dict[str, str] = {}

    def plan(
        self, given: Iterable[_Given], *, titles: tuple[str, ...] = (), choices: Choices | None = None,
        keys: dict[str, str] | None = None, ignored: tuple[str, ...] = (), questions: tuple[Question, ...] = (),
    ) -> GradesPlan:  # fmt: skip
        """Return the plan of what the file gives."""
        choices = choices or Choices(files=())
        changes: dict[tuple[int, str], CellChange] = {}
        lines: dict[tuple[int, str], list[int]] = {}
        strangers: set[int] = set()
        self._doubled_keys(keys or {})
        for one in given:
            if not one.line.score.is_given:
                continue
            student = self._student(one, strangers)
            if student is None:
                continue
            key = (student.enrollment.pk, one.line.assessment)
            lines.setdefault(key, []).append(one.line.line)
            change = self._change(one, student, self.assessments[one.line.assessment], scale=choices.scale)
            if change is not None:
                changes[key] = change
        for key, found in lines.items():
            if len(found) > 1:
                self._twice(found, changes.pop(key, None))
        suggested = tuple(Question(heading=title, suggestion=(keys or {}).get(title, "")) for title in titles)
        return GradesPlan(
            changes=tuple(changes.values()), titles=titles, scales=tuple(self.scales.values()), ignored=ignored,
            problems=tuple(sorted(self.problems, key=lambda note: note.line)), is_stopped=self.is_stopped,
            questions=questions or suggested,
        )  # fmt: skip

    def _student(self, one: _Given, strangers: set[int]) -> Student | None:
        line = one.line
        found = self.roll.found(
            email=line.email, student_id=line.student_id, login_id=line.login_id, sid=one.sid, canvas_id=one.canvas_id
        )
        if len(found) == 1:
            return found[0]
        if line.line not in strangers:
            strangers.add(line.line)
            who = quoted(line.email or line.student_id or line.login_id or one.sid or line.name)
            sentence = (
                f"Line {line.line} is of {found[0].user.name} by one id and of {found[1].user.name} by another. "
                "Correct the line."
                if found
                else f"Line {line.line} is of {who}, who is no student here whose grades you may change."
            )
            self.problems.append(Note(line=line.line, sentence=sentence))
        return None

    def _change(self, one: _Given, student: Student, assessment: Assessment, *, scale: bool) -> CellChange | None:
        line, cell = one.line, self.cells.of(student.enrollment.pk, assessment.pk)
        points = self._points(one, assessment, scale=scale)
        if points is None and line.score.kind is not ScoreKind.EXCUSED:
            return None
        score = line.score if points is None else points_score(points)
        comment = "" if cell is not None and line.comment == cell.comment else line.comment
        return CellChange(
            line=line.line, enrollment=student.enrollment.pk, assessment=assessment.pk, who=student.user.name,
            what=assessment.title, version=cell.version if cell else 0, before=said_by(cell),
            after=score_text(score), points=points, max_points=assessment.max_points, comment=comment,
            mark=cell.mark if cell else Mark.NONE, is_same=_is_same(cell, score, one),
        )  # fmt: skip

    def _points(self, one: _Given, assessment: Assessment, *, scale: bool) -> Decimal | None:
        score, maximum = one.line.score, one.max_points
        if score.kind is ScoreKind.EXCUSED or score.number is None:
            return None
        points = score.points(of=assessment.max_points)
        if score.kind is ScoreKind.POINTS and maximum is not None and maximum != assessment.max_points:
            theirs, ours = number_text(maximum), number_text(assessment.max_points)
            where = f"{assessment.title}: {theirs} points in the file, {ours} here"
            self.scales.setdefault(f"{assessment.slug} {maximum}", where)
            if scale and maximum > 0:
                points = scaled(score.number, of=maximum, to=assessment.max_points)
        if points is None:
            return None
        if points < 0 or points >= _TOO_MANY:
            sentence = (
                f"Line {one.line.line} has {score_text(score)} points for {quoted(assessment.title)}. Correct it."
            )
            self.problems.append(Note(line=one.line.line, sentence=sentence))
            return None
        return points.quantize(PLACE, rounding=ROUND_HALF_UP)

    def _twice(self, lines: Sequence[int], change: CellChange | None) -> None:
        self.is_stopped = True
        of = f" are of {change.who} for {quoted(change.what)}" if change else " are of one person"
        sentence = f"Lines {listed(lines)}{of}: keep one of them."
        if all(note.sentence.split(" are ")[0] != sentence.split(" are ")[0] for note in self.problems):
            self.problems.append(Note(line=lines[1], sentence=sentence))

    def _doubled_keys(self, keys: dict[str, str]) -> None:
        for key in sorted({key for key in keys.values() if key and list(keys.values()).count(key) > 1}):
            titles = " and ".join(quoted(title) for title, value in keys.items() if value == key)
            self.is_stopped = True
            self.problems.append(Note(line=1, sentence=f"{titles} are both said to be {quoted(key)}. Choose one."))


def _is_same(cell: GradeCell | None, score: Score, one: _Given) -> bool:
    """Whether a file says what stands already: what counts, or what the work earned before penalty and curve."""
    if cell is None:
        return False
    if cell.mark == Mark.EXCUSED or score.kind is ScoreKind.EXCUSED:
        return cell.mark == Mark.EXCUSED and score.kind is ScoreKind.EXCUSED
    stands = [cell.points] if cell.mark else [cell.points, cell.raw_points]
    known = [points_score(points) for points in stands if points is not None]
    if one.two_places:
        return any(is_same_to_canvas(score, other) for other in known)
    return any(score.number == other.number for other in known)
