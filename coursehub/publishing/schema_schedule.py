"""``schedule.yaml``, ``modules.yaml`` and ``materials.yaml``."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from coursehub.publishing.fields import (
    KEY,
    Clock,
    Count,
    Entry,
    Key,
    LongKey,
    LongTitle,
    Sentence,
    ShortKey,
    Text,
    Title,
    Url,
    Weekday,
    Words,
)
from coursehub.schedule.models import Event, EventKind, Requirement, RotationRule

Scheme = Annotated[str, Field(pattern=KEY, max_length=40)]


class MaterialUse(Entry):
    """A material at an event, a module or an assessment."""

    material: LongKey
    requirement: Requirement = Requirement.PLAIN
    locator: Words = ""
    note: Sentence = ""


class MaterialEntry(Entry):
    """Something to read, watch or run."""

    key: LongKey
    kind: ShortKey
    title: LongTitle
    url: Url = ""
    authors: Sentence = ""
    year: Count | None = None
    note: Sentence = ""


class MaterialsFile(Entry):
    """``materials.yaml``."""

    materials: list[MaterialEntry] = Field(default_factory=list)


class WeekEntry(Entry):
    """A week of the calendar."""

    number: Count
    label: Words = ""
    starts_on: dt.date | None = None


class RotationEntry(Entry):
    """Who attends in person."""

    pattern: RotationRule.Pattern = RotationRule.Pattern.UNSAID
    cohorts: list[Key]
    note: Sentence = ""


class SeriesEntry(Entry):
    """Something that repeats weekly."""

    key: Key
    kind: EventKind
    title: Title
    weekdays: list[Weekday] = Field(default_factory=list)
    start: Clock | None = None
    end: Clock | None = None
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    location: Words = ""
    online_url: Url = ""
    note: Sentence = ""
    staff: list[Key] = Field(default_factory=list)
    rotation: RotationEntry | None = None


class GroupEntry(Entry):
    """Several sessions of one thing."""

    key: Key
    title: Title
    note: Sentence = ""


class SpeakerEntry(Entry):
    """Either ``staff`` or ``name``."""

    staff: Key | None = None
    name: Annotated[str, Field(max_length=150)] = ""
    affiliation: Annotated[str, Field(max_length=150)] = ""


class EventEntry(Entry):
    """One thing on one day."""

    key: Key
    kind: EventKind = EventKind.LECTURE
    title: LongTitle
    week: Count | None = None
    series: Key | None = None
    group: Key | None = None
    date: dt.date | None = None
    start: Clock | None = None
    end: Clock | None = None
    location: Words = ""
    online_url: Url = ""
    status: Event.Status = Event.Status.SCHEDULED
    attendance: Event.Attendance = Event.Attendance.NONE
    details: Text = ""
    tags: list[Key] = Field(default_factory=list)
    modules: list[Key] = Field(default_factory=list)
    cohorts: list[Key] = Field(default_factory=list)
    speakers: list[SpeakerEntry] = Field(default_factory=list)
    materials: list[MaterialUse] = Field(default_factory=list)


class ScheduleFile(Entry):
    """``schedule.yaml``. Events stand in the order in which they happen."""

    weeks: list[WeekEntry] = Field(default_factory=list)
    series: list[SeriesEntry] = Field(default_factory=list)
    groups: list[GroupEntry] = Field(default_factory=list)
    events: list[EventEntry] = Field(default_factory=list)


class ModuleEntry(Entry):
    """A unit of content."""

    key: Key
    number: Annotated[int, Field(ge=0, le=999)]
    title: Title
    summary: Text = ""
    goals: list[Text] = Field(default_factory=list)
    objectives: list[Text] = Field(default_factory=list)
    materials: list[MaterialUse] = Field(default_factory=list)


class GroupingEntry(Entry):
    """A group of modules."""

    number: Annotated[int, Field(ge=0, le=999)]
    title: Title
    description: Text = ""
    modules: list[Key]


class ModulesFile(Entry):
    """``modules.yaml``. ``groupings`` maps the name of a way of grouping to its groups."""

    modules: list[ModuleEntry] = Field(default_factory=list)
    groupings: dict[Annotated[str, Field(pattern=KEY, max_length=40)], list[GroupingEntry]] = Field(
        default_factory=dict
    )
