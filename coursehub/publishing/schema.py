"""An offering as files: what each file may hold, as pydantic models. `docs/reference/course-files.md` shows a folder.

::

    offering.yaml        what it is, where it is taught, contact, staff, links, cohorts, team sets, prerequisites
    syllabus/NN-key.md   blocks of the syllabus, in the order of their names
    policies/NN-key.md   policies, likewise
    pages/NN-slug.md     other pages
    announcements/*.md   announcements
    assessments/NN-slug.md   assessments: facts in the front matter, instructions below
    schedule.yaml        weeks, series, groups, events
    modules.yaml         modules, and the ways of grouping them
    materials.yaml       materials, by key
    grading.yaml         the tree of weights
    deadlines.yaml       late policies, slip days, and how each assessment judges late work
    assumptions.yaml     what the documents of the course do not say

A Markdown file begins with YAML between two lines of three dashes. The number that begins its name is its order, the
rest its key. Things point at each other by key. A value that is not known yet is left out.
"""

from coursehub.publishing.fields import (
    Body,
    Clock,
    Count,
    Email,
    Entry,
    Key,
    LongKey,
    LongTitle,
    Name,
    Points,
    Sentence,
    ShortKey,
    ShortTitle,
    Text,
    Timezone,
    Title,
    Url,
    Weekday,
    Weight,
    Words,
)
from coursehub.publishing.schema_deadlines import DeadlinesFile, LatenessEntry, LatePolicyEntry, SlipDaysEntry
from coursehub.publishing.schema_offering import (
    AnnouncementFile,
    AssumptionEntry,
    AssumptionsFile,
    BlockFile,
    CohortEntry,
    CourseEntry,
    LinkEntry,
    OfferingFile,
    OrganizationEntry,
    PageFile,
    PolicyFile,
    PrerequisiteEntry,
    StaffEntry,
    TeamSetEntry,
    TermEntry,
)
from coursehub.publishing.schema_schedule import (
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
from coursehub.publishing.schema_work import (
    Anchor,
    AssessmentFile,
    DateSpec,
    DayMoment,
    GradingFile,
    NodeEntry,
    PartEntry,
    RuleEntry,
)

__all__ = [
    "Anchor",
    "AnnouncementFile",
    "AssessmentFile",
    "AssumptionEntry",
    "AssumptionsFile",
    "BlockFile",
    "Body",
    "Clock",
    "CohortEntry",
    "Count",
    "CourseEntry",
    "DateSpec",
    "DayMoment",
    "DeadlinesFile",
    "Email",
    "Entry",
    "EventEntry",
    "GradingFile",
    "GroupEntry",
    "GroupingEntry",
    "Key",
    "LatePolicyEntry",
    "LatenessEntry",
    "LinkEntry",
    "LongKey",
    "LongTitle",
    "MaterialEntry",
    "MaterialUse",
    "MaterialsFile",
    "ModuleEntry",
    "ModulesFile",
    "Name",
    "NodeEntry",
    "OfferingFile",
    "OrganizationEntry",
    "PageFile",
    "PartEntry",
    "Points",
    "PolicyFile",
    "PrerequisiteEntry",
    "RotationEntry",
    "RuleEntry",
    "ScheduleFile",
    "Sentence",
    "SeriesEntry",
    "ShortKey",
    "ShortTitle",
    "SlipDaysEntry",
    "SpeakerEntry",
    "StaffEntry",
    "TeamSetEntry",
    "TermEntry",
    "Text",
    "Timezone",
    "Title",
    "Url",
    "WeekEntry",
    "Weekday",
    "Weight",
    "Words",
]
