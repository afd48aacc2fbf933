"""The rows of a schedule, its modules and materials, as entries."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch

from coursehub.courses.models import Offering
from coursehub.publishing.ordering import WEEKDAYS
from coursehub.publishing.schema import (
    EventEntry,
    GroupEntry,
    GroupingEntry,
    MaterialEntry,
    MaterialsFile,
    MaterialUse,
    ModuleEntry,
    ModulesFile,
    RotationEntry,
    ScheduleFile,
    SeriesEntry,
    SpeakerEntry,
    WeekEntry,
)
from coursehub.schedule.models import (
    Event,
    EventSeries,
    EventSpeaker,
    MaterialLink,
    Module,
    Outcome,
    Requirement,
    RotationRule,
)

_LINKS = Prefetch("material_links", MaterialLink.objects.select_related("material").order_by("order", "pk"))


def schedule(offering: Offering) -> ScheduleFile:
    """Return the weeks, series, groups and events of an offering."""
    series = offering.series.select_related("rotation").prefetch_related("staff", "rotation__cohorts")
    events = offering.events.select_related("week", "series", "group").prefetch_related(
        "modules",
        "cohorts",
        Prefetch("speakers", EventSpeaker.objects.select_related("staff").order_by("order", "pk")),
        _LINKS,
    )
    return ScheduleFile(
        weeks=[
            WeekEntry(number=row.number, label=row.label, starts_on=row.starts_on)
            for row in offering.weeks.order_by("number")
        ],
        series=[_series(row) for row in series.order_by("order", "pk")],
        groups=[
            GroupEntry(key=row.key, title=row.title, note=row.note) for row in offering.event_groups.order_by("key")
        ],
        events=[_event(row) for row in events.order_by("order", "pk")],
    )


def modules(offering: Offering) -> ModulesFile:
    """Return the modules of an offering and the ways of grouping them."""
    rows = offering.modules.prefetch_related(Prefetch("outcomes", Outcome.objects.order_by("order")), _LINKS)
    groupings: dict[str, list[GroupingEntry]] = defaultdict(list)
    for row in offering.module_groupings.prefetch_related("modules").order_by("scheme", "number"):
        groupings[row.scheme].append(
            GroupingEntry(
                number=row.number,
                title=row.title,
                description=row.description_md,
                modules=[module.key for module in row.modules.all()],
            )
        )
    return ModulesFile(modules=[_module(row) for row in rows.order_by("number")], groupings=dict(groupings))


def materials(offering: Offering) -> MaterialsFile:
    """Return what there is to read, watch and run."""
    names = list(MaterialEntry.model_fields)
    return MaterialsFile(
        materials=[MaterialEntry.model_validate(row) for row in offering.materials.order_by("key").values(*names)]
    )


def uses(links: Iterable[Any]) -> list[MaterialUse]:
    """Return links to materials as entries."""
    return [
        MaterialUse(
            material=link.material.key,
            requirement=Requirement(link.requirement),
            locator=link.locator,
            note=link.note,
        )
        for link in links
    ]


def _series(row: EventSeries) -> SeriesEntry:
    rotation: RotationRule | None = getattr(row, "rotation", None)
    return SeriesEntry.model_validate(
        {
            "key": row.key,
            "kind": row.kind,
            "title": row.title,
            "weekdays": [WEEKDAYS[day] for day in row.weekdays],
            "start": row.start_time,
            "end": row.end_time,
            "first_on": row.first_on,
            "last_on": row.last_on,
            "location": row.location,
            "online_url": row.online_url,
            "note": row.note,
            "staff": [person.key for person in row.staff.all()],
            "rotation": None if rotation is None else _rotation(rotation),
        }
    )


def _rotation(row: RotationRule) -> RotationEntry:
    return RotationEntry(
        pattern=RotationRule.Pattern(row.pattern), cohorts=[cohort.key for cohort in row.cohorts.all()], note=row.note
    )


def _event(row: Event) -> EventEntry:
    return EventEntry.model_validate(
        {
            "key": row.key,
            "kind": row.kind,
            "title": row.title,
            "week": row.week.number if row.week else None,
            "series": row.series.key if row.series else None,
            "group": row.group.key if row.group else None,
            "date": row.date,
            "start": row.start_time,
            "end": row.end_time,
            "location": row.location,
            "online_url": row.online_url,
            "status": row.status,
            "attendance": row.attendance,
            "details": row.details_md,
            "tags": row.tags,
            "modules": [module.key for module in row.modules.all()],
            "cohorts": [cohort.key for cohort in row.cohorts.all()],
            "speakers": [_speaker(speaker) for speaker in row.speakers.all()],
            "materials": uses(row.material_links.all()),
        }
    )


def _speaker(row: EventSpeaker) -> SpeakerEntry:
    return SpeakerEntry(staff=row.staff.key if row.staff else None, name=row.name, affiliation=row.affiliation)


def _module(row: Module) -> ModuleEntry:
    outcomes = list(row.outcomes.all())
    return ModuleEntry(
        key=row.key,
        number=row.number,
        title=row.title,
        summary=row.summary_md,
        goals=[outcome.text_md for outcome in outcomes if outcome.kind == Outcome.Kind.GOAL],
        objectives=[outcome.text_md for outcome in outcomes if outcome.kind == Outcome.Kind.OBJECTIVE],
        materials=uses(row.material_links.all()),
    )
