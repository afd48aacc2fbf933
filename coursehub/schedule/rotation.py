"""Who attends in person: groups that take turns. Pure rules over rows that are already fetched."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from coursehub.courses.models import Cohort
from coursehub.schedule.models import Event, RotationRule

NOBODY_IN_PARTICULAR: Mapping[int, tuple[Cohort, ...]] = MappingProxyType({})


def in_person_groups(events: Iterable[Event]) -> Mapping[int, tuple[Cohort, ...]]:
    """Return which groups each event is for, by its primary key; an event that is for everybody is left out.

    What an event says of itself comes first. Where it says nothing and its series has a pattern, the groups of the
    series take turns in their own order: event by event, or week by week. A cancelled session keeps its turn, so that
    nobody's later days change. Each event comes with ``cohorts`` and ``series__rotation__cohorts`` fetched.
    """
    found: dict[int, tuple[Cohort, ...]] = {}
    by_series: dict[int, list[Event]] = {}
    for event in events:
        if event.series_id is not None:
            by_series.setdefault(event.series_id, []).append(event)
        if named := tuple(event.cohorts.all()):
            found[event.pk] = named
    for sessions in by_series.values():
        rule = _rule_of(sessions[0])
        if rule is not None:
            found = {**_turns(sessions, rule), **found}
    return found


def _rule_of(event: Event) -> RotationRule | None:
    return getattr(event.series, "rotation", None)


def _turns(sessions: Sequence[Event], rule: RotationRule) -> dict[int, tuple[Cohort, ...]]:
    groups = sorted(rule.cohorts.all(), key=lambda cohort: (cohort.order, cohort.pk))
    dated = sorted((event for event in sessions if event.date), key=_when)
    if not groups or rule.pattern == RotationRule.Pattern.UNSAID:
        return {}
    if rule.pattern == RotationRule.Pattern.EVENTS:
        return {event.pk: (groups[turn % len(groups)],) for turn, event in enumerate(dated)}
    weeks = {week: turn for turn, week in enumerate(dict.fromkeys(_week(event) for event in dated))}
    return {event.pk: (groups[weeks[_week(event)] % len(groups)],) for event in dated}


def _when(event: Event) -> tuple[str, str, int]:
    return f"{event.date}", f"{event.start_time or ''}", event.pk


def _week(event: Event) -> tuple[int, int]:
    assert event.date is not None  # noqa: S101  # only what has a date takes a turn
    year, week, _ = event.date.isocalendar()
    return year, week
