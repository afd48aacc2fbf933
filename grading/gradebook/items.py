"""From rows to the engine: what is known of people and assessments, and what each grade is then worth.

Theory of operation
-------------------
``ClassFacts`` fetches, in a fixed number of queries, everything that the grades of some people in some assessments rest
on: events, submissions, effective dates, late policies, slip days and curves. ``values_of`` gives the grades of one
person to ``grading.engine.items``. Slip days go to a person's late work in the order in which it was handed in, so
where there are any, all assessments of the offering are needed, not one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Self
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.deadlines.models import AssessmentLateness, SlipDayEntry, SlipDayPolicy
from grading.deadlines.queries import effective_dates
from grading.engine.curves import Curve as EngineCurve
from grading.engine.items import ItemFacts, ItemRules, ItemState, ItemValue, item_value
from grading.engine.lateness import days_late, units_late
from grading.engine.points import rounded
from grading.gradebook.curving import curve_of
from grading.gradebook.item_facts import (
    PLACES,
    ZERO,
    CellValue,
    Handed,
    Mark,
    PersonFacts,
    item_facts,
    rules_of,
    stored,
)
from grading.gradebook.models import Curve, GradeEvent
from grading.gradebook.standing import standing_of
from grading.submissions.models import Submission


class ClassFacts:
    """All rows behind the grades of some people in some assessments of one offering; eight queries at most."""

    def __init__(
        self, assessments: Collection[Assessment], enrollments: Collection[Enrollment], *, slip: SlipDayPolicy | None
    ) -> None:
        self.assessments: Sequence[Assessment] = list(assessments)
        self.enrollments: Sequence[Enrollment] = list(enrollments)
        self._people = {row.user_id: row.pk for row in self.enrollments}
        self._events = self._fetched_events()
        self._handed = self._fetched_submissions()
        self._dates = effective_dates(self.assessments, self.enrollments)
        offering = self.assessments[0].offering if self.assessments else None
        self.zone = offering.zone if offering else ZoneInfo("UTC")
        self.slip = slip
        lateness = AssessmentLateness.objects.filter(assessment__in=self.assessments).select_related("policy")
        curves = Curve.objects.filter(assessment__in=self.assessments, removed_at=None).order_by("pk")
        latenesses = {row.assessment_id: row for row in lateness}
        standing_curves = {row.assessment_id: curve_of(row.definition) for row in curves}
        self.rules = {
            one.pk: rules_of(one, latenesses.get(one.pk), self.slip, standing_curves.get(one.pk), zone=self.zone)
            for one in self.assessments
        }
        self._slip_entries = self._fetched_slip_days()

    @classmethod
    def behind(cls, offering: Offering, assessments: Collection[Assessment], people: Collection[Enrollment]) -> Self:
        """Return the facts that grades in these assessments rest on: of all where slip days join them."""
        slip = SlipDayPolicy.objects.filter(offering=offering).first()
        if slip is not None:
            assessments = list(Assessment.objects.filter(offering=offering).order_by("pk"))
        for assessment in assessments:
            assessment.offering = offering
        return cls(assessments, people, slip=slip)

    def with_events(self, events: Iterable[GradeEvent]) -> Self:
        """Return the same as it would be after these events, which are not stored."""
        found = copy(self)
        found._events = {key: list(known) for key, known in self._events.items()}
        for event in events:
            found._events.setdefault((event.assessment_id, event.enrollment_id), []).append(event)
        return found

    def with_curve(self, assessment: Assessment, curve: EngineCurve | None) -> Self:
        """Return the same as it would be with this curve, or with none."""
        found = copy(self)
        found.rules = {**self.rules, assessment.pk: replace(self.rules[assessment.pk], curve=curve)}
        return found

    def with_max_points(self, max_points: Mapping[int, Decimal]) -> Self:
        """Return the same as it would be if these assessments, by their keys, were worth so many points."""
        found = copy(self)
        found.assessments = [copy(one) for one in self.assessments]
        for one in found.assessments:
            one.max_points = max_points.get(one.pk, one.max_points)
        found.rules = {one.pk: replace(self.rules[one.pk], max_points=one.max_points) for one in found.assessments}
        return found

    def of(self, assessment: Assessment, enrollment: Enrollment) -> PersonFacts:
        """Return what is known of one person in one assessment."""
        key = (assessment.pk, enrollment.pk)
        events = self._events.get(key, ())
        return PersonFacts(
            standing=standing_of(events), handed=tuple(self._handed.get(key, ())), dates=self._dates[key],
            has_events=bool(events),
        )  # fmt: skip

    def values_of(self, enrollment: Enrollment, *, at: datetime) -> dict[int, ItemValue]:
        """Return what each assessment is worth for the person at that moment, points held to four places.

        Where there are slip days, each assessment of a person is charged after those whose work came in before.
        """
        known = {one.pk: self.of(one, enrollment) for one in self.assessments}
        if self.slip is None:
            return {
                one.pk: _value(self.rules[one.pk], item_facts(one, enrollment, known[one.pk]), at=at)
                for one in self.assessments
            }
        return self._with_slip_days(enrollment, known, at=at)

    def cells_of(self, enrollment: Enrollment, *, at: datetime) -> dict[int, CellValue]:
        """Return what the person's cells hold by assessment; none where nothing ever happened to the grade."""
        values = self.values_of(enrollment, at=at)
        return {
            one.pk: self._cell(one, enrollment, values[one.pk], at=at)
            for one in self.assessments
            if (one.pk, enrollment.pk) in self._events
        }

    def _cell(self, assessment: Assessment, enrollment: Enrollment, value: ItemValue, *, at: datetime) -> CellValue:
        known, rules = self.of(assessment, enrollment), self.rules[assessment.pk]
        earned = value
        if value.try_number is None and known.standing.mark != Mark.NONE:
            facts = item_facts(assessment, enrollment, known)
            earned = _value(rules, replace(facts, is_excused=False, is_zeroed=False, override=None), at=at)
        handed = next((one for one in known.handed if one.number == earned.try_number), None)
        units = 0
        if handed is not None:
            units = units_late(
                handed.received_at, known.dates.due_at, interval=rules.late.interval, zone=rules.zone,
                grace=rules.late.grace,
            )  # fmt: skip
        # What is missing because time went by is no event: only what somebody marked so has points in a cell.
        by_time = value.state is ItemState.MISSING and known.standing.mark != Mark.MISSING
        return CellValue(
            mark=known.standing.mark, points=None if by_time else stored(value.points), raw_points=stored(value.raw),
            penalty_points=stored(value.penalty) or ZERO, late_units=units, slip_days=value.slip_days,
            submission_id=handed.pk if handed else None, comment=known.standing.comment,
            is_held_back=known.standing.is_held_back,
        )  # fmt: skip

    def _with_slip_days(
        self, enrollment: Enrollment, known: Mapping[int, PersonFacts], *, at: datetime
    ) -> dict[int, ItemValue]:
        assert self.slip is not None  # noqa: S101  # the caller looked
        entries = self._slip_entries.get(enrollment.pk, ())
        placed = {row.assessment_id: max(0, row.days) for row in entries if row.kind == SlipDayEntry.Kind.PLACED}
        available = self.slip.budget + sum(
            -abs(row.days) if row.kind == SlipDayEntry.Kind.WITHDRAWN else row.days
            for row in entries
            if row.kind != SlipDayEntry.Kind.PLACED
        )
        available = max(0, available - sum(placed.values()))
        values: dict[int, ItemValue] = {}
        for _, _, one in sorted(
            (self._came_in(one, enrollment, known[one.pk], available, at=at), one.pk, one) for one in self.assessments
        ):
            days = placed.get(one.pk, available)
            facts = replace(item_facts(one, enrollment, known[one.pk]), slip_days=days)
            values[one.pk] = _value(self.rules[one.pk], facts, at=at)
            if one.pk not in placed:
                available -= values[one.pk].slip_days or self._reserved(one, known[one.pk], values[one.pk], available)
        return values

    def _came_in(
        self, assessment: Assessment, enrollment: Enrollment, known: PersonFacts, days: int, *, at: datetime
    ) -> datetime:
        """Return when the work came in that would count if all days were still there."""
        facts = replace(item_facts(assessment, enrollment, known), slip_days=days)
        number = _value(self.rules[assessment.pk], facts, at=at).try_number
        moments = [one.received_at for one in known.handed if number is None or one.number == number]
        return max(moments, default=at)

    def _reserved(self, assessment: Assessment, known: PersonFacts, value: ItemValue, available: int) -> int:
        """Return the days that ungraded late work will take: work that comes in later does not get them meanwhile."""
        rules = self.rules[assessment.pk]
        if value.state is not ItemState.SUBMITTED_UNGRADED or rules.slip is None or not known.handed:
            return 0
        newest = max(known.handed, key=lambda one: one.number)
        late = days_late(newest.received_at, known.dates.due_at, zone=rules.zone, grace=rules.late.grace)
        return rules.slip.cover(late, available)

    def _fetched_events(self) -> dict[tuple[int, int], list[GradeEvent]]:
        found: dict[tuple[int, int], list[GradeEvent]] = defaultdict(list)
        rows = GradeEvent.objects.filter(assessment__in=self.assessments).select_related("job").defer("job__progress")
        for event in self._narrowed(rows).order_by("pk"):
            found[event.assessment_id, event.enrollment_id].append(event)
        return dict(found)

    def _narrowed(self, rows: QuerySet[GradeEvent]) -> QuerySet[GradeEvent]:
        return rows.filter(enrollment__in=[row.pk for row in self.enrollments])

    def _fetched_submissions(self) -> dict[tuple[int, int], list[Handed]]:
        found: dict[tuple[int, int], list[Handed]] = defaultdict(list)
        rows = Submission.objects.filter(assessment__in=self.assessments, author__in=list(self._people))
        columns = rows.order_by("number").values_list("assessment_id", "author_id", "pk", "number", "received_at")
        for assessment, author, pk, number, received_at in columns:
            found[assessment, self._people[author]].append(Handed(pk=pk, number=number, received_at=received_at))
        return dict(found)

    def _fetched_slip_days(self) -> dict[int, list[SlipDayEntry]]:
        found: dict[int, list[SlipDayEntry]] = defaultdict(list)
        if self.slip is not None:
            rows = SlipDayEntry.objects.filter(enrollment__in=[row.pk for row in self.enrollments])
            for entry in rows.order_by("pk"):
                found[entry.enrollment_id].append(entry)
        return dict(found)


def _value(rules: ItemRules, facts: ItemFacts, *, at: datetime) -> ItemValue:
    value = item_value(rules, facts, at=at)
    if value.points is None:
        return value
    return replace(value, points=Fraction(rounded(value.points, PLACES)))
