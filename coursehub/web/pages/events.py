"""One event as pages show it, whatever the view: table, agenda, month or a module's page."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.common.markdown import to_safe_html
from coursehub.schedule.models import Event, EventKind, EventSeries, RotationRule
from coursehub.web import words
from coursehub.web.moments import Moment, day, hours
from coursehub.web.pages.frame import Link
from coursehub.web.pages.materials import MaterialGroup, material_groups
from coursehub.web.pages.work import Marker

TBD = "TBD"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SELF_EVIDENT = frozenset({EventKind.LECTURE, EventKind.NO_CLASS, EventKind.OTHER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who speaks, and from where."""

    name: str
    affiliation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """An event, ready to be shown."""

    key: str
    day: Moment | None
    time: str
    """Empty where it is that of every week, or to be announced."""
    title: str
    kind: str
    """Empty where the title says it."""
    status: str
    is_cancelled: bool
    is_free: bool
    """There is no class."""
    is_exam: bool
    is_today: bool
    is_past: bool
    details: SafeString
    place: str
    online_url: str
    group: str
    audience: str
    attendance: str
    tags: tuple[str, ...]
    url: str
    """Of the module that the title names."""
    modules: tuple[Link, ...]
    """Those that the title does not name."""
    speakers: tuple[Speaker, ...]
    materials: tuple[MaterialGroup, ...]
    work: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesLine:
    """Something that repeats weekly, in one line."""

    title: str
    when: str
    where: str
    online_url: str
    who: str
    note: str
    rotation: str


def event_line(event: Event, *, now: datetime, work: tuple[Marker, ...] = (), is_full: bool = False) -> EventLine:
    """Return an event; with `is_full` its time and place are named even where they are those of its series."""
    today = now.astimezone(event.offering.zone)
    modules = [
        Link(label=f"Module {module.number}", url=reverse("module", args=[event.offering.slug, module.key]))
        for module in event.modules.all()
    ]
    named = next((link for link in modules if _names(event.title, link.label)), None)
    series = event.series
    usual = not is_full and series is not None
    time = hours(event.start_time, event.end_time)
    return EventLine(
        key=event.key,
        day=day(event.date) if event.date else None,
        time="" if usual and series and time == hours(series.start_time, series.end_time) else time,
        title=_title(event),
        kind=_kind(event),
        status="" if event.status == Event.Status.SCHEDULED else event.get_status_display(),
        is_cancelled=event.status == Event.Status.CANCELLED,
        is_free=event.kind == EventKind.NO_CLASS,
        is_exam=event.kind == EventKind.EXAM,
        is_today=event.date == today.date(),
        is_past=event.date is not None and event.date < today.date(),
        details=to_safe_html(event.details_md),
        place="" if usual and series and event.location == series.location else event.location,
        online_url="" if usual and series and event.online_url == series.online_url else event.online_url,
        group=event.group.note if event.group else "",
        audience=", ".join(cohort.name for cohort in event.cohorts.all()),
        attendance="Attendance is required" if event.attendance == Event.Attendance.REQUIRED else "",
        tags=tuple(str(tag).replace("-", " ") for tag in event.tags),
        url=named.url if named else "",
        modules=tuple(link for link in modules if link != named),
        speakers=tuple(Speaker(name=str(speaker), affiliation=speaker.affiliation) for speaker in event.speakers.all()),
        materials=material_groups(list(event.material_links.all())),
        work=work,
    )


def series_line(series: EventSeries) -> SeriesLine:
    """Return a series; what is not known of it is TBD."""
    names = [WEEKDAYS[number] for number in series.weekdays]
    days = " and ".join(names) if len(names) < 3 else ", ".join(names)
    time = hours(series.start_time, series.end_time)
    rotation: RotationRule | None = getattr(series, "rotation", None)
    return SeriesLine(
        title=series.title,
        when=f"{days} {time or ', time TBD'}".strip().replace(" ,", ",") if days or time else TBD,
        where=series.location or ("Online" if series.online_url else TBD),
        online_url=series.online_url,
        who=", ".join(member.name for member in series.staff.all()),
        note=series.note,
        rotation=_rotation(rotation) if rotation else "",
    )


def _title(event: Event) -> str:
    label = EventKind.NO_CLASS.label
    if event.kind == EventKind.NO_CLASS and not event.title.lower().startswith(label.lower()):
        return f"{label}: {event.title}"
    return event.title


def _kind(event: Event) -> str:
    label = EventKind(event.kind).label
    said = label.lower() in event.title.lower() or (event.series is not None and event.series.kind == event.kind)
    return "" if event.kind in _SELF_EVIDENT or said else label


def _names(title: str, module: str) -> bool:
    return title == module or title.startswith((f"{module}:", f"{module} "))


def _rotation(rotation: RotationRule) -> str:
    cohorts = words.listed([cohort.name for cohort in rotation.cohorts.all()])
    return f"{cohorts} take turns in person: {rotation.get_pattern_display().lower()}. {rotation.note}".strip()
