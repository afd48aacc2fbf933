"""Moments in a course's own time zone: human in text, exact on hover."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from coursehub.web import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment as a ``<time>`` element shows it."""

    iso: str
    exact: str
    text: str


def moment(at: datetime, zone: ZoneInfo, *, now: datetime | None = None) -> Moment:
    """Return the moment as a date with a clock time; the year only where it is not the current one."""
    local = at.astimezone(zone)
    text = f"{local:%a} {local.day} {local:%b}"
    if now is not None and now.astimezone(zone).year != local.year:
        text += f" {local.year}"
    return Moment(iso=local.isoformat(timespec="seconds"), exact=_exact(local, zone), text=f"{text}, {local:%H:%M}")


def clock_time(at: datetime, zone: ZoneInfo) -> Moment:
    """Return the moment as hours, minutes and seconds, for what happened just now."""
    local = at.astimezone(zone)
    return Moment(iso=local.isoformat(timespec="seconds"), exact=_exact(local, zone), text=f"{local:%H:%M:%S}")


def day(on: date, *, now: datetime | None = None) -> Moment:
    """Return a day as it is written in a calendar; the year only where it is not that of `now`."""
    text = f"{on:%a} {on.day} {on:%b}"
    if now is not None and now.year != on.year:
        text += f" {on.year}"
    return Moment(iso=on.isoformat(), exact=f"{on:%A} {on.day} {on:%B %Y}", text=text)


def hours(start: time | None, end: time | None) -> str:
    """Return the hours of an event, only its beginning, or nothing where the time is to be announced."""
    if start is None:
        return ""
    return f"{start:%H:%M}" if end is None else f"{start:%H:%M}{words.DASH}{end:%H:%M}"


def relative(at: datetime, *, now: datetime) -> str:
    """Return ``in 3 days`` or ``2 hours ago``."""
    away = at - now
    if abs(away) < timedelta(minutes=1):
        return "now"
    return (
        f"in {words.duration(away.total_seconds())}"
        if away > timedelta(0)
        else (f"{words.duration(-away.total_seconds())} ago")
    )


def _exact(local: datetime, zone: ZoneInfo) -> str:
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M:%S} {local:%Z} ({zone.key})"
