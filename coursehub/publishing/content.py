"""An offering as a whole, as a value: what a folder holds, what the database holds, what an editor is about to save."""

from typing import NamedTuple

from pydantic import Field

from coursehub.publishing.schema import (
    AnnouncementFile,
    AssessmentFile,
    AssumptionsFile,
    BlockFile,
    Body,
    DeadlinesFile,
    Entry,
    GradingFile,
    Key,
    MaterialsFile,
    ModulesFile,
    OfferingFile,
    PageFile,
    PolicyFile,
    ScheduleFile,
)


class BlockContent(BlockFile):
    """A block of the syllabus with its text."""

    body_md: Body = ""


class PolicyContent(PolicyFile):
    """A policy with its text."""

    body_md: Body = ""


class PageContent(PageFile):
    """A page with its text."""

    body_md: Body = ""


class AnnouncementContent(AnnouncementFile):
    """An announcement with its text."""

    body_md: Body = ""


class AssessmentContent(AssessmentFile):
    """An assessment with its instructions."""

    body_md: Body = ""


class OfferingContent(Entry):
    """Everything that is written about an offering. Two equal ones are the same course.

    The mappings are in the order in which pages show them. Make a changed one with ``model_copy(update=…)``;
    `ordering.in_order` then puts right what follows from the rest.
    """

    offering: OfferingFile
    blocks: dict[Key, BlockContent] = Field(default_factory=dict)
    policies: dict[Key, PolicyContent] = Field(default_factory=dict)
    pages: dict[Key, PageContent] = Field(default_factory=dict)
    announcements: dict[Key, AnnouncementContent] = Field(default_factory=dict)
    assessments: dict[Key, AssessmentContent] = Field(default_factory=dict)
    schedule: ScheduleFile = ScheduleFile()
    modules: ModulesFile = ModulesFile()
    materials: MaterialsFile = MaterialsFile()
    grading: GradingFile = GradingFile()
    deadlines: DeadlinesFile = DeadlinesFile()
    assumptions: AssumptionsFile = AssumptionsFile()


class Finding(NamedTuple):
    """Something in a content that cannot be right, and where: ``("schedule", "events", 3, "series")``."""

    path: tuple[str | int, ...]
    sentence: str
