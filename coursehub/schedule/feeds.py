"""Calendars that people subscribe to: from plain entries to the bytes of an iCalendar file (RFC 5545 and 7986).

Theory of operation. Everything here is pure: who may see what is decided by who makes the entries
(``grading.assessments.feeds``), and the same entries always make the same bytes, so that a strong ETag is the hash of
the file. For that, ``DTSTAMP`` is the moment of the last change, which is what it means in a file without a method.

An entry carries what happens, when and where; never who, and never a grade. What has no date yet is left out. What has
a date but no time lasts all day and blocks nobody's time. A cancelled entry stays for sixty days, so that every
calendar has seen that it is off.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Calendar, vDuration
from icalendar import Event as CalendarEvent

from coursehub.schedule.models import Event, EventKind, EventSeries

CANCELLED_STAYS = timedelta(days=60)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_REFRESH = timedelta(hours=1)
_DEADLINE = timedelta(minutes=15)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Standing(StrEnum):
    """Whether an entry takes place, in the words of RFC 5545."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """It happens again each week on these days, 0 being Monday, but for some dates."""

    weekdays: tuple[int, ...]
    last_on: date
    but_not_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing in a calendar. ``starts`` is a date for what lasts all day, an aware moment otherwise."""

    uid: str
    sequence: int
    changed_at: datetime
    title: str
    starts: date | datetime
    ends: date | datetime | None = None
    location: str = ""
    notes: tuple[str, ...] = ()
    url: str = ""
    standing: Standing = Standing.CONFIRMED
    blocks_time: bool = False
    weekly: Weekly | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A whole calendar."""

    name: str
    url: str
    zone: ZoneInfo
    entries: tuple[Entry, ...]
    changed_at: datetime


def entries_of(
    event: Event, *, at: datetime, names: Iterable[str], url: str, in_person: Sequence[str] = ()
) -> tuple[Entry, ...]:
    """Return what an event puts into a calendar: one entry, or none while it has no date or is cancelled for long.

    `names` are people's, which no title may hold; `in_person` the groups whose turn it is.
    """
    if event.date is None or _is_forgotten(event, at=at):
        return ()
    starts, ends = event.starts_at, event.ends_at
    if starts is not None and ends is not None and ends <= starts:
        ends += timedelta(days=1)
    is_off = event.status == Event.Status.CANCELLED
    title = impersonal(event.title, names, instead=event.get_kind_display())
    return (
        Entry(
            uid=event.calendar_uid,
            sequence=event.calendar_sequence,
            changed_at=event.updated_at,
            title=f"{event.offering.course.code}: {title}",
            starts=starts or event.date,
            ends=ends if starts else event.date + timedelta(days=1),
            location=impersonal(event.location, names, instead=""),
            notes=_notes(event, in_person),
            url=url,
            standing=_standing(event),
            blocks_time=starts is not None and event.kind != EventKind.NO_CLASS and not is_off,
        ),
    )


def weekly_entries(
    series: EventSeries, *, changed_at: datetime, url: str, names: Iterable[str] = (), but_not_on: Iterable[date] = ()
) -> tuple[Entry, ...]:
    """Return what a weekly series puts into a calendar: nothing until its days, times and first and last date stand."""
    first, last, at = series.first_on, series.last_on, series.start_time
    if first is None or last is None or at is None or not series.weekdays:
        return ()
    days = tuple(sorted(int(day) for day in series.weekdays))
    # A rule's first entry must itself be one of its days.
    first += timedelta(days=min((day - first.weekday()) % 7 for day in days))
    if first > last:
        return ()
    zone = series.offering.zone
    title = impersonal(series.title, names, instead=series.get_kind_display())
    return (
        Entry(
            uid=f"series-{series.pk}.{series.offering.slug}@coursehub",
            sequence=series.offering.version,
            changed_at=changed_at,
            title=f"{series.offering.course.code}: {title}",
            starts=datetime.combine(first, at, tzinfo=zone),
            ends=datetime.combine(first, series.end_time, tzinfo=zone) if series.end_time else None,
            location=impersonal(series.location, names, instead=""),
            notes=(series.get_kind_display(),),
            url=url,
            blocks_time=True,
            weekly=Weekly(weekdays=days, last_on=last, but_not_on=tuple(sorted(but_not_on))),
        ),
    )


def deadline(
    *, uid: str, sequence: int, changed_at: datetime, title: str, due_at: datetime, has_clock: bool, url: str
) -> Entry:
    """Return a deadline: the quarter of an hour that ends with it, as an event, because calendars ignore to-dos.

    Of a deadline without `has_clock` only the day is known, and it lasts all of it.
    """
    day = due_at.date()
    clock = f", {due_at:%H:%M}" if has_clock else ""
    return Entry(
        uid=uid,
        sequence=sequence,
        changed_at=changed_at,
        title=title,
        starts=due_at - _DEADLINE if has_clock else day,
        ends=due_at if has_clock else day + timedelta(days=1),
        notes=(f"Due {due_at:%A} {due_at.day} {due_at:%B}{clock}",),
        url=url,
    )


def impersonal(text: str, names: Iterable[str], *, instead: str) -> str:
    """Return the text, or something in its place where it holds somebody's name."""
    folded = text.casefold()
    return instead if any(name and name.casefold() in folded for name in names) else text


def calendar_bytes(feed: Feed) -> bytes:
    """Return the file."""
    calendar = Calendar()
    calendar.add("PRODID", "-//CourseHub//Calendar//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("NAME", feed.name)
    calendar.add("X-WR-CALNAME", feed.name)
    calendar.add("X-WR-TIMEZONE", feed.zone.key)
    calendar.add("URL", feed.url)
    calendar.add("LAST-MODIFIED", feed.changed_at)
    calendar["REFRESH-INTERVAL"] = vDuration(_REFRESH, params={"VALUE": "DURATION"})
    calendar["X-PUBLISHED-TTL"] = vDuration(_REFRESH)
    for entry in sorted(feed.entries, key=lambda entry: (_day(entry.starts), entry.uid)):
        calendar.add_component(_component(entry))
    if feed.entries:
        # Whole years, and one before: a zone's rule must have begun before the first moment that needs it.
        first = min(_day(entry.starts) for entry in feed.entries)
        last = max(entry.weekly.last_on if entry.weekly else _day(entry.starts) for entry in feed.entries)
        calendar.add_missing_timezones(first_date=date(first.year - 1, 1, 1), last_date=date(last.year + 1, 1, 1))
    content: bytes = calendar.to_ical()
    return content


def etag_of(content: bytes) -> str:
    """Return the strong entity tag of a file, with its quotation marks."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def forgotten_at(event: Event) -> datetime | None:
    """Return when a cancelled event leaves calendars for good, or None where it is not cancelled."""
    return event.updated_at + CANCELLED_STAYS if event.status == Event.Status.CANCELLED else None


def _notes(event: Event, in_person: Sequence[str]) -> tuple[str, ...]:
    groups = f"In person: {', '.join(in_person)}" if in_person else ""
    online = f"Online: {event.online_url}" if event.online_url else ""
    return tuple(note for note in (event.get_kind_display(), groups, online) if note)


def _is_forgotten(event: Event, *, at: datetime) -> bool:
    gone = forgotten_at(event)
    return gone is not None and gone < at


def _standing(event: Event) -> Standing:
    match event.status:
        case Event.Status.CANCELLED:
            return Standing.CANCELLED
        case Event.Status.TENTATIVE:
            return Standing.TENTATIVE
    return Standing.CONFIRMED


def _component(entry: Entry) -> CalendarEvent:
    found = CalendarEvent()
    found.add("UID", entry.uid)
    found.add("SEQUENCE", entry.sequence)
    found.add("DTSTAMP", entry.changed_at.astimezone(UTC))
    found.add("LAST-MODIFIED", entry.changed_at.astimezone(UTC))
    found.add("SUMMARY", entry.title)
    found.add("DTSTART", entry.starts)
    if entry.ends is not None:
        found.add("DTEND", entry.ends)
    if entry.weekly is not None and isinstance(entry.starts, datetime):
        _repeat(found, entry.weekly, entry.starts)
    if entry.location:
        found.add("LOCATION", entry.location)
    found.add("DESCRIPTION", "\n".join((*entry.notes, entry.url)))
    found.add("URL", entry.url)
    found.add("STATUS", entry.standing.value)
    found.add("TRANSP", "OPAQUE" if entry.blocks_time else "TRANSPARENT")
    return found


def _repeat(found: CalendarEvent, weekly: Weekly, starts: datetime) -> None:
    until = datetime.combine(weekly.last_on, time.max.replace(microsecond=0), tzinfo=starts.tzinfo).astimezone(UTC)
    found.add("RRULE", {"FREQ": "WEEKLY", "BYDAY": [_DAYS[day] for day in weekly.weekdays], "UNTIL": until})
    skipped = [day for day in weekly.but_not_on if day.weekday() in weekly.weekdays]
    skipped = [day for day in skipped if starts.date() <= day <= weekly.last_on]
    if skipped:
        found.add("EXDATE", [datetime.combine(day, starts.time(), tzinfo=starts.tzinfo) for day in skipped])


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
