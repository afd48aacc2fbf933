"""Counts of taking part from a file: ``email, metric, count, total, excused``."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Offering
from grading.gradebook.imports.classes import Roll, Student
from grading.gradebook.imports.errors import CellsChanged, NothingToApply
from grading.gradebook.imports.notes import asked, notes_of, stops
from grading.gradebook.imports.plans import Choices, CountChange, CountFacts, CountsPlan, Effect, Note
from grading.gradebook.models import ParticipationCount, ParticipationRule
from grading.gradebook.projection import lock
from grading.interchange.numbers import decimal_of
from grading.interchange.problems import listed, quoted
from grading.interchange.roster_dialects import plain
from grading.interchange.tables import Row, Sheet, read_sheet, without_guard

MEANINGS = ("email", "student_id", "login_id", "metric", "count", "total", "excused")
_PEOPLE = {"email", "student_id", "login_id"}
_MOST = Decimal(99_999)
Metric = ParticipationRule.Metric


def plan_counts(offering: Offering, data: bytes, choices: Choices, *, by: User) -> CountsPlan:
    """Return what a file of counts would change. Raises ``Unreadable``."""
    sheet = read_sheet(data)
    own = {heading: plain(without_guard(heading)) for heading in sheet.header}
    meanings = own if choices.columns is None else choices.columns
    places: dict[str, int] = {}
    for at, heading in enumerate(sheet.header):
        if (meaning := meanings.get(heading, "")) in MEANINGS:
            places.setdefault(meaning, at)
    if not places.keys() & _PEOPLE or not places.keys() >= {"metric", "count"}:
        sentence = "There should be email or student_id, metric and count. Say what each heading means."
        suggestion = {heading: word if word in MEANINGS else "" for heading, word in meanings.items()}
        return CountsPlan(problems=(Note(line=0, sentence=sentence),), questions=asked(sheet, suggestion))
    return _Planning(offering, sheet, places, by=by).plan()


class _Planning:
    """One file of counts against one offering."""

    def __init__(self, offering: Offering, sheet: Sheet, places: Mapping[str, int], *, by: User) -> None:
        self.sheet, self.places = sheet, places
        self.roll = Roll(offering, by=by)
        self.problems = list(notes_of(sheet.problems))
        rows = ParticipationCount.objects.filter(enrollment__offering=offering)
        self.now = {(row.enrollment_id, row.metric): facts_of(row) for row in rows}

    def plan(self) -> CountsPlan:
        changes: dict[tuple[int, str], CountChange] = {}
        lines: dict[tuple[int, str], list[int]] = {}
        for row in self.sheet.rows:
            if (change := self._change(row)) is not None:
                key = (change.enrollment, change.metric)
                changes[key] = change
                lines.setdefault(key, []).append(row.line)
        doubled = {key: found for key, found in lines.items() if len(found) > 1}
        for key, found in doubled.items():
            one = changes.pop(key)
            sentence = f"Lines {listed(found)} are of {one.who} and {one.metric}: keep one of them."
            self.problems.append(Note(line=found[1], sentence=sentence))
        ignored = tuple(name for at, name in enumerate(self.sheet.header) if at not in self.places.values())
        is_stopped = bool(doubled) or stops(self.sheet.problems, header_line=self.sheet.header_line)
        return CountsPlan(
            changes=tuple(changes.values()), problems=tuple(self.problems), ignored=ignored, is_stopped=is_stopped
        )

    def _change(self, row: Row) -> CountChange | None:
        student = self._student(row)
        metric = self._cell(row, "metric").casefold()
        if student is None:
            return None
        if metric not in Metric.values:
            self._problem(row, f"has the metric {quoted(metric)}. Write one of {', '.join(Metric.values)}.")
            return None
        before = self.now.get((student.enrollment.pk, metric))
        count, total = self._number(row, "count"), self._number(row, "total")
        excused = self._number(row, "excused")
        numbers = {"count": count, "total": total, "excused": excused}
        if any(self._cell(row, name) and number is None for name, number in numbers.items()):
            self._problem(row, "has a count that is no number from 0 to 99,999 with at most four decimals.")
            return None
        if count is None:
            return None  # a blank says nothing
        after = CountFacts(
            count=count,
            total=total if total is not None else before.total if before else None,
            excused=excused if excused is not None else before.excused if before else Decimal(0),
        )
        return CountChange(
            line=row.line, enrollment=student.enrollment.pk, who=student.user.name, metric=metric, before=before,
            after=after,
        )  # fmt: skip

    def _student(self, row: Row) -> Student | None:
        said = {name: self._cell(row, name) for name in _PEOPLE}
        found = self.roll.found(email=said["email"], student_id=said["student_id"], login_id=said["login_id"])
        if len(found) == 1:
            return found[0]
        who = quoted(next((value for value in said.values() if value), ""))
        rest = "is of two people by its ids. Correct it." if found else f"is of {who}, who is no student of yours here."
        self._problem(row, rest)
        return None

    def _cell(self, row: Row, name: str) -> str:
        at = self.places.get(name)
        return "" if at is None else without_guard(row.cells[at].strip())

    def _number(self, row: Row, name: str) -> Decimal | None:
        number = decimal_of(self._cell(row, name))
        fits = number is not None and 0 <= number <= _MOST and number == round(number, 4)
        return number.normalize() + 0 if number is not None and fits else None

    def _problem(self, row: Row, rest: str) -> None:
        self.problems.append(Note(line=row.line, sentence=f"Line {row.line} {rest}"))


def facts_of(row: ParticipationCount) -> CountFacts:
    """Return what a row says."""
    total = None if row.total is None else row.total.normalize() + 0
    return CountFacts(count=row.count.normalize() + 0, total=total, excused=row.excused.normalize() + 0)


def apply_counts(offering: Offering, plan: CountsPlan, *, by: User) -> None:
    """Write the counts of a plan, all or none. Raises ``CellsChanged``. Call it in a transaction."""
    changes = [change for change in plan.changes if change.effect is not Effect.SAME]
    if not changes:
        raise NothingToApply
    rows = _locked(offering, changes)
    changed = tuple(
        f"line {change.line}, {change.who}, {change.metric}"
        for change in changes
        if _facts(rows.get((change.enrollment, change.metric))) != change.before
    )
    if changed:
        raise CellsChanged(changed)
    _write([(change, change.after) for change in changes], rows, by=by)


def undo_counts(offering: Offering, plan: CountsPlan, *, by: User) -> tuple[str, ...]:
    """Put back every count that still is what the plan made it; returns the others, as sentences."""
    changes = [change for change in plan.changes if change.effect is not Effect.SAME]
    rows = _locked(offering, changes)
    left, back, gone = [], [], []
    for change in changes:
        row = rows.get((change.enrollment, change.metric))
        if _facts(row) != change.after:
            left.append(f"{change.who}, {change.metric}: changed since, and stays as it is.")
        elif change.before is None and row is not None:
            gone.append(row.pk)
        elif change.before is not None:
            back.append((change, change.before))
    ParticipationCount.objects.filter(pk__in=gone).delete()
    _write(back, rows, by=by)
    return tuple(left)


_Rows = dict[tuple[int, str], ParticipationCount]


def _write(pairs: Sequence[tuple[CountChange, CountFacts]], rows: _Rows, *, by: User) -> None:
    new: list[ParticipationCount] = []
    old: list[ParticipationCount] = []
    for change, facts in pairs:
        row = rows.get((change.enrollment, change.metric))
        if row is None:
            row = ParticipationCount(enrollment_id=change.enrollment, metric=change.metric)
            new.append(row)
        else:
            old.append(row)
        row.count, row.total, row.excused = facts.count, facts.total, facts.excused
        row.updated_by, row.updated_at = by, database_now()
    ParticipationCount.objects.bulk_create(new)
    ParticipationCount.objects.bulk_update(
        old, ["count", "total", "excused", "updated_by", "updated_at"], batch_size=200
    )


def _locked(offering: Offering, changes: Sequence[CountChange]) -> _Rows:
    lock(sorted({change.enrollment for change in changes}))
    rows = ParticipationCount.objects.filter(
        enrollment__offering=offering, enrollment__in={change.enrollment for change in changes}
    )
    return {(row.enrollment_id, row.metric): row for row in rows}


def _facts(row: ParticipationCount | None) -> CountFacts | None:
    return None if row is None else facts_of(row)
