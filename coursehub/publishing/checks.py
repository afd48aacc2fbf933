"""What a content says that cannot be right although each entry of it is well-formed: pure questions, no database."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from coursehub.publishing import deadlines, grading_checks
from coursehub.publishing.content import Finding, OfferingContent
from coursehub.publishing.known import Known, Path, strangers
from coursehub.publishing.moments import WHICH, exists, moments_of, spec_of
from coursehub.publishing.schema import Anchor, AssessmentFile, DayMoment, EventEntry, MaterialUse

_WEEK = dt.timedelta(days=7)


def findings(content: OfferingContent, *, unsure: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Return everything that cannot be right. What points into the parts named in `unsure` is not judged."""
    known = Known.of(content, unsure=unsure)
    return (
        *_offering(content),
        *_announcements(content, known),
        *_assessments(content, known),
        *_schedule(content, known),
        *_modules(content, known),
        *_repeated(("materials", "materials"), [item.key for item in content.materials.materials], "key"),
        *grading_checks.findings(content, known),
        *deadlines.findings(content, known),
        *_repeated(("assumptions", "assumptions"), [item.key for item in content.assumptions.assumptions], "key"),
        *_subjects(content, known),
    )


def _repeated(path: Path, keys: Sequence[object], what: str) -> Iterator[Finding]:
    seen: Counter[object] = Counter()
    for index, key in enumerate(keys):
        seen[key] += 1
        if seen[key] == 2:
            yield Finding((*path, index, what), f"“{key}” is the {what} of something else here; each needs its own.")


def _offering(content: OfferingContent) -> Iterator[Finding]:
    file = content.offering
    for name, entries in (
        ("links", file.links),
        ("staff", file.staff),
        ("cohorts", file.cohorts),
        ("team_sets", file.team_sets),
    ):
        yield from _repeated(("offering", name), [entry.key for entry in entries], "key")
    for index, team_set in enumerate(file.team_sets):
        if team_set.min_size is not None and team_set.max_size is not None and team_set.max_size < team_set.min_size:
            yield Finding(
                ("offering", "team_sets", index, "max_size"), "The largest team is smaller than the smallest."
            )
    if file.previous == file.slug:
        yield Finding(("offering", "previous"), "An offering cannot come before itself.")
    if file.term.starts_on and file.term.ends_on and file.term.ends_on < file.term.starts_on:
        yield Finding(("offering", "term", "ends_on"), "The term ends before it begins.")


def _announcements(content: OfferingContent, known: Known) -> Iterator[Finding]:
    for key, item in content.announcements.items():
        yield from strangers(("announcements", key, "cohorts"), item.cohorts, known.cohorts, "cohort")


def _uses(path: Path, uses: Sequence[MaterialUse], known: Known) -> Iterator[Finding]:
    for index, use in enumerate(uses):
        yield from strangers((*path, "materials", index, "material"), use.material, known.materials, "material")


def _assessments(content: OfferingContent, known: Known) -> Iterator[Finding]:
    moments = moments_of(content)
    for key, item in content.assessments.items():
        path: Path = ("assessments", key)
        yield from strangers((*path, "modules"), item.modules, known.modules, "module")
        yield from strangers((*path, "event"), item.event, known.events, "event")
        yield from strangers((*path, "team_set"), item.team_set, known.team_sets, "team set")
        yield from strangers((*path, "depends_on"), item.depends_on, known.assessments, "assessment")
        if item.depends_on == key:
            yield Finding((*path, "depends_on"), "An assessment cannot build on itself.")
        yield from _uses(path, item.materials, known)
        yield from _repeated((*path, "parts"), [part.key for part in item.parts], "key")
        yield from _dates(path, item, known, ZoneInfo(content.offering.timezone))
        release, due, closes = (moments[key, which] for which in ("release", "due", "closes"))
        if release and due and due < release:
            yield Finding((*path, "due"), f"It is due on {due:%d %b %Y %H:%M}, before it is released.")
        if due and closes and closes < due:
            yield Finding((*path, "closes"), f"It closes on {closes:%d %b %Y %H:%M}, before it is due.")


def _dates(path: Path, item: AssessmentFile, known: Known, zone: ZoneInfo) -> Iterator[Finding]:
    for which in WHICH:
        spec = spec_of(item, which)
        if isinstance(spec, Anchor):
            yield from strangers((*path, which, "event"), spec.event, known.events, "event")
        if isinstance(spec, DayMoment) and not exists(spec.date, spec.at, zone):
            yield Finding((*path, which), f"On {spec.date} the clocks go forward over {spec.at:%H:%M}.")


def _schedule(content: OfferingContent, known: Known) -> Iterator[Finding]:
    schedule = content.schedule
    yield from _repeated(("schedule", "weeks"), [week.number for week in schedule.weeks], "number")
    for name, keys in (
        ("series", [item.key for item in schedule.series]),
        ("groups", [item.key for item in schedule.groups]),
        ("events", [item.key for item in schedule.events]),
    ):
        yield from _repeated(("schedule", name), keys, "key")
    for index, series in enumerate(schedule.series):
        path: Path = ("schedule", "series", index)
        yield from strangers((*path, "staff"), series.staff, known.staff, "person among the staff")
        if series.rotation is not None:
            yield from strangers((*path, "rotation", "cohorts"), series.rotation.cohorts, known.cohorts, "cohort")
        yield from _times(path, series.start, series.end)
        if series.first_on and series.last_on and series.last_on < series.first_on:
            yield Finding((*path, "last_on"), "The last day is before the first.")
    starts = {week.number: week.starts_on for week in schedule.weeks}
    for index, event in enumerate(schedule.events):
        yield from _event(("schedule", "events", index), event, known, starts)
    yield from _week_order([(week.number, week.starts_on) for week in sorted(schedule.weeks, key=lambda w: w.number)])


def _event(path: Path, event: EventEntry, known: Known, starts: dict[int, dt.date | None]) -> Iterator[Finding]:
    yield from strangers((*path, "series"), event.series, known.series, "series")
    yield from strangers((*path, "group"), event.group, known.groups, "group")
    yield from strangers((*path, "modules"), event.modules, known.modules, "module")
    yield from strangers((*path, "cohorts"), event.cohorts, known.cohorts, "cohort")
    yield from _uses(path, event.materials, known)
    yield from _times(path, event.start, event.end)
    for index, speaker in enumerate(event.speakers):
        place: Path = (*path, "speakers", index)
        yield from strangers((*place, "staff"), speaker.staff, known.staff, "person among the staff")
        if bool(speaker.staff) == bool(speaker.name):
            yield Finding(place, "A speaker is either one of the staff or has a name: give one of the two.")
    if event.week is None:
        return
    if event.week not in starts:
        yield Finding((*path, "week"), f"There is no week {event.week}.")
    first = starts.get(event.week)
    if first and event.date and not first <= event.date < first + _WEEK:
        yield Finding((*path, "date"), f"{event.date} is not in week {event.week}, which begins on {first}.")


def _times(path: Path, start: dt.time | None, end: dt.time | None) -> Iterator[Finding]:
    if end is not None and start is None:
        yield Finding((*path, "end"), "It ends without a beginning: give both times, or none.")
    if end is not None and start is not None and end <= start:
        yield Finding((*path, "end"), f"It ends at {end:%H:%M}, which is not after {start:%H:%M}.")


def _week_order(weeks: Sequence[tuple[int, dt.date | None]]) -> Iterator[Finding]:
    dated = [(number, day) for number, day in weeks if day is not None]
    for (before, first), (number, second) in itertools.pairwise(dated):
        if second <= first:
            yield Finding(("schedule", "weeks"), f"Week {number} does not begin after week {before}.")


def events_out_of_order(events: Iterable[EventEntry]) -> Iterator[Finding]:
    """Yield the events that a file lists after a later one. Only files are asked: saving puts events in order."""
    last: EventEntry | None = None
    for index, event in enumerate(events):
        if event.date is None:
            continue
        if last is not None and last.date is not None and event.date < last.date:
            sentence = f"{event.date} comes after {last.date}, the date of “{last.key}”: events stand as they happen."
            yield Finding(("schedule", "events", index, "date"), sentence)
        last = event


def _modules(content: OfferingContent, known: Known) -> Iterator[Finding]:
    modules = content.modules.modules
    yield from _repeated(("modules", "modules"), [module.key for module in modules], "key")
    yield from _repeated(("modules", "modules"), [module.number for module in modules], "number")
    for index, module in enumerate(modules):
        yield from _uses(("modules", "modules", index), module.materials, known)
    for scheme, groups in content.modules.groupings.items():
        path: Path = ("modules", "groupings", scheme)
        yield from _repeated(path, [group.number for group in groups], "number")
        for index, group in enumerate(groups):
            yield from strangers((*path, index, "modules"), group.modules, known.modules, "module")


def _subjects(content: OfferingContent, known: Known) -> Iterator[Finding]:
    for index, item in enumerate(content.assumptions.assumptions):
        kind, _, key = item.about.partition(":")
        if (keys := known.subjects.get(kind)) is not None:
            yield from strangers(("assumptions", "assumptions", index, "about"), key, keys, kind.replace("_", " "))
