"""What one student may know of their own grades in a course: the one source of page, file, API, what-if and goals.

Theory of operation
-------------------
``own_grades`` takes the person's reckoning with what is not released as pending, and takes out what a student could
not know of otherwise: assessments that only staff plan are not in the scheme, grades of work that is not out yet are
pending, and so is what staff marked as missing before they release it. Everything else here is computed from that
value alone, so that no number can tell of anything that is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment
from grading.assessments.models import Assessment
from grading.engine.items import ItemState, ItemValue
from grading.engine.nodes import Mode
from grading.engine.problems import problems
from grading.engine.rows import Adjustment, StudentRow
from grading.engine.scheme import Aggregation, Item, Key, Node, Scheme
from grading.engine.totals import Totals, totals_of
from grading.engine.trace import ItemTrace, Trace, traced
from grading.gradebook.item_facts import stored
from grading.gradebook.models import GradeCell
from grading.gradebook.reckoning import PersonReckoning, as_student_sees, person_of
from grading.gradebook.releases import is_awaiting_release
from grading.gradebook.unsaid import unsaid_of

_WAITS = ItemValue(state=ItemState.SUBMITTED_UNGRADED, is_released=False)
_NOT_OUT = ItemValue.without_score(ItemState.NOT_DUE)

_ALONE = {
    ItemState.MISSING: "Missing.",
    ItemState.NOT_DUE: "Not due yet.",
    ItemState.SUBMITTED_UNGRADED: "Not graded yet, or the grade is not released.",
}
"""What is said where nothing counts in a total."""


@dataclass(frozen=True, kw_only=True)
class OwnGrades:
    """The grades of one person in one offering, as somebody may read them."""

    enrollment: Enrollment
    scheme: Scheme | None
    """Without what the reader may not know of; None: nobody has written one."""
    assessments: tuple[Assessment, ...]
    """Those that the reader may know of, in order."""
    row: StudentRow
    bonuses: tuple[Adjustment, ...]
    unreleased: frozenset[int]
    """Assessments whose grade the student does not see yet; empty where the student is the reader."""
    comments: Mapping[int, str]
    """What staff wrote about a grade, by assessment."""
    at: datetime

    @cached_property
    def unsaid(self) -> tuple[str, ...]:
        """What the course has not said of its grading yet, each to follow “how” or “what”; empty where all is."""
        return unsaid_of(self.scheme)

    @cached_property
    def has_total(self) -> bool:
        """Whether the scheme says enough for totals."""
        scheme = self.scheme
        return scheme is not None and bool(scheme.nodes) and not any(one.stops_totals for one in problems(scheme))

    @cached_property
    def totals(self) -> Totals | None:
        """The three totals, or None where the scheme does not say enough."""
        if self.scheme is None or not self.has_total:
            return None
        return totals_of(self.scheme, self.row, bonuses=self.bonuses)

    def trace_in(self, mode: Mode) -> Trace | None:
        """Return why a total is what it is, or None without one."""
        if self.scheme is None or not self.has_total:
            return None
        return traced(self.scheme, self.row, mode=mode, bonuses=self.bonuses)

    @cached_property
    def placed(self) -> frozenset[Key]:
        """The keys of the assessments that stand in the scheme."""
        return frozenset(item.key for item in self.scheme.items()) if self.scheme else frozenset()

    @property
    def apart(self) -> tuple[Assessment, ...]:
        """The assessments that do not count."""
        return tuple(one for one in self.assessments if one.pk not in self.placed)

    def alone(self, assessment: Assessment) -> ItemTrace:
        """Return what there is to say of one assessment by itself, outside of any total."""
        item = Item(key=assessment.pk, title=assessment.title, max_points=assessment.max_points)
        node = Node(key="alone", weight=Decimal(100), aggregation=Aggregation.MEAN, children=(item,))
        found = traced(Scheme(nodes=(node,)), self.row).nodes[0].children[0]
        assert isinstance(found, ItemTrace)  # noqa: S101  # the node has this one item
        said = _ALONE.get(found.state) if found.state else None
        return replace(found, sentences=(said,)) if said else found

    def points_of(self, assessment: Assessment) -> Decimal | None:
        """Return the points of an assessment as cells hold them, or None where there are none to see."""
        value = self.row.items.get(assessment.pk)
        return None if value is None else stored(value.points)


def own_grades(enrollment: Enrollment, *, at: datetime | None = None) -> OwnGrades:
    """Return what a student may know of their grades. The number of queries does not depend on the class."""
    return _read(person_of(enrollment, at=at or database_now()), sees_all=False)


def grades_for_staff(enrollment: Enrollment, *, at: datetime | None = None) -> tuple[OwnGrades, OwnGrades]:
    """Return a student's grades as the student sees them, and as they are, with what is not released named."""
    person = person_of(enrollment, at=at or database_now())
    return _read(person, sees_all=False), _read(person, sees_all=True)


def _read(person: PersonReckoning, *, sees_all: bool) -> OwnGrades:
    cells = {
        cell.assessment_id: cell
        for cell in GradeCell.objects.filter(enrollment=person.enrollment).only(
            "assessment_id", "mark", "is_held_back", "comment"
        )
    }
    shown = {one.pk: _is_shown(one, cells.get(one.pk), person) for one in person.assessments}
    seen = as_student_sees(person.row)
    items = {
        one.pk: seen.items[one.pk] if shown[one.pk] else _hidden(seen.items[one.pk], one, at=person.at)
        for one in person.assessments
    }
    known_of = {
        one.pk
        for one in person.assessments
        if shown[one.pk]
        and seen.items[one.pk] == person.row.items[one.pk]
        and not is_awaiting_release(one, at=person.at)
    }
    comments = {pk: cell.comment for pk, cell in cells.items() if cell.comment and (sees_all or pk in known_of)}
    if sees_all:
        hidden = {pk for pk, value in person.row.items.items() if value != items[int(pk)]}
        return OwnGrades(
            enrollment=person.enrollment, scheme=person.scheme, assessments=person.assessments, row=person.row,
            bonuses=person.bonuses, unreleased=frozenset(int(pk) for pk in hidden),
            comments=MappingProxyType(comments), at=person.at,
        )  # fmt: skip
    known = tuple(one for one in person.assessments if one.is_listed)
    scheme = person.scheme and without_items(person.scheme, {one.pk for one in person.assessments if not one.is_listed})
    return OwnGrades(
        enrollment=person.enrollment, scheme=scheme, assessments=known,
        row=replace(seen, items={one.pk: items[one.pk] for one in known}), bonuses=person.bonuses,
        unreleased=frozenset(), comments=MappingProxyType(comments), at=person.at,
    )  # fmt: skip


def _is_shown(assessment: Assessment, cell: GradeCell | None, person: PersonReckoning) -> bool:
    """Whether the student may know of their grade all that the reckoning says is released."""
    if not assessment.is_listed or not is_out(assessment, at=person.at):
        return False
    if cell is None:
        return True
    if cell.is_held_back:
        return False
    return cell.mark != GradeCell.Mark.MISSING or not is_awaiting_release(assessment, at=person.at)


def is_out(assessment: Assessment, *, at: datetime) -> bool:
    """Whether students may open the work. What has no date and no suite is not opened here: its grade decides."""
    if assessment.release_at is None:
        return assessment.suite_id is None
    return assessment.release_at <= at


def _hidden(value: ItemValue, assessment: Assessment, *, at: datetime) -> ItemValue:
    if value.state is ItemState.NOT_ASSIGNED:
        return value
    if not is_out(assessment, at=at):
        return _NOT_OUT
    return value if value.state is ItemState.NOT_DUE else _WAITS


def without_items(scheme: Scheme, keys: set[int]) -> Scheme:
    """Return the scheme without these items."""
    if not any(item.key in keys for item in scheme.items()):
        return scheme
    return replace(scheme, nodes=tuple(_without(node, keys) for node in scheme.nodes))


def _without(node: Node, keys: set[int]) -> Node:
    children = tuple(
        _without(child, keys) if isinstance(child, Node) else child
        for child in node.children
        if isinstance(child, Node) or child.key not in keys
    )
    most = node.max_points
    if most is not None:
        most -= _points(node.children) - _points(children)
    return replace(node, children=children, max_points=most)


def _points(children: tuple[Item | Node, ...]) -> Decimal:
    return sum((child.max_points or Decimal(0) for child in children), Decimal(0))
