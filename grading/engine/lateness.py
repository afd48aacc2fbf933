"""How late work is, by the wall clock of the offering: a deadline at 23:59 stays there when clocks change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

NO_GRACE = timedelta(0)
_HOUR = timedelta(hours=1)


class Interval(StrEnum):
    """What lateness is counted in."""

    DAY = "day"
    HOUR = "hour"


class DueSource(StrEnum):
    """Where a due date comes from."""

    BASE = "base"
    COHORT = "cohort"
    TEAM = "team"
    ENROLMENT = "enrolment"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueOverride:
    """Another due date for some. ``due_at`` is None where they have all the time there is."""

    source: DueSource
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveDue:
    """The due date that counts, and where it comes from. None: never due."""

    due_at: datetime | None
    source: DueSource


def effective_due(base: datetime | None, overrides: Iterable[DueOverride] = ()) -> EffectiveDue:
    """Return the latest of all due dates; none at all is later than any. Of equally late ones, the first given."""
    found = EffectiveDue(due_at=base, source=DueSource.BASE)
    for override in overrides:
        if found.due_at is None:
            break
        if override.due_at is None or override.due_at > found.due_at:
            found = EffectiveDue(due_at=override.due_at, source=override.source)
    return found


def wall(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the same time of day so many calendar days later, in UTC.

    A time that the clocks skip moves forward by what they skip; of a time that comes twice, the first is meant.
    """
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=days)
    # PEP 495: with fold=0 a skipped time takes the offset from before the change, which lies that much later.
    return local.replace(tzinfo=zone).astimezone(UTC)


def days_late(submitted_at: datetime, due_at: datetime | None, *, zone: ZoneInfo, grace: timedelta = NO_GRACE) -> int:
    """Return by how many days of the wall clock work is late; 0 within the grace. The grace lengthens no later day."""
    if due_at is None or submitted_at <= due_at + grace:
        return 0
    apart = submitted_at.astimezone(zone).date() - due_at.astimezone(zone).date()
    days = max(1, apart.days - 1)
    while submitted_at > wall(due_at, days, zone):
        days += 1
    return days


def hours_late(submitted_at: datetime, due_at: datetime | None, *, grace: timedelta = NO_GRACE) -> int:
    """Return by how many hours, each begun one whole, work is late; 0 within the grace."""
    if due_at is None or submitted_at <= due_at + grace:
        return 0
    return -((due_at - submitted_at) // _HOUR)


def units_late(
    submitted_at: datetime,
    due_at: datetime | None,
    *,
    interval: Interval,
    zone: ZoneInfo,
    grace: timedelta = NO_GRACE,
    slip_days: int = 0,
) -> int:
    """Return the late days or hours that no slip day covers; each slip day covers a day of the wall clock."""
    if due_at is None:
        return 0
    if interval is Interval.DAY:
        return max(0, days_late(submitted_at, due_at, zone=zone, grace=grace) - slip_days)
    return hours_late(submitted_at, wall(due_at, slip_days, zone) if slip_days else due_at, grace=grace)
