"""The schedule as a table: weeks, and in each the days with their topic, speaker, materials and work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from coursehub.courses.access import Viewer
from coursehub.schedule.models import Event, EventKind, EventSeries
from coursehub.schedule.queries import Schedule
from coursehub.web.moments import Moment, day
from coursehub.web.pages.calendars import AgendaDay, MonthGrid, agenda_of, month_of
from coursehub.web.pages.events import EventLine, SeriesLine, event_line, series_line
from coursehub.web.pages.frame import Frame, Link, course_frame, has_place
from coursehub.web.pages.work import Marker, Work, work_of
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates

TABLE, AGENDA, MONTH = "table", "agenda", "month"
_VIEWS = ((TABLE, "Table"), (AGENDA, "Agenda"), (MONTH, "Month"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """A row: an event, or a day on which only work comes out or is due."""

    event: EventLine | None
    day: Moment | None
    work: tuple[Marker, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleWeek:
    """A week with its rows; the label is empty where an offering has no weeks."""

    id: str
    label: str
    starts: Moment | None
    is_current: bool
    rows: tuple[ScheduleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns have anything to say; an empty one is left out."""

    speaker: bool
    materials: bool
    work: bool

    @property
    def count(self) -> int:
        """How many columns the table has."""
        return 2 + self.speaker + self.materials + self.work


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePage:
    """The schedule in one of its views; the other two are None."""

    frame: Frame
    heading: str
    course: str
    notice: str
    view: str
    views: tuple[Link, ...]
    series: tuple[SeriesLine, ...]
    zone: str
    calendar_url: str
    current_url: str
    weeks: tuple[ScheduleWeek, ...] | None
    columns: Columns
    agenda: tuple[AgendaDay, ...] | None
    agenda_note: str
    whole_url: str
    month: MonthGrid | None


def schedule_page(
    viewer: Viewer,
    schedule: Schedule,
    series: Sequence[EventSeries],
    assessments: Sequence[Assessment],
    *,
    dates: Mapping[int, EffectiveDates],
    view: str,
    month: str,
    from_start: bool,
    now: datetime,
) -> SchedulePage:
    """Build the page in the view that is asked for, or the table where there is no such view.

    `dates` are the reader's own.
    """
    offering = viewer.offering
    shown = view if view in dict(_VIEWS) else TABLE
    today = now.astimezone(offering.zone).date()
    work = work_of(viewer, assessments, schedule.events, dates=dates, now=now)
    here = reverse("schedule", args=[offering.slug])
    weeks = weeks_of(schedule, work, now=now, today=today) if shown == TABLE else None
    agenda, note = agenda_of(schedule.events, work, now=now, today=today, from_start=from_start)
    current = next((week.id for week in weeks or () if week.is_current), "")
    return SchedulePage(
        frame=course_frame(
            offering,
            viewer.capabilities,
            title=f"Schedule · {offering.course.title}",
            place="schedule",
            crumbs=(Link(label="Schedule", url="", current=True),),
            viewer=viewer,
        ),
        heading="Schedule",
        course=f"{offering.course.code} · {offering.term}",
        notice=offering.schedule_notice,
        view=shown,
        views=tuple(
            Link(label=label, url=here if name == TABLE else f"{here}?view={name}", current=name == shown)
            for name, label in _VIEWS
        ),
        series=tuple(series_line(row) for row in series if row.kind != EventKind.OFFICE_HOURS),
        zone=offering.timezone.replace("_", " "),
        calendar_url=reverse("calendar", args=[offering.slug]) if has_place("calendar", offering.slug) else "",
        current_url=f"#{current}" if current else "",
        weeks=weeks,
        columns=_columns(schedule.events, work),
        agenda=agenda if shown == AGENDA else None,
        agenda_note=note,
        whole_url=f"{here}?view=agenda&from=start" if not from_start else "",
        month=month_of(schedule.events, work, here=here, wanted=month, now=now, today=today)
        if shown == MONTH
        else None,
    )


def weeks_of(schedule: Schedule, work: Work, *, now: datetime, today: date) -> tuple[ScheduleWeek, ...]:
    """Return every week with its rows; what belongs to none stands at the end, or alone where there are no weeks."""
    beginnings = _beginnings(schedule)
    rows: dict[int | None, list[tuple[date, ScheduleRow]]] = {}
    for event in schedule.events:
        number = event.week.number if event.week else _week_at(event.date, beginnings)
        marks = tuple(work.by_event.get(event.pk, ()))
        line = event_line(event, now=now, work=marks)
        rows.setdefault(number, []).append((event.date or date.max, ScheduleRow(event=line, day=line.day, work=marks)))
    for on, marks_of_day in work.loose.items():
        row = ScheduleRow(event=None, day=day(on), work=tuple(marks_of_day))
        rows.setdefault(_week_at(on, beginnings), []).append((on, row))
    current = _week_at(today, beginnings)
    is_running = any(on >= today for found in rows.values() for on, _ in found if on != date.max)
    built = [
        ScheduleWeek(
            id=f"week-{week.number}",
            label=str(week),
            starts=day(week.starts_on) if week.starts_on else None,
            is_current=is_running and week.number == current,
            rows=_in_order(rows.pop(week.number, [])),
        )
        for week in schedule.weeks
    ]
    rest = [pair for found in rows.values() for pair in found]
    if rest:
        label = "Outside the weeks" if built else ""
        built.append(ScheduleWeek(id="other", label=label, starts=None, is_current=False, rows=_in_order(rest)))
    return tuple(built)


def _in_order(found: list[tuple[date, ScheduleRow]]) -> tuple[ScheduleRow, ...]:
    # Sorting is stable: the events of one day keep their order.
    return tuple(row for _, row in sorted(found, key=lambda pair: pair[0]))


def _beginnings(schedule: Schedule) -> list[tuple[date, int]]:
    first: dict[int, date] = {week.number: week.starts_on for week in schedule.weeks if week.starts_on}
    for event in schedule.events:
        if event.week and event.date and event.week.number not in first:
            first[event.week.number] = event.date
    return sorted((on, number) for number, on in first.items())


def _week_at(on: date | None, beginnings: Sequence[tuple[date, int]]) -> int | None:
    number = None
    for begins, candidate in beginnings:
        if on is not None and begins <= on:
            number = candidate
    return number


def _columns(events: Sequence[Event], work: Work) -> Columns:
    return Columns(
        speaker=any(event.speakers.all() for event in events),
        materials=any(event.material_links.all() for event in events),
        work=bool(work.by_event or work.loose),
    )
