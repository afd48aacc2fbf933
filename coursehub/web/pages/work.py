"""What comes out and what is due on a day, put beside the event of that day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.urls import reverse

from coursehub.courses.access import Viewer
from coursehub.schedule.models import Event, EventKind
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.dates import NEVER_DUE, OwnDate, own_date
from grading.assessments.models import AnchoredDate, Assessment
from grading.deadlines.dates import EffectiveDates

OUT, DUE = "out", "due"
_CLASSES = frozenset(
    {
        EventKind.LECTURE,
        EventKind.LIVE_SESSION,
        EventKind.KICKOFF,
        EventKind.GUEST_LECTURE,
        EventKind.PRESENTATIONS,
        EventKind.EXAM,
        EventKind.RECITATION,
        EventKind.PROJECT_OFFICE_HOURS,
    }
)
_WHICH: dict[str, str] = {OUT: AnchoredDate.Which.RELEASE, DUE: AnchoredDate.Which.DUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A piece of work comes out, or is due."""

    what: str
    title: str
    url: str
    """Empty for who cannot open it yet."""
    at: Moment
    on: date
    clock: str
    """Empty where the time of day is to be announced."""
    solutions_url: str
    own: OwnDate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """All markers: those beside an event, by its primary key, and those of days without one."""

    by_event: dict[int, list[Marker]] = field(default_factory=dict)
    loose: dict[date, list[Marker]] = field(default_factory=dict)


def work_of(
    viewer: Viewer,
    assessments: Iterable[Assessment],
    events: Sequence[Event],
    *,
    dates: Mapping[int, EffectiveDates],
    now: datetime,
) -> Work:
    """Return what is out and due where: at the event it is anchored to, else at that day's class, else on its own.

    `dates` are the reader's own. What is never due for them stands on the day of the class, which it says.
    """
    work = Work()
    by_day: dict[date, list[Event]] = {}
    for event in events:
        if event.date is not None:
            by_day.setdefault(event.date, []).append(event)
    found = []
    for assessment in assessments:
        anchors = {row.which: row for row in assessment.anchored_dates.all()}
        mine = own_date(assessment, dates[assessment.pk], now=now)
        due_at = dates[assessment.pk].due_at or assessment.due_at
        for what, at, own in ((DUE, due_at, mine), (OUT, assessment.release_at, None)):
            if at is not None:
                # The anchor is that of the class.
                anchor = anchors.get(_WHICH[what]) if own is None else None
                found.append((_marker(viewer, assessment, what, at, now=now, anchor=anchor, own=own), anchor))
    for marker, anchor in sorted(found, key=lambda pair: pair[0].what != DUE):
        event_pk = _event_of(marker, by_day.get(marker.on, []), anchor)
        if event_pk is None:
            work.loose.setdefault(marker.on, []).append(marker)
        else:
            work.by_event.setdefault(event_pk, []).append(marker)
    return work


def url_if_open(viewer: Viewer, assessment: Assessment, *, now: datetime) -> str:
    """Return the address of an assessment, or nothing for who cannot open it yet."""
    is_out = assessment.release_at is not None and assessment.release_at <= now
    return reverse("assessment", args=[viewer.offering.slug, assessment.slug]) if is_out or viewer.is_staff else ""


def _marker(
    viewer: Viewer,
    assessment: Assessment,
    what: str,
    at: datetime,
    *,
    now: datetime,
    anchor: AnchoredDate | None,
    own: OwnDate | None,
) -> Marker:
    zone = viewer.offering.zone
    local = at.astimezone(zone)
    has_clock = (local.hour, local.minute) != (0, 0) if anchor is None or anchor.at_time is None else True
    if own is not None:
        has_clock = own.whose != NEVER_DUE
    has_solutions = assessment.solutions_at is not None and assessment.solutions_at <= now
    return Marker(
        what=what,
        title=assessment.title,
        url=url_if_open(viewer, assessment, now=now),
        at=moment(at, zone, now=now),
        on=local.date(),
        clock=f"{local:%H:%M}" if has_clock else "",
        solutions_url=assessment.solutions_url if what == OUT and has_solutions else "",
        own=own,
    )


def _event_of(marker: Marker, events: Sequence[Event], anchor: AnchoredDate | None) -> int | None:
    if anchor is not None and any(event.pk == anchor.event_id for event in events):
        return anchor.event_id
    classes = [event for event in events if event.kind in _CLASSES] or events
    return classes[0].pk if classes else None
