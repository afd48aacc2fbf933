"""Questions about the schedule of an offering. Each asks the database a fixed number of times."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Max, Prefetch, QuerySet

from coursehub.courses.access import Viewer
from coursehub.courses.models import Change, Offering, StaffMember
from coursehub.courses.queries import OF_PEOPLE
from coursehub.schedule.models import (
    Event,
    EventSeries,
    EventSpeaker,
    Material,
    MaterialLink,
    Module,
    ModuleGrouping,
    Outcome,
    Week,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The weeks of an offering and everything that happens in it, in the order of the days."""

    weeks: tuple[Week, ...]
    events: tuple[Event, ...]


def schedule_of(viewer: Viewer) -> Schedule:
    """Return the schedule: seven queries, however long it is.

    Each event has its ``speakers`` with ``staff``, ``material_links`` with ``material``, ``modules`` and ``cohorts``
    already fetched. What has no date stands where its week is, or at the end.
    """
    offering = viewer.offering
    weeks = tuple(offering.weeks.order_by("number"))
    return Schedule(weeks=weeks, events=tuple(sorted(_events(offering), key=_place)))


def upcoming_events_of(offering: Offering, today: date) -> QuerySet[Event]:
    """Return what happens from a day on, soonest first, with all that ``schedule_of`` fetches."""
    return _with_parts(offering.events.filter(date__gte=today)).order_by("date", "start_time", "order", "pk")


def modules_of(viewer: Viewer) -> QuerySet[Module]:
    """Return the modules in order, with ``outcomes``, ``material_links``, ``groupings`` and ``events`` fetched."""
    return viewer.offering.modules.order_by("number").prefetch_related(
        Prefetch("outcomes", Outcome.objects.order_by("kind", "order")),
        Prefetch("material_links", _material_links()),
        Prefetch("groupings", ModuleGrouping.objects.order_by("scheme", "number")),
        Prefetch("events", Event.objects.select_related("week").order_by("date", "start_time", "order")),
    )


def groupings_of(viewer: Viewer) -> QuerySet[ModuleGrouping]:
    """Return every group of modules, by way of grouping and number, with ``modules`` fetched."""
    return viewer.offering.module_groupings.order_by("scheme", "number").prefetch_related(
        Prefetch("modules", Module.objects.order_by("number"))
    )


def series_of(offering: Offering) -> QuerySet[EventSeries]:
    """Return what repeats weekly, in order, with ``staff`` and the cohorts of the ``rotation`` fetched."""
    return (
        offering.series.select_related("rotation")
        .prefetch_related("staff", "rotation__cohorts")
        .order_by("order", "pk")
    )


def materials_of(offering: Offering) -> QuerySet[Material]:
    """Return every material by title."""
    return offering.materials.order_by("title", "pk")


def _events(offering: Offering) -> list[Event]:
    return list(_with_parts(offering.events.all()))


def _with_parts(events: QuerySet[Event]) -> QuerySet[Event]:
    return events.select_related("offering", "week", "series", "group").prefetch_related(
        Prefetch("speakers", EventSpeaker.objects.select_related("staff").order_by("order")),
        Prefetch("material_links", _material_links()),
        Prefetch("modules", Module.objects.order_by("number")),
        "cohorts",
    )


def _material_links() -> QuerySet[MaterialLink]:
    return MaterialLink.objects.select_related("material").order_by("order", "pk")


def _place(event: Event) -> tuple[date, bool, time, int, int]:
    week = event.week.starts_on if event.week else None
    day = event.date or week or date.max
    return day, event.date is None, event.start_time or time.min, event.order, event.pk


# feeds and search


def calendar_events_of(offerings: Collection[Offering]) -> list[Event]:
    """Return every event of these offerings, with ``cohorts``, ``speakers`` and the rotation of its series fetched."""
    by_key = {offering.pk: offering for offering in offerings}
    rows = (
        Event.objects.filter(offering__in=by_key)
        .select_related("series__rotation")
        .prefetch_related("cohorts", "speakers", "series__rotation__cohorts")
        .order_by("date", "start_time", "order", "pk")
    )
    found = list(rows)
    for event in found:
        event.offering = by_key[event.offering_id]  # so that its time zone costs no query
    return found


def repeating_series_of(offerings: Collection[Offering]) -> list[EventSeries]:
    """Return the weekly series of these offerings whose sessions have no rows of their own, with ``staff`` fetched."""
    by_key = {offering.pk: offering for offering in offerings}
    found = list(
        EventSeries.objects.filter(offering__in=by_key, events__isnull=True)
        .prefetch_related("staff")
        .order_by("order", "pk")
    )
    for series in found:
        series.offering = by_key[series.offering_id]
    return found


def names_in(offerings: Collection[Offering]) -> frozenset[str]:
    """Return the names of everybody who teaches or speaks in these offerings."""
    keys = [offering.pk for offering in offerings]
    staff = StaffMember.objects.filter(offering__in=keys).values_list("name", flat=True)
    guests = EventSpeaker.objects.filter(event__offering__in=keys).exclude(name="").values_list("name", flat=True)
    return frozenset(staff.union(guests))


def changed_at_of(offerings: Collection[Offering]) -> dict[int, datetime]:
    """Return when anything in an offering last changed, by primary key; an offering without a history is left out."""
    changes = Change.objects.filter(offering__in=[offering.pk for offering in offerings])
    changes = changes.exclude(subject__startswith=OF_PEOPLE)
    return dict(changes.values_list("offering_id").annotate(newest=Max("made_at")))
