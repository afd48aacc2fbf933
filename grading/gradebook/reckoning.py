"""The rows of one offering as the engine wants them: for a whole class, and for one person with every step.

Theory of operation
-------------------
A class is read from the cells, which hold points after penalty, curve and override; where a cell holds none, the state
follows from what was handed in and from the dates of each person. That takes a fixed number of queries, whatever the
size of the class. A person is computed from the events, so that each item carries the steps that led to its points;
both give the same points, because an item's points are held to the four places of a cell.

Rows tell of each item whether it is released to its student. Staff take them as they are; for the student's own eyes
ask ``for_student`` or ``person_of(..., as_student=True)``: what is not released is then pending.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.engine.class_totals import totals_of_class
from grading.engine.items import ItemState, ItemValue
from grading.engine.nodes import Mode
from grading.engine.problems import problems
from grading.engine.rows import Adjustment, StudentRow
from grading.engine.scheme import Key, Node, Scheme
from grading.engine.totals import Totals, totals_of
from grading.engine.trace import Trace, traced
from grading.gradebook.evidence import Evidence
from grading.gradebook.item_facts import is_without_files
from grading.gradebook.items import ClassFacts
from grading.gradebook.models import GradeCell
from grading.gradebook.schemes import SchemeRows, scheme_of
from grading.gradebook.stored_cells import StoredCell

__all__ = ["WITH_GRADE", "ClassReckoning", "PersonReckoning", "class_of", "person_of", "scheme_of"]

Mark = GradeCell.Mark
_EXCUSED, _MISSING = Mark.EXCUSED.value, Mark.MISSING.value
_NOTHING = Fraction(0)
WITH_GRADE = frozenset({ItemState.EXCUSED, ItemState.OVERRIDDEN, ItemState.ZEROED, ItemState.SCORED})
_PLAIN = {
    state: ItemValue.without_score(state)
    for state in (ItemState.NOT_ASSIGNED, ItemState.SUBMITTED_UNGRADED, ItemState.NOT_DUE, ItemState.MISSING)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassReckoning:
    """A class as the engine wants it. The student of a row is the primary key of the enrollment."""

    offering: Offering
    scheme: Scheme | None
    """None: nobody has written one."""
    assessments: tuple[Assessment, ...]
    """All of the offering, those that do not count too, in order."""
    enrollments: tuple[Enrollment, ...]
    """With their ``user``, in the order of the rows."""
    rows: tuple[StudentRow, ...]
    evidence: Evidence
    """The rows behind it: cells with their versions, dates, counts."""
    bonuses: Mapping[Key, tuple[Adjustment, ...]]
    at: datetime

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why there are no totals, each as a sentence; empty where there are."""
        return obstacles_of(self.scheme)

    def for_student(self) -> "ClassReckoning":
        """Return the same as its students may know it, everybody's unreleased items pending."""
        return replace(self, rows=tuple(as_student_sees(row) for row in self.rows))

    def totals(self) -> dict[int, Totals]:
        """Return the totals by the primary key of the enrollment; empty where there are ``obstacles``."""
        if self.scheme is None or self.obstacles:
            return {}
        rows = [replace(row, adjustments=(*row.adjustments, *self.bonuses.get(row.student, ()))) for row in self.rows]
        found = totals_of_class(_without_bonuses(self.scheme), rows)
        return {row.pk: totals for row, totals in zip(self.enrollments, found, strict=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReckoning:
    """One person as the engine wants them, each item with the steps that led to it."""

    enrollment: Enrollment
    scheme: Scheme | None
    assessments: tuple[Assessment, ...]
    row: StudentRow
    bonuses: tuple[Adjustment, ...]
    at: datetime

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why there is no total, each as a sentence; empty where there is one."""
        return obstacles_of(self.scheme)

    def totals(self) -> Totals | None:
        """Return the person's totals, or None where there are ``obstacles``."""
        if self.scheme is None or self.obstacles:
            return None
        return totals_of(self.scheme, self.row, bonuses=self.bonuses)

    def trace(self, mode: Mode = Mode.CURRENT) -> Trace | None:
        """Return why the total is what it is, or None where there are ``obstacles``."""
        if self.scheme is None or self.obstacles:
            return None
        return traced(self.scheme, self.row, mode=mode, bonuses=self.bonuses)


def class_of(
    offering: Offering,
    *,
    enrollments: Collection[Enrollment] | None = None,
    at: datetime | None = None,
    for_staff: bool = False,
    rows: SchemeRows | None = None,
) -> ClassReckoning:
    """Return the rows of everybody who learns in the offering, or of these, which come with their ``user``.

    Nine queries at most. Bonuses compare the whole class even where only some of it is asked for. With `for_staff`
    everything counts as released, and nobody looks whether it is; `rows` are those of the scheme, fetched before.
    """
    at = at or database_now()
    evidence = Evidence(offering, enrollments, at=at, for_staff=for_staff, rows=rows)
    return ClassReckoning(
        offering=offering, scheme=evidence.scheme, assessments=evidence.assessments, enrollments=evidence.enrollments,
        rows=_rows(evidence), evidence=evidence, bonuses=evidence.bonuses, at=at,
    )  # fmt: skip


def person_of(enrollment: Enrollment, *, as_student: bool = False, at: datetime | None = None) -> PersonReckoning:
    """Return one person's row, its items with steps; with `as_student` what is not released is pending.

    The number of queries does not depend on the class, nor on how much the person has handed in.
    """
    at = at or database_now()
    offering = enrollment.offering
    evidence = Evidence(offering, [enrollment], at=at)
    facts = ClassFacts.behind(offering, evidence.assessments, [enrollment])
    values = facts.values_of(enrollment, at=at)
    items: dict[Key, ItemValue] = {}
    for one in evidence.assessments:
        value = values[one.pk]
        if value.state is ItemState.NOT_DUE and _has_been(one, at=at):
            value = ItemValue.without_score(ItemState.SUBMITTED_UNGRADED)
        if value.state in WITH_GRADE:
            is_held_back = facts.of(one, enrollment).standing.is_held_back
            value = replace(value, is_released=not is_held_back and evidence.is_released(one, enrollment))
        items[one.pk] = value
    row = _row(evidence, enrollment, items)
    return PersonReckoning(
        enrollment=enrollment, scheme=evidence.scheme, assessments=evidence.assessments,
        row=as_student_sees(row) if as_student else row, bonuses=evidence.bonuses.get(enrollment.pk, ()), at=at,
    )  # fmt: skip


def as_student_sees(row: StudentRow) -> StudentRow:
    """Return a row with what is not released as pending; a score that an excuse covers is not told either."""
    return replace(
        row,
        items={
            key: _PLAIN_EXCUSE
            if value.state is ItemState.EXCUSED and not value.is_released
            else value.as_its_student_sees_it()
            for key, value in row.items.items()
        },
    )


def obstacles_of(scheme: Scheme | None) -> tuple[str, ...]:
    """Return why there can be no totals, each as a sentence for staff."""
    if scheme is None:
        return ("Nobody has said yet how this course is graded.",)
    return tuple(problem.sentence for problem in problems(scheme) if problem.stops_totals or not scheme.nodes)


def _rows(evidence: Evidence) -> tuple[StudentRow, ...]:
    columns = [_Column.of(evidence, one) for one in evidence.assessments]
    rows = []
    for enrollment in evidence.enrollments:
        pk = enrollment.pk
        rows.append(_row(evidence, enrollment, {column.key: column.value(enrollment, pk) for column in columns}))
    return tuple(rows)


def _row(evidence: Evidence, enrollment: Enrollment, items: Mapping[Key, ItemValue]) -> StudentRow:
    return StudentRow(
        student=enrollment.pk, items=items, counts=evidence.counts.get(enrollment.pk, {}),
        adjustments=evidence.adjustments.get(enrollment.pk, ()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """One assessment, ready to tell the value of each person quickly."""

    key: int
    assessment: Assessment
    evidence: Evidence
    is_without_files: bool
    has_been: bool
    cells: Mapping[int, StoredCell]
    """By the person."""
    values: dict[tuple[int, bool], ItemValue] = field(default_factory=dict)

    @classmethod
    def of(cls, evidence: Evidence, assessment: Assessment) -> "_Column":
        return cls(
            key=assessment.pk, assessment=assessment, evidence=evidence,
            is_without_files=is_without_files(assessment), has_been=_has_been(assessment, at=evidence.at),
            cells=evidence.cells.get(assessment.pk, {}),
        )  # fmt: skip

    def value(self, enrollment: Enrollment, pk: int) -> ItemValue:
        """Return what the person's cell says, and where it says nothing, what the dates do; `pk` is theirs."""
        cell = self.cells.get(pk)
        if cell is None or (cell.points is None and cell.mark != _EXCUSED):
            return self._without_grade(enrollment, (self.key, pk), is_touched=cell is not None)
        if cell.mark == _MISSING and cell.raw_points is None:
            return _PLAIN[ItemState.MISSING]
        is_released = not cell.is_held_back and (
            self.evidence.for_staff or self.evidence.is_released_by_key(self.assessment, (self.key, pk))
        )
        # Equal cells are one object, which the evidence keeps; so equal grades are one object too.
        known = (id(cell), is_released)
        if (found := self.values.get(known)) is None:
            found = self.values[known] = _graded(cell, is_released=is_released)
        return found

    def _without_grade(self, enrollment: Enrollment, key: tuple[int, int], *, is_touched: bool) -> ItemValue:
        if key in self.evidence.ungraded:
            return _PLAIN[ItemState.SUBMITTED_UNGRADED]
        dates = self.evidence.dates[key]
        last = dates.closes_at or dates.due_at
        if last is None:
            return _PLAIN[ItemState.NOT_DUE]
        if self.is_without_files:
            return _PLAIN[ItemState.SUBMITTED_UNGRADED if self.has_been else ItemState.NOT_DUE]
        if enrollment.joined_at > last and not is_touched:
            return _PLAIN[ItemState.NOT_ASSIGNED]
        return _PLAIN[ItemState.NOT_DUE if self.evidence.at <= last else ItemState.MISSING]


def _graded(cell: StoredCell, *, is_released: bool) -> ItemValue:
    return ItemValue(
        state=_STATES[cell.mark],
        points=None if cell.points is None else Fraction(cell.points),
        raw=None if cell.raw_points is None else Fraction(cell.raw_points),
        days_late=cell.late_units,
        slip_days=cell.slip_days,
        penalty=Fraction(cell.penalty_points),
        is_released=is_released,
    )


_PLAIN_EXCUSE = ItemValue.without_score(ItemState.EXCUSED)
_STATES: Mapping[str, ItemState] = {
    Mark.NONE: ItemState.SCORED,
    Mark.MISSING: ItemState.SCORED,
    Mark.EXCUSED: ItemState.EXCUSED,
    Mark.OVERRIDE: ItemState.OVERRIDDEN,
    Mark.ZEROED: ItemState.ZEROED,
}


def _has_been(assessment: Assessment, *, at: datetime) -> bool:
    """Whether an exam, a talk or a quiz is over: it then waits for its grade, for nobody hands in files."""
    last = assessment.closes_at or assessment.due_at
    return is_without_files(assessment) and last is not None and at > last


def _without_bonuses(scheme: Scheme) -> Scheme:
    """Return the scheme without bonuses for the most active: they are in the rows, found among the whole class."""
    return replace(scheme, nodes=tuple(_node_without_bonus(node) for node in scheme.nodes))


def _node_without_bonus(node: Node) -> Node:
    children = tuple(_node_without_bonus(child) if isinstance(child, Node) else child for child in node.children)
    rule = node.rule and replace(node.rule, bonus_top_n=0, bonus_course_points=Decimal(0))
    return replace(node, children=children, rule=rule)
