"""The one order in which a content stands, so that two that mean the same are equal.

Events stand in the order in which they happen; one without a date stays behind the one before it. Weeks, modules and
groups of modules follow their numbers; materials, team sets and groups of events their keys; announcements their
moments. A list of keys follows the collection to which it points.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from coursehub.publishing import deadlines
from coursehub.publishing.content import AnnouncementContent, OfferingContent
from coursehub.publishing.schema import EventEntry, ModulesFile, NodeEntry, ScheduleFile, SeriesEntry

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def in_order(content: OfferingContent) -> OfferingContent:
    """Return the same content in its order. Doing it twice changes nothing more."""
    file = content.offering
    cohorts = [cohort.key for cohort in file.cohorts]
    modules = sorted(content.modules.modules, key=lambda module: module.number)
    module_keys = [module.key for module in modules]
    groupings = {
        scheme: [
            group.model_copy(update={"modules": _sorted(group.modules, module_keys)})
            for group in sorted(groups, key=lambda group: group.number)
        ]
        for scheme, groups in sorted(content.modules.groupings.items())
    }
    announcements = {key: _local(item, ZoneInfo(file.timezone), cohorts) for key, item in content.announcements.items()}
    return content.model_copy(
        update={
            "offering": file.model_copy(update={"team_sets": sorted(file.team_sets, key=lambda item: item.key)}),
            "announcements": dict(
                sorted(announcements.items(), key=lambda item: (item[1].publish_at or dt.datetime.max, item[0]))
            ),
            "assessments": {
                key: item.model_copy(update={"modules": _sorted(item.modules, module_keys)})
                for key, item in content.assessments.items()
            },
            "schedule": _schedule(content.schedule, cohorts, module_keys, [person.key for person in file.staff]),
            "modules": ModulesFile(modules=modules, groupings=groupings),
            "materials": content.materials.model_copy(
                update={"materials": sorted(content.materials.materials, key=lambda item: item.key)}
            ),
            "grading": content.grading.model_copy(
                update={
                    "nodes": [_node(node, list(content.assessments)) for node in content.grading.nodes],
                    "letters": dict(sorted(content.grading.letters.items(), key=lambda item: (-item[1], item[0]))),
                }
            ),
            "deadlines": deadlines.in_order(content),
        }
    )


def chronological(events: Sequence[EventEntry]) -> list[EventEntry]:
    """Return events as they happen; what has no date or no time stays behind what stands before it."""
    day, at = dt.date.min, dt.time.min
    keyed: list[tuple[dt.date, dt.time, EventEntry]] = []
    for event in events:
        if event.date is not None:
            at = event.start or (at if event.date == day else dt.time.min)
            day = event.date
        keyed.append((day, at, event))
    return [event for *_, event in sorted(keyed, key=lambda item: item[:2])]


def _schedule(
    schedule: ScheduleFile, cohorts: Sequence[str], modules: Sequence[str], staff: Sequence[str]
) -> ScheduleFile:
    return ScheduleFile(
        weeks=sorted(schedule.weeks, key=lambda week: week.number),
        series=[_series(series, cohorts, staff) for series in schedule.series],
        groups=sorted(schedule.groups, key=lambda group: group.key),
        events=chronological(
            [
                event.model_copy(
                    update={"modules": _sorted(event.modules, modules), "cohorts": _sorted(event.cohorts, cohorts)}
                )
                for event in schedule.events
            ]
        ),
    )


def _series(series: SeriesEntry, cohorts: Sequence[str], staff: Sequence[str]) -> SeriesEntry:
    rotation = series.rotation and series.rotation.model_copy(
        update={"cohorts": _sorted(series.rotation.cohorts, cohorts)}
    )
    return series.model_copy(
        update={
            "weekdays": _sorted(series.weekdays, WEEKDAYS),
            "staff": _sorted(series.staff, staff),
            "rotation": rotation,
        }
    )


def _node(node: NodeEntry, assessments: Sequence[str]) -> NodeEntry:
    return node.model_copy(
        update={
            "assessments": _sorted(node.assessments, assessments),
            "parts": [_node(part, assessments) for part in node.parts],
        }
    )


def _local(item: AnnouncementContent, zone: ZoneInfo, cohorts: Sequence[str]) -> AnnouncementContent:
    at = item.publish_at
    if at is not None and at.tzinfo is not None:
        at = at.astimezone(zone).replace(tzinfo=None)
    return item.model_copy(update={"publish_at": at, "cohorts": _sorted(item.cohorts, cohorts)})


def _sorted(keys: Iterable[str], collection: Sequence[str]) -> list[str]:
    place = {key: index for index, key in enumerate(collection)}
    return sorted(keys, key=lambda key: (place.get(key, len(place)), key))
