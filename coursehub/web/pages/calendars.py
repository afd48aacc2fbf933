"""The schedule from today on, and as a month."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coursehub.schedule.models import Event
from coursehub.web.moments import Moment, day
from coursehub.web.pages.events import WEEKDAYS, EventLine, event_line
from coursehub.web.pages.work import Marker, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaDay:
    """A day with what happens and what is due on it; without `day`, what has no date yet."""

    day: Moment | None
    is_today: bool
    events: tuple[EventLine, ...]
    work: tuple[Marker, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCell:
    """One day of a month's grid."""

    number: int
    day: Moment
    is_inside: bool
    is_today: bool
    events: tuple[EventLine, ...]
    work: tuple[Marker, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happens."""
        return not (self.events or self.work)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthGrid:
    """A month: weeks of seven days, and the ways to the months beside it that have something."""

    title: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[MonthCell, ...], ...]
    previous_url: str
    previous: str
    next_url: str
    next: str
    is_empty: bool


def agenda_of(
    events: Sequence[Event], work: Work, *, now: datetime, today: date, from_start: bool
) -> tuple[tuple[AgendaDay, ...], str]:
    """Return the days from today on, or all of them where all are past, and a sentence that says which."""
    days = sorted({event.date for event in events if event.date} | _work_days(events, work))
    coming = [on for on in days if on >= today]
    is_over = bool(days) and not coming
    shown = days if from_start or is_over else coming
    found = [
        AgendaDay(day=day(on, now=now), is_today=on == today, events=lines, work=marks)
        for on in shown
        for lines, marks in [_of_day(on, events, work, now=now)]
    ]
    undated = tuple(event_line(event, now=now, is_full=True) for event in events if event.date is None)
    if undated:
        found.append(AgendaDay(day=None, is_today=False, events=undated, work=()))
    if is_over:
        return tuple(found), f"Everything here is over; the last day was {day(days[-1], now=now).exact}."
    return tuple(found), "" if from_start else "From today on."


def month_of(
    events: Sequence[Event], work: Work, *, here: str, wanted: str, now: datetime, today: date
) -> MonthGrid | None:
    """Return the grid of the month that is asked for (``2026-02``), else of this month, else of the first busy one."""
    days = {event.date for event in events if event.date} | _work_days(events, work)
    months = sorted({on.replace(day=1) for on in days})
    if not months:
        return None
    first = _month_in(wanted) or (today.replace(day=1) if months[0] <= today <= _end(months[-1]) else months[0])
    weeks = tuple(
        tuple(_cell(on, first, events, work, now=now, today=today) for on in week)
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    )
    before = max((month for month in months if month < first), default=None)
    after = min((month for month in months if month > first), default=None)
    return MonthGrid(
        title=f"{first:%B %Y}",
        weekdays=WEEKDAYS,
        weeks=weeks,
        previous_url=f"{here}?view=month&month={before:%Y-%m}" if before else "",
        previous=f"{before:%B %Y}" if before else "",
        next_url=f"{here}?view=month&month={after:%Y-%m}" if after else "",
        next=f"{after:%B %Y}" if after else "",
        is_empty=first not in months,
    )


def _cell(on: date, first: date, events: Sequence[Event], work: Work, *, now: datetime, today: date) -> MonthCell:
    is_inside = (on.year, on.month) == (first.year, first.month)
    lines, marks = _of_day(on, events, work, now=now) if is_inside else ((), ())
    return MonthCell(number=on.day, day=day(on), is_inside=is_inside, is_today=on == today, events=lines, work=marks)


def _of_day(
    on: date, events: Sequence[Event], work: Work, *, now: datetime
) -> tuple[tuple[EventLine, ...], tuple[Marker, ...]]:
    lines = tuple(event_line(event, now=now, is_full=True) for event in events if event.date == on)
    return lines, tuple(mark for mark in _markers(events, work) if mark.on == on)


def _work_days(events: Sequence[Event], work: Work) -> set[date]:
    return {mark.on for mark in _markers(events, work)}


def _markers(events: Sequence[Event], work: Work) -> Iterator[Marker]:
    for event in events:
        yield from work.by_event.get(event.pk, ())
    for marks in work.loose.values():
        yield from marks


def _month_in(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def _end(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
