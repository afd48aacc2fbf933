"""A content's schedule, modules and materials into rows."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, RestrictedError
from django.db.models.functions import Now

from coursehub.courses.models import Offering
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.errors import StillInUse
from coursehub.publishing.ordering import WEEKDAYS
from coursehub.publishing.schema import EventEntry, MaterialUse, ModuleEntry, ModulesFile, SeriesEntry
from coursehub.publishing.upserts import Kept, Values, keep
from coursehub.publishing.writing import People
from coursehub.schedule.models import (
    Event,
    EventGroup,
    EventSeries,
    EventSpeaker,
    Material,
    MaterialLink,
    Module,
    ModuleGrouping,
    Outcome,
    RotationRule,
    Week,
)

_PARKED = 20_000
_IN_CALENDARS = frozenset({"title", "details_md", "date", "start_time", "end_time", "location", "online_url", "status"})
"""What a calendar shows of an event: when one of these changes, calendars must take it again."""
_UNSEEN = frozenset({"order"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """The rows of a schedule, by key."""

    weeks: Kept[int, Week]
    series: Kept[str, EventSeries]
    groups: Kept[str, EventGroup]
    events: Kept[str, Event]
    modules: Kept[str, Module]
    materials: Kept[str, Material]


def schedule(offering: Offering, content: OfferingContent, who: People, *, touched: Collection[str]) -> Scheduled:
    """Write materials, modules, weeks, series, groups and events, in the order in which they point at each other."""
    fixed = {"offering": offering}
    materials = keep(
        Material,
        {row.key: row for row in offering.materials.all()},
        {item.key: dict(item) for item in content.materials.materials},
        fixed=fixed,
    )
    modules = _modules(offering, content.modules, materials, touched=touched)
    weeks = keep(
        Week,
        {row.number: row for row in offering.weeks.all()},
        {item.number: dict(item) for item in content.schedule.weeks},
        fixed=fixed,
    )
    groups = keep(
        EventGroup,
        {row.key: row for row in offering.event_groups.all()},
        {item.key: dict(item) for item in content.schedule.groups},
        fixed=fixed,
    )
    series = keep(
        EventSeries,
        {row.key: row for row in offering.series.all()},
        {item.key: _series(item, order) for order, item in enumerate(content.schedule.series)},
        fixed=fixed,
    )
    for item in content.schedule.series:
        if f"series:{item.key}" in touched:
            _relate_series(series.rows[item.key], item, who)
    events = _write_events(offering, content.schedule.events, weeks, series, groups)
    written = Scheduled(weeks=weeks, series=series, groups=groups, events=events, modules=modules, materials=materials)
    for event in content.schedule.events:
        if f"event:{event.key}" in touched:
            _relate_event(events.rows[event.key], event, written, who)
    return written


def remove(written: Scheduled) -> None:
    """Delete what is no longer in the schedule. Raises ``StillInUse`` where somebody presents at an event."""
    for event in written.events.gone:
        try:
            event.delete()
        except RestrictedError as error:
            message = f"Somebody is signed up to present at “{event.title}”, so it stays. Cancel it instead."
            raise StillInUse(message) from error
    for kept in (written.series, written.groups, written.weeks, written.modules, written.materials):
        for row in kept.gone:
            row.delete()


def _modules(
    offering: Offering, file: ModulesFile, materials: Kept[str, Material], *, touched: Collection[str]
) -> Kept[str, Module]:
    existing = {row.key: row for row in offering.modules.all()}
    numbers = {item.key: item.number for item in file.modules}
    # Two modules may change places, and a number may come free: numbers are unique at every moment.
    for index, (key, row) in enumerate(existing.items()):
        if numbers.get(key) != row.number:
            Module.objects.filter(pk=row.pk).update(number=_PARKED + index)
            row.number = _PARKED + index
    modules = keep(
        Module,
        existing,
        {
            item.key: {"key": item.key, "number": item.number, "title": item.title, "summary_md": item.summary}
            for item in file.modules
        },
        fixed={"offering": offering},
    )
    for item in file.modules:
        if f"module:{item.key}" in touched:
            _relate_module(modules.rows[item.key], item, materials)
    _groupings(offering, file, modules, touched=touched)
    return modules


def _relate_module(row: Module, item: ModuleEntry, materials: Kept[str, Material]) -> None:
    row.outcomes.all().delete()
    Outcome.objects.bulk_create(
        Outcome(module=row, kind=kind, text_md=text, order=order)
        for kind, texts in ((Outcome.Kind.GOAL, item.goals), (Outcome.Kind.OBJECTIVE, item.objectives))
        for order, text in enumerate(texts)
    )
    row.material_links.all().delete()
    MaterialLink.objects.bulk_create(MaterialLink(module=row, **values) for values in used(item.materials, materials))


def _groupings(offering: Offering, file: ModulesFile, modules: Kept[str, Module], *, touched: Collection[str]) -> None:
    wanted = {(scheme, item.number): item for scheme, items in file.groupings.items() for item in items}
    groupings = keep(
        ModuleGrouping,
        {(row.scheme, row.number): row for row in offering.module_groupings.all()},
        {
            (scheme, number): {
                "scheme": scheme,
                "number": number,
                "title": item.title,
                "description_md": item.description,
            }
            for (scheme, number), item in wanted.items()
        },
        fixed={"offering": offering},
    )
    for (scheme, number), item in wanted.items():
        if f"grouping:{scheme}-{number}" in touched:
            groupings.rows[scheme, number].modules.set([modules.rows[key] for key in item.modules])
    for gone in groupings.gone:
        gone.delete()


def used(uses: Sequence[MaterialUse], materials: Kept[str, Material]) -> list[dict[str, Any]]:
    """Return the fields of links to materials, in order."""
    return [
        {
            "material": materials.rows[use.material],
            "requirement": use.requirement,
            "locator": use.locator,
            "note": use.note,
            "order": order,
        }
        for order, use in enumerate(uses)
    ]


def _series(item: SeriesEntry, order: int) -> Values:
    return {
        "key": item.key,
        "kind": item.kind,
        "title": item.title,
        "weekdays": [WEEKDAYS.index(day) for day in item.weekdays],
        "start_time": item.start,
        "end_time": item.end,
        "first_on": item.first_on,
        "last_on": item.last_on,
        "location": item.location,
        "online_url": item.online_url,
        "note": item.note,
        "order": order,
    }


def _relate_series(row: EventSeries, item: SeriesEntry, who: People) -> None:
    row.staff.set([who.staff.rows[key] for key in item.staff])
    if item.rotation is None:
        RotationRule.objects.filter(series=row).delete()
        return
    rule, _ = RotationRule.objects.update_or_create(
        series=row, defaults={"pattern": item.rotation.pattern, "note": item.rotation.note}
    )
    rule.cohorts.set([who.cohorts.rows[key] for key in item.rotation.cohorts])


def _write_events(
    offering: Offering,
    events: Sequence[EventEntry],
    weeks: Kept[int, Week],
    series: Kept[str, EventSeries],
    groups: Kept[str, EventGroup],
) -> Kept[str, Event]:
    existing = {row.key: row for row in offering.events.all()}
    wanted: dict[str, dict[str, Any]] = {
        item.key: {
            "key": item.key,
            "kind": item.kind,
            "title": item.title,
            "week_id": weeks.pk(item.week),
            "series_id": series.pk(item.series),
            "group_id": groups.pk(item.group),
            "date": item.date,
            "start_time": item.start,
            "end_time": item.end,
            "location": item.location,
            "online_url": item.online_url,
            "status": item.status,
            "attendance": item.attendance,
            "details_md": item.details,
            "tags": item.tags,
            "order": order,
        }
        for order, item in enumerate(events)
    }
    for key, values in wanted.items():
        if key not in existing:
            values["calendar_uid"] = f"{uuid.uuid4()}@coursehub"
    return keep(Event, existing, wanted, fixed={"offering": offering}, also=_marks)


def _marks(row: Event, changed: Values) -> Values:
    if not changed.keys() - _UNSEEN:
        return {}
    marks: dict[str, Any] = {"version": F("version") + 1, "updated_at": Now()}
    if changed.keys() & _IN_CALENDARS:
        marks["calendar_sequence"] = F("calendar_sequence") + 1
    return marks


def _relate_event(row: Event, item: EventEntry, written: Scheduled, who: People) -> None:
    row.modules.set([written.modules.rows[key] for key in item.modules])
    row.cohorts.set([who.cohorts.rows[key] for key in item.cohorts])
    row.speakers.all().delete()
    EventSpeaker.objects.bulk_create(
        EventSpeaker(
            event=row,
            staff=who.staff.rows[speaker.staff] if speaker.staff else None,
            name=speaker.name,
            affiliation=speaker.affiliation,
            order=order,
        )
        for order, speaker in enumerate(item.speakers)
    )
    row.material_links.all().delete()
    MaterialLink.objects.bulk_create(
        MaterialLink(event=row, **values) for values in used(item.materials, written.materials)
    )
