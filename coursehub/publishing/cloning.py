"""A new offering from an old one: the same course, its dates moved by whole weeks.

Whole weeks keep every date on its weekday. A date that then lands on a day without class, or outside the term, is
asked about; until it is answered, it stays where it landed. Pure: nothing is looked up and nothing written.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from coursehub.courses.models import Offering
from coursehub.publishing.content import AssessmentContent, OfferingContent
from coursehub.publishing.paste import free_key
from coursehub.publishing.schema import Anchor, DayMoment, EventEntry, TermEntry
from coursehub.schedule.models import Event, EventKind
from grading.gradebook.models import GradingScheme

WEEK = dt.timedelta(days=7)
DATES = ("release", "due", "closes", "solutions")
_BESIDE_CLASS = {EventKind.OFFICE_HOURS, EventKind.PROJECT_OFFICE_HOURS, EventKind.NO_CLASS, EventKind.EXAM}


class Choice(StrEnum):
    """What to do with a date that lands badly."""

    NEXT = "next"
    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The new offering."""

    slug: str
    term: TermEntry
    section: str = ""
    weeks: int = 0
    """By how many weeks every date moves."""
    no_class: Mapping[dt.date, str] = field(default_factory=dict)
    """The days without class of the new term, with the reason."""
    keeps_addresses: bool = False
    """Whether links still lead where they led; otherwise their addresses are left empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A date that somebody must decide about."""

    subject: str
    """``event:lecture-5``, or ``assessment:hw1:due``."""
    title: str
    date: dt.date
    reason: str
    next: dt.date
    """Where “the next class day” would put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloned:
    """The new offering as a draft, and what is still to be decided about it."""

    content: OfferingContent
    questions: tuple[Question, ...]


def whole_weeks(old_start: dt.date, new_start: dt.date) -> int:
    """Return how many weeks lie between two starts, counted from Monday to Monday."""
    old, new = (day - dt.timedelta(days=day.weekday()) for day in (old_start, new_start))
    return (new - old) // WEEK


def first_day(content: OfferingContent) -> dt.date | None:
    """Return the day on which an offering begins: of its term, else its first event."""
    dated = [event.date for event in content.schedule.events if event.date]
    return content.offering.term.starts_on or min(dated, default=None)


def clone(content: OfferingContent, target: Target, choices: Mapping[str, Choice] | None = None) -> Cloned:
    """Return the offering moved to its new term, and every question, those already answered by `choices` too.

    Days without class and announcements of the old term stay behind; assumptions are to be confirmed again.
    """
    calendar = _Calendar(content, target, choices or {})
    events = [moved for event in content.schedule.events if (moved := calendar.event(event)) is not None]
    keys = {event.key for event in events}
    assessments = {key: calendar.assessment(key, entry, keys) for key, entry in content.assessments.items()}
    schedule = content.schedule.model_copy(
        update={
            "events": sorted([*events, *calendar.no_class(keys)], key=_by_time),
            "weeks": [week.model_copy(update={"starts_on": calendar.shifted(week.starts_on)})
                      for week in content.schedule.weeks],
            "series": [
                series.model_copy(update={"first_on": calendar.shifted(series.first_on),
                                          "last_on": calendar.shifted(series.last_on)})
                for series in content.schedule.series
            ],
        }
    )  # fmt: skip
    links = [link if target.keeps_addresses else link.model_copy(update={"url": ""}) for link in content.offering.links]
    offering = content.offering.model_copy(
        update={
            "slug": target.slug,
            "term": target.term,
            "section": target.section,
            "status": Offering.Status.DRAFT,
            "previous": content.offering.slug,
            "links": links,
        }
    )
    assumptions = [entry.model_copy(update={"confirmed": False}) for entry in content.assumptions.assumptions]
    slip_days = content.deadlines.slip_days
    if slip_days is not None and slip_days.locks is not None:
        day = slip_days.locks.date + target.weeks * WEEK
        slip_days = slip_days.model_copy(update={"locks": slip_days.locks.model_copy(update={"date": day})})
    cloned = content.model_copy(
        update={
            "offering": offering,
            "grading": content.grading.model_copy(update={"status": GradingScheme.Status.DRAFT}),
            "announcements": {},
            "assessments": assessments,
            "schedule": schedule,
            "deadlines": content.deadlines.model_copy(update={"slip_days": slip_days}),
            "assumptions": content.assumptions.model_copy(update={"assumptions": assumptions}),
        }
    )
    return Cloned(content=cloned, questions=tuple(calendar.questions))


class _Calendar:
    """Moves dates one after the other, and collects the questions."""

    def __init__(self, content: OfferingContent, target: Target, choices: Mapping[str, Choice]) -> None:
        self.target = target
        self.choices = choices
        self.questions: list[Question] = []
        self._carried: dict[str, dt.timedelta] = {}
        self._old_week_numbers = {week.number: week.starts_on for week in content.schedule.weeks}
        taught = (
            event.date.weekday() for event in content.schedule.events if event.date and event.kind not in _BESIDE_CLASS
        )
        self._weekdays = set(taught) or set(range(5))

    def shifted(self, day: dt.date | None) -> dt.date | None:
        """Return a date so many weeks later, without asking anything."""
        return None if day is None else day + self.target.weeks * WEEK

    def event(self, event: EventEntry) -> EventEntry | None:
        """Return the event in the new term, or None where it stays behind."""
        if event.kind is EventKind.NO_CLASS:
            return None
        day = self._settled(f"event:{event.key}", event.title, event.date)
        if day is None and event.date is not None:
            return None
        landed = self.shifted(event.date)
        if day is not None and landed is not None:
            self._carried[event.key] = day - landed
        status = Event.Status.TENTATIVE if event.status == Event.Status.TENTATIVE else Event.Status.SCHEDULED
        return event.model_copy(update={"date": day, "week": self._week(event, day), "status": status})

    def assessment(self, key: str, entry: AssessmentContent, events: set[str]) -> AssessmentContent:
        """Return the assessment with its dates moved; a date that followed a dropped event is to be announced."""
        values: dict[str, Any] = {}
        dates = [getattr(entry, which) for which in DATES]
        # Where a date of it follows a lecture that had to move on, its other dates move on with it.
        carried = max(
            (self._carried.get(date.event, dt.timedelta()) for date in dates if isinstance(date, Anchor)),
            default=dt.timedelta(),
        )
        for which, date in zip(DATES, dates, strict=True):
            if isinstance(date, Anchor):
                values[which] = date if date.event in events else None
            elif date is not None:
                day = self._settled(f"assessment:{key}:{which}", f"{entry.title}, {which}", date.date + carried)
                values[which] = None if day is None else DayMoment(date=day, at=date.at)
        if entry.event is not None and entry.event not in events:
            values["event"] = None
        return entry.model_copy(update=values)

    def no_class(self, taken: set[str]) -> list[EventEntry]:
        """Return the days without class of the new term as events."""
        found = []
        for day, reason in sorted(self.target.no_class.items()):
            key = free_key(f"no-class-{day.isoformat()}", taken)
            title = reason or "No class"
            found.append(EventEntry(key=key, kind=EventKind.NO_CLASS, title=title, date=day, week=self._week_at(day)))
        return found

    def _settled(self, subject: str, title: str, day: dt.date | None) -> dt.date | None:
        landed = self.shifted(day)
        if landed is None:
            return None
        reason = self._reason(landed)
        if not reason:
            return landed
        next_day = self._next_class_day(landed)
        self.questions.append(Question(subject=subject, title=title, date=landed, reason=reason, next=next_day))
        outcomes: Mapping[Choice, Callable[[], dt.date | None]] = {
            Choice.NEXT: lambda: next_day,
            Choice.KEEP: lambda: landed,
            Choice.DROP: lambda: None,
        }
        return outcomes[self.choices.get(subject, Choice.KEEP)]()

    def _reason(self, day: dt.date) -> str:
        if day in self.target.no_class:
            return self.target.no_class[day] or "No class"
        term = self.target.term
        if term.starts_on and day < term.starts_on:
            return "Before the term begins"
        if term.ends_on and day > term.ends_on:
            return "After the term has ended"
        return ""

    def _next_class_day(self, day: dt.date) -> dt.date:
        later = (day + dt.timedelta(days=ahead) for ahead in range(1, 29))
        return next((at for at in later if at.weekday() in self._weekdays and at not in self.target.no_class), day)

    def _week(self, event: EventEntry, day: dt.date | None) -> int | None:
        if day is None or event.date is None or day == self.shifted(event.date):
            return event.week
        return self._week_at(day) or event.week

    def _week_at(self, day: dt.date) -> int | None:
        starts = {number: self.shifted(start) for number, start in self._old_week_numbers.items()}
        begun = [(start, number) for number, start in starts.items() if start is not None and start <= day]
        return max(begun)[1] if begun else None


def _by_time(event: EventEntry) -> tuple[dt.date, dt.time]:
    return event.date or dt.date.max, event.start or dt.time.min
