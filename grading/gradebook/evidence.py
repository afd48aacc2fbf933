"""The rows that the totals of a class rest on, each kind fetched once and only when something asks for it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import DecimalField, Exists, OuterRef, QuerySet, Value

from coursehub.courses.models import Capability, Enrollment, Offering
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.queries import effective_dates
from grading.engine.participation import Count
from grading.engine.rows import Adjustment, StudentRow, bonuses
from grading.engine.scheme import Key
from grading.gradebook.models import GradeAdjustment, GradeCell, GradeEvent, ParticipationCount, ParticipationRule
from grading.gradebook.releases import is_released
from grading.gradebook.schemes import SchemeRows
from grading.gradebook.standing import GRADINGS
from grading.gradebook.stored_cells import Cells, StoredCell, stored_cells
from grading.submissions.models import GradingResult, Submission
from runners.protocol import Visibility

CellKey = tuple[int, int]
"""Of the assessment and the enrollment."""
_PARTS = 10_000
_OPEN: frozenset[Visibility] = frozenset()
_ADJUSTED, _COUNTED = 0, 1
_NUMBER: "DecimalField[Any, Any]" = DecimalField(max_digits=9, decimal_places=4)
_Row = TypeVar("_Row", GradeCell, GradeAdjustment, ParticipationCount)


def students_of(offering: Offering) -> QuerySet[Enrollment]:
    """Return who learns in an offering, with ``user``, by name: everybody active who hands in work."""
    return (
        Enrollment.objects.filter(offering=offering, status=Enrollment.Status.ACTIVE)
        .filter(
            Exists(
                Enrollment.objects.filter(
                    pk=OuterRef("pk"), roles__capabilities__capability=Capability.SUBMIT
                ).order_by()
            )
        )
        .select_related("user")
        .order_by("user__legal_name", "pk")
    )


class Evidence:
    """What is known of some people of an offering at one moment."""

    def __init__(
        self,
        offering: Offering,
        enrollments: Collection[Enrollment] | None,
        *,
        at: datetime,
        for_staff: bool = False,
        rows: SchemeRows | None = None,
    ) -> None:
        self.offering = offering
        self.at = at
        self.for_staff = for_staff
        """Staff see everything, so nobody asks what is released; one query less."""
        self.rows = rows or SchemeRows.of(offering)
        self.scheme = self.rows.as_scheme()
        self.assessments = self.rows.assessments
        self.is_everybody = enrollments is None
        self._released: dict[tuple[int, int, frozenset[Visibility]], bool] = {}
        self.enrollments = tuple(students_of(offering) if enrollments is None else enrollments)

    @cached_property
    def dates(self) -> Mapping[CellKey, EffectiveDates]:
        """The dates that hold for each person."""
        return effective_dates(self.assessments, self.enrollments)

    @cached_property
    def cells(self) -> Cells:
        """What the cells hold; there is none where nothing ever happened."""
        return stored_cells(self._of_people(GradeCell.objects.filter(assessment__offering=self.offering)))

    def cell(self, assessment: Assessment, enrollment: Enrollment) -> StoredCell | None:
        """Return what one cell holds, or None."""
        return self.cells.get(assessment.pk, {}).get(enrollment.pk)

    @cached_property
    def ungraded(self) -> frozenset[CellKey]:
        """Where something was handed in that nothing has graded, or of which the grade was taken back."""
        graded = GradeEvent.objects.filter(submission=OuterRef("pk"), kind__in=GRADINGS, undone_by=None, undoes=None)
        waiting = Submission.objects.filter(~Exists(graded), assessment__offering=self.offering)
        people = {row.user_id: row.pk for row in self.enrollments}
        if not self.is_everybody:
            waiting = waiting.filter(author__in=list(people))
        pairs = waiting.order_by().values_list("assessment_id", "author_id").distinct()
        return frozenset((assessment, people[author]) for assessment, author in pairs if author in people)

    @cached_property
    def hides(self) -> Mapping[CellKey, frozenset[Visibility]]:
        """What keeps the totals of somebody's gradings from them; nothing where all are visible."""
        found: dict[CellKey, frozenset[Visibility]] = {}
        people = {row.user_id: row.pk for row in self.enrollments}
        results = GradingResult.objects.filter(
            job__submission__assessment__offering=self.offering, job__is_held=False
        ).exclude(total_visibility=Visibility.VISIBLE)
        if not self.is_everybody:
            results = results.filter(job__submission__author__in=list(people))
        columns = results.order_by().values_list(
            "job__submission__assessment_id", "job__submission__author_id", "total_visibility"
        )
        for assessment, author, word in columns.distinct():
            if author in people:
                key = (assessment, people[author])
                found[key] = found.get(key, frozenset()) | {Visibility(word)}
        return found

    def is_released(self, assessment: Assessment, enrollment: Enrollment) -> bool:
        """Whether the person may know their grade; one that is held back apart."""
        return self.is_released_by_key(assessment, (assessment.pk, enrollment.pk))

    def is_released_by_key(self, assessment: Assessment, key: CellKey) -> bool:
        """Answer the same by the key of the cell, for whoever asks of a whole class."""
        if self.for_staff:
            return True
        dates, hides = self.dates[key], self.hides.get(key, _OPEN)
        # A class shares few dates, each one object that lives as long as this does.
        known = (key[0], id(dates), hides)
        if (found := self._released.get(known)) is None:
            found = self._released[known] = is_released(assessment, dates, hides, at=self.at)
        return found

    @cached_property
    def adjustments(self) -> Mapping[int, tuple[Adjustment, ...]]:
        """Course points that staff gave beside all items, by enrollment."""
        found: dict[int, tuple[Adjustment, ...]] = {}
        for pk, what, points, reason, *_ in self._beside_items:
            if what == _ADJUSTED:
                found[pk] = (*found.get(pk, ()), Adjustment(course_points=points, reason=reason))
        return found

    @cached_property
    def counts(self) -> Mapping[int, dict[Key, Count]]:
        """How often everybody took part, by enrollment and the key of the rule's node; of the whole class."""
        rules, is_over = self.rows.rules(), self._is_over()
        found: dict[int, dict[Key, Count]] = {}
        for pk, what, number, metric, total, excused in self._beside_items:
            for key, rule in rules.items():
                if what == _COUNTED and rule.metric == metric:
                    found.setdefault(pk, {})[key] = _count(number, total, excused, rule, is_over=is_over)
        if is_over:
            nothing = Count(count=0)
            for enrollment in self.enrollments:
                for key in rules:
                    found.setdefault(enrollment.pk, {}).setdefault(key, nothing)
        return found

    @cached_property
    def _beside_items(self) -> list[tuple[int, int, Decimal, str, Decimal | None, Decimal]]:
        """Adjustments, and counts where a rule asks for them, in one query: both are a few numbers for each person."""
        rules = self.rows.rules()
        points = self._of_people(GradeAdjustment.objects.filter(enrollment__offering=self.offering, removed_at=None))
        none, zero = Value(None, output_field=_NUMBER), Value(Decimal(0), output_field=_NUMBER)
        adjusted = points.annotate(what=Value(_ADJUSTED), total=none, excused=zero).values_list(
            "enrollment_id", "what", "course_points", "reason", "total", "excused"
        )
        if not rules:
            return list(adjusted.order_by("pk"))
        active = Enrollment.Status.ACTIVE
        rows = ParticipationCount.objects.filter(
            enrollment__offering=self.offering,
            enrollment__status=active,
            metric__in={one.metric for one in rules.values()},
        )
        if not any(rule.bonus_top for rule in rules.values()):
            rows = self._of_people(rows)
        counted = rows.annotate(what=Value(_COUNTED)).values_list(
            "enrollment_id", "what", "count", "metric", "total", "excused"
        )
        return list(adjusted.order_by().union(counted.order_by(), all=True))

    @cached_property
    def bonuses(self) -> Mapping[Key, tuple[Adjustment, ...]]:
        """The bonuses of the most active of the class, by enrollment."""
        if self.scheme is None:
            return {}
        return bonuses(self.scheme, [StudentRow(student=pk, counts=counts) for pk, counts in self.counts.items()])

    def _is_over(self) -> bool:
        ends_on = self.offering.term.ends_on
        return ends_on is not None and self.at.astimezone(self.offering.zone).date() > ends_on

    def _of_people(self, rows: "QuerySet[_Row]") -> "QuerySet[_Row]":
        if self.is_everybody:
            return rows
        return rows.filter(enrollment__in=[row.pk for row in self.enrollments])


def _count(
    number: Decimal, total_or_none: Decimal | None, off: Decimal, rule: ParticipationRule, *, is_over: bool
) -> Count:
    """Return a count as the engine has it: whole numbers, so parts of one are kept only where a ratio is taken.

    What is still to come is what the node expects beyond what there was, and nothing once the term is over.
    """
    numbers = [number, total_or_none or Decimal(0), off]
    times = 1
    if rule.threshold is None and any(one != int(one) for one in numbers):
        times = _PARTS
    count, total, excused = (int(one * times) for one in numbers)
    expected = rule.node.expected_count
    to_come: int | None = None
    if is_over:
        to_come = 0
    elif expected is not None:
        to_come = max(0, expected * times - (total or count + excused))
    return Count(count=count, of=total, excused=excused, still_to_come=to_come)
