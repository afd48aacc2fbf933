"""``offering.yaml``, ``assumptions.yaml``, and the front matter of syllabus, policies, pages and announcements."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from coursehub.courses.models import (
    Audience,
    Cohort,
    Offering,
    Policy,
    Prerequisite,
    StaffMember,
    SyllabusBlock,
)
from coursehub.publishing.fields import (
    KEY,
    Count,
    Email,
    Entry,
    Key,
    LongKey,
    LongTitle,
    Name,
    Sentence,
    ShortKey,
    ShortTitle,
    Text,
    Timezone,
    Title,
    Url,
)


class OrganizationEntry(Entry):
    """A university."""

    slug: Annotated[str, Field(pattern=KEY, max_length=50)]
    name: Title


class TermEntry(Entry):
    """A semester or quarter."""

    code: ShortKey
    name: Annotated[str, Field(min_length=1, max_length=60)]
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None


class CourseEntry(Entry):
    """A course of the catalogue."""

    code: Annotated[str, Field(min_length=1, max_length=30)]
    title: Title


class PrerequisiteEntry(Entry):
    """What to know before."""

    level: Prerequisite.Level = Prerequisite.Level.REQUIRED
    text: Annotated[Text, Field(min_length=1)]


class LinkEntry(Entry):
    """Where else the course lives."""

    key: Key
    kind: ShortKey
    label: ShortTitle
    url: Url = ""
    note: Sentence = ""
    audience: Audience = Audience.PUBLIC


class StaffEntry(Entry):
    """Somebody who teaches."""

    key: Key
    name: Name
    position: StaffMember.Position
    credentials: Annotated[str, Field(max_length=60)] = ""
    email: Email = ""
    email_display: StaffMember.EmailDisplay = StaffMember.EmailDisplay.OBFUSCATED
    website: Annotated[Url, Field(max_length=300)] = ""


class CohortEntry(Entry):
    """A part of the class."""

    key: Key
    kind: Cohort.Kind = Cohort.Kind.SECTION
    name: Annotated[str, Field(min_length=1, max_length=100)]


class TeamSetEntry(Entry):
    """How teams are formed."""

    key: Key
    title: ShortTitle
    min_size: Count | None = None
    max_size: Count | None = None
    hard: bool = False
    note: Text = ""


class OfferingFile(Entry):
    """``offering.yaml``."""

    slug: LongKey
    organization: OrganizationEntry
    term: TermEntry
    course: CourseEntry
    section: Annotated[str, Field(max_length=20)] = ""
    timezone: Timezone
    status: Offering.Status = Offering.Status.DRAFT
    visibility: Offering.Visibility = Offering.Visibility.PUBLIC
    units: Annotated[str, Field(max_length=40)] = ""
    delivery: Annotated[str, Field(max_length=200)] = ""
    contact_email: Email = ""
    contact_note: Text = ""
    schedule_notice: Text = ""
    previous: LongKey | None = None
    prerequisites: list[PrerequisiteEntry] = Field(default_factory=list)
    links: list[LinkEntry] = Field(default_factory=list)
    staff: list[StaffEntry] = Field(default_factory=list)
    cohorts: list[CohortEntry] = Field(default_factory=list)
    team_sets: list[TeamSetEntry] = Field(default_factory=list)


class BlockFile(Entry):
    """Front matter of ``syllabus/*.md``."""

    heading: Title
    kind: SyllabusBlock.Kind = SyllabusBlock.Kind.CUSTOM
    audience: Audience = Audience.PUBLIC


class PolicyFile(Entry):
    """Front matter of ``policies/*.md``."""

    title: Title
    kind: Policy.Kind = Policy.Kind.OTHER
    rule: Annotated[str, Field(max_length=200)] = ""


class PageFile(Entry):
    """Front matter of ``pages/*.md``."""

    title: Title
    audience: Audience = Audience.PUBLIC


class AnnouncementFile(Entry):
    """Front matter of ``announcements/*.md``."""

    title: Title
    publish_at: dt.datetime | None = None
    pinned: bool = False
    audience: Audience = Audience.ENROLLED
    cohorts: list[Key] = Field(default_factory=list)


class AssumptionEntry(Entry):
    """Something that the documents do not say."""

    key: LongKey
    about: Annotated[str, Field(pattern=r"^[a-z_]+:[a-z0-9_-]+$", max_length=120)]
    """What it concerns: ``assessment:hw0``, ``grade_node:forum``, ``event:lecture-1``, ``offering:late-policy``."""
    question: LongTitle
    assumed: Sentence = ""
    confirmed: bool = False


class AssumptionsFile(Entry):
    """``assumptions.yaml``."""

    assumptions: list[AssumptionEntry] = Field(default_factory=list)
