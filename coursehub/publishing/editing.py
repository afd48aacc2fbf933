"""Changes to an offering as a value: each function takes a content and returns a changed one. Nothing is written here.

A *shelf* is one collection of entries that have keys and an order: blocks of the syllabus, events, people.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.ordering import chronological
from coursehub.publishing.paste import Pasted, free_key
from coursehub.publishing.refusals import NotThere
from coursehub.publishing.schema import Entry, EventEntry
from coursehub.schedule.models import Event


class Shelf(StrEnum):
    """Where entries stand."""

    BLOCKS = "blocks"
    POLICIES = "policies"
    PAGES = "pages"
    ANNOUNCEMENTS = "announcements"
    ASSESSMENTS = "assessments"
    LINKS = "links"
    STAFF = "staff"
    EVENTS = "events"
    SERIES = "series"
    MODULES = "modules"
    MATERIALS = "materials"
    ASSUMPTIONS = "assumptions"


AnyEntry = TypeVar("AnyEntry", bound=Entry)
_MAPPINGS = frozenset({Shelf.BLOCKS, Shelf.POLICIES, Shelf.PAGES, Shelf.ANNOUNCEMENTS, Shelf.ASSESSMENTS})
_FILES: Mapping[Shelf, str] = {
    Shelf.LINKS: "offering",
    Shelf.STAFF: "offering",
    Shelf.EVENTS: "schedule",
    Shelf.SERIES: "schedule",
    Shelf.MODULES: "modules",
    Shelf.MATERIALS: "materials",
    Shelf.ASSUMPTIONS: "assumptions",
}


def entries_of(content: OfferingContent, shelf: Shelf) -> dict[str, Entry]:
    """Return the entries of a shelf by key, in their order."""
    if shelf in _MAPPINGS:
        return dict(getattr(content, shelf))
    return {entry.key: entry for entry in getattr(getattr(content, _FILES[shelf]), shelf)}


def entry_of(content: OfferingContent, shelf: Shelf, key: str) -> Any:
    """Return one entry. Raises ``NotThere``."""
    try:
        return entries_of(content, shelf)[key]
    except KeyError as error:
        raise NotThere from error


def put_entry(content: OfferingContent, shelf: Shelf, key: str, entry: Entry) -> OfferingContent:
    """Put an entry in the place of the one with its key, or at the end."""
    return _with_entries(content, shelf, {**entries_of(content, shelf), key: entry})


def remove_entry(content: OfferingContent, shelf: Shelf, key: str) -> OfferingContent:
    """Take an entry out. Raises ``NotThere``."""
    entry_of(content, shelf, key)
    return _with_entries(content, shelf, {at: entry for at, entry in entries_of(content, shelf).items() if at != key})


def move_entry(content: OfferingContent, shelf: Shelf, key: str, *, steps: int) -> OfferingContent:
    """Move an entry so many places down its shelf, up where negative; no further than the end."""
    entry_of(content, shelf, key)
    keys = list(entries_of(content, shelf))
    at = keys.index(key)
    keys.insert(max(0, at + steps), keys.pop(at))
    entries = entries_of(content, shelf)
    return _with_entries(content, shelf, {name: entries[name] for name in keys})


def replace_offering(content: OfferingContent, **values: Any) -> OfferingContent:
    """Set fields of ``offering.yaml``."""
    return content.model_copy(update={"offering": changed_entry(content.offering, values)})


def replace_block(content: OfferingContent, key: str, **values: Any) -> OfferingContent:
    """Set fields of a block of the syllabus. Raises ``NotThere``."""
    return _replace(content, Shelf.BLOCKS, key, values)


def replace_event(content: OfferingContent, key: str, **values: Any) -> OfferingContent:
    """Set fields of an event. A new date outside its week takes it to the week of that date. Raises ``NotThere``."""
    event = entry_of(content, Shelf.EVENTS, key)
    if "date" in values and "week" not in values and values["date"] != event.date:
        values["week"] = week_of(content, values["date"], otherwise=event.week)
    return _in_time(_replace(content, Shelf.EVENTS, key, values))


def move_event(
    content: OfferingContent, key: str, *, to: dt.date | None, start: dt.time | None = None, end: dt.time | None = None
) -> OfferingContent:
    """Put an event on another day, with the same times unless others are given. Raises ``NotThere``."""
    event = entry_of(content, Shelf.EVENTS, key)
    times = {"start": start, "end": end} if start else {"start": event.start, "end": event.end}
    return replace_event(content, key, date=to, **times)


def exchange_event(content: OfferingContent, key: str, *, steps: int) -> OfferingContent:
    """Let an event and the next one (the one before it with ``steps=-1``) take each other's day, times and place."""
    keys = list(entries_of(content, Shelf.EVENTS))
    event = entry_of(content, Shelf.EVENTS, key)
    at = keys.index(key) + steps
    if not 0 <= at < len(keys):
        return content
    other = entry_of(content, Shelf.EVENTS, keys[at])
    content = _replace(content, Shelf.EVENTS, event.key, _slot(other))
    content = _replace(content, Shelf.EVENTS, other.key, _slot(event))
    return _in_time(move_entry(content, Shelf.EVENTS, key, steps=steps))


def add_event(content: OfferingContent, event: EventEntry) -> OfferingContent:
    """Add an event with a key that is free, in the order of time."""
    taken = entries_of(content, Shelf.EVENTS)
    key = free_key(event.key, taken, fallback="event")
    if event.date is not None and event.week is None:
        event = event.model_copy(update={"week": week_of(content, event.date)})
    return _in_time(put_entry(content, Shelf.EVENTS, key, event.model_copy(update={"key": key})))


def duplicate_event(content: OfferingContent, key: str) -> OfferingContent:
    """Add a copy of an event right after it. Raises ``NotThere``."""
    event = entry_of(content, Shelf.EVENTS, key)
    events = entries_of(content, Shelf.EVENTS)
    copy_key = free_key(key, events)
    doubled = {}
    for name, entry in events.items():
        doubled[name] = entry
        if name == key:
            doubled[copy_key] = event.model_copy(update={"key": copy_key, "status": Event.Status.SCHEDULED})
    return _with_entries(content, Shelf.EVENTS, doubled)


def cancel_event(content: OfferingContent, key: str) -> OfferingContent:
    """Say that an event does not take place; it stays in the schedule. Raises ``NotThere``."""
    return _replace(content, Shelf.EVENTS, key, {"status": Event.Status.CANCELLED})


def restore_event(content: OfferingContent, key: str) -> OfferingContent:
    """Let a cancelled event take place after all. Raises ``NotThere``."""
    return _replace(content, Shelf.EVENTS, key, {"status": Event.Status.SCHEDULED})


def add_pasted(content: OfferingContent, pasted: Pasted) -> OfferingContent:
    """Add pasted events with their materials. A row for an event of the same day and title updates that event."""
    known = {(event.date, event.title.casefold()): event for event in content.schedule.events}
    for material in pasted.materials:
        content = put_entry(content, Shelf.MATERIALS, material.key, material)
    weeks = {week.number for week in content.schedule.weeks}
    for event in pasted.events:
        if event.week is not None and event.week not in weeks:
            event = event.model_copy(update={"week": None})
        same = known.get((event.date, event.title.casefold()))
        if same is None:
            content = add_event(content, event)
            continue
        said = {name: getattr(event, name) for name in event.model_fields_set - {"key", "kind", "title", "date"}}
        content = replace_event(content, same.key, **{name: value for name, value in said.items() if value})
    return content


def confirm_assumption(content: OfferingContent, key: str, *, assumed: str | None = None) -> OfferingContent:
    """Say that what stands there is right, or first put something else there. Raises ``NotThere``."""
    values: dict[str, Any] = {"confirmed": True}
    if assumed is not None:
        values["assumed"] = assumed
    return _replace(content, Shelf.ASSUMPTIONS, key, values)


def week_of(content: OfferingContent, date: dt.date | None, *, otherwise: int | None = None) -> int | None:
    """Return the number of the week that a date falls into, as far as the weeks say when they start."""
    started = [week for week in content.schedule.weeks if week.starts_on and date and week.starts_on <= date]
    if not started:
        return otherwise
    newest = max(started, key=lambda week: week.starts_on or dt.date.min)
    return newest.number


def _slot(event: EventEntry) -> dict[str, Any]:
    return {name: getattr(event, name) for name in ("week", "date", "start", "end", "location")}


def _in_time(content: OfferingContent) -> OfferingContent:
    events = chronological(content.schedule.events)
    return _with_entries(content, Shelf.EVENTS, {event.key: event for event in events})


def _replace(content: OfferingContent, shelf: Shelf, key: str, values: Mapping[str, Any]) -> OfferingContent:
    return put_entry(content, shelf, key, changed_entry(entry_of(content, shelf, key), values))


def changed_entry(entry: AnyEntry, values: Mapping[str, Any]) -> AnyEntry:
    """Return an entry with other values. Unlike ``model_copy`` it checks them, like what a file says."""
    return type(entry).model_validate({**{name: getattr(entry, name) for name in type(entry).model_fields}, **values})


def _with_entries(content: OfferingContent, shelf: Shelf, entries: Mapping[str, Entry]) -> OfferingContent:
    if shelf in _MAPPINGS:
        return content.model_copy(update={shelf.value: dict(entries)})
    file = getattr(content, _FILES[shelf])
    changed = file.model_copy(update={shelf.value: list(entries.values())})
    return content.model_copy(update={_FILES[shelf]: changed})
