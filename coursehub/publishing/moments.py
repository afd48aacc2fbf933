"""When the dates of assessments are, wherever they are written: as a day, or with an event."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.schema import Anchor, AssessmentFile, DayMoment, EventEntry
from grading.assessments.models import AnchoredDate

WHICH: tuple[str, ...] = tuple(AnchoredDate.Which.values)


def spec_of(assessment: AssessmentFile, which: str) -> Anchor | DayMoment | None:
    """Return how a date is written, or None where it is not."""
    found: Anchor | DayMoment | None = getattr(assessment, which)
    return found


def moments_of(content: OfferingContent) -> dict[tuple[str, str], dt.datetime | None]:
    """Return the moment of every date of every assessment, by the assessment's key and which date it is."""
    zone = ZoneInfo(content.offering.timezone)
    events = {event.key: event for event in content.schedule.events}
    return {
        (key, which): moment(spec_of(assessment, which), events, zone)
        for key, assessment in content.assessments.items()
        for which in WHICH
    }


def moment(spec: Anchor | DayMoment | None, events: Mapping[str, EventEntry], zone: ZoneInfo) -> dt.datetime | None:
    """Return when a date is, aware, or None where nobody can say yet."""
    match spec:
        case None:
            return None
        case DayMoment():
            return dt.datetime.combine(spec.date, spec.at, tzinfo=zone)
        case Anchor():
            return _with_event(spec, events.get(spec.event), zone)


def _with_event(anchor: Anchor, event: EventEntry | None, zone: ZoneInfo) -> dt.datetime | None:
    if event is None or event.date is None:
        return None
    edge = event.end if anchor.edge == AnchoredDate.Edge.END else event.start
    at = anchor.at or edge or event.start or dt.time.min
    return dt.datetime.combine(event.date + dt.timedelta(days=anchor.days), at, tzinfo=zone)


def exists(day: dt.date, at: dt.time, zone: ZoneInfo) -> bool:
    """Tell whether clocks show this time on this day: not while they go forward."""
    said = dt.datetime.combine(day, at, tzinfo=zone)
    return said.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == said.replace(tzinfo=None)
