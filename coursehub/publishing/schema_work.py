"""Front matter of ``assessments/*.md``, and ``grading.yaml``."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from coursehub.publishing.fields import (
    Clock,
    Count,
    Entry,
    Key,
    Letter,
    Points,
    Sentence,
    ShortTitle,
    Text,
    Title,
    Url,
    Weight,
)
from coursehub.publishing.schema_schedule import MaterialUse
from grading.assessments.models import AnchoredDate, Assessment, AssessmentKind, AssessmentPart, CountingTry
from grading.gradebook.models import GradeNode, GradingScheme, ParticipationRule

MOST_DECIMALS = 6
"""That a total is shown with."""


class Anchor(Entry):
    """A date that follows an event."""

    event: Key
    edge: AnchoredDate.Edge = AnchoredDate.Edge.START
    days: Annotated[int, Field(ge=-400, le=400)] = 0
    at: Clock | None = None


class DayMoment(Entry):
    """A date and a time on the wall of the offering's time zone."""

    date: dt.date
    at: Clock


def short_moment(value: object) -> Any:
    """Return a moment that may be written short, ``2026-09-23 23:59``, in the form that its model takes."""
    if isinstance(value, str):
        day, _, at = value.strip().replace("T", " ").partition(" ")
        if not at:
            message = "write a day and a time, such as 2026-09-23 23:59, or an event"
            raise ValueError(message)
        return {"date": day, "at": at}
    if isinstance(value, dt.datetime):
        return {"date": value.date(), "at": value.time()}
    return value


def _form(value: object) -> str:
    names_an_event = "date" not in value if isinstance(value, dict) else isinstance(value, Anchor)
    return "event" if names_an_event else "day"


DateSpec = Annotated[
    Annotated[Anchor, Tag("event")] | Annotated[DayMoment, Tag("day")],
    Discriminator(_form),
    BeforeValidator(short_moment),
]


class PartEntry(Entry):
    """A part of an assessment."""

    key: Key
    kind: AssessmentPart.Kind
    title: Title
    required: bool = True
    note: Text = ""


class AssessmentFile(Entry):
    """Front matter of ``assessments/*.md``."""

    title: Title
    kind: AssessmentKind = AssessmentKind.PROGRAMMING
    purpose: Assessment.Purpose = Assessment.Purpose.GRADED
    max_points: Points
    listed: bool = True
    suite: str | None = None
    release: DateSpec | None = None
    due: DateSpec | None = None
    closes: DateSpec | None = None
    solutions: DateSpec | None = None
    solutions_url: Url = ""
    accepted: list[str] = Field(default_factory=list)
    required: list[str] = Field(default_factory=list)
    tries: Annotated[int, Field(gt=0, le=32767)] | None = None
    counting: CountingTry = CountingTry.BEST
    pledge: Text = ""
    ai_disclosure: Assessment.AiDisclosure = Assessment.AiDisclosure.NONE
    modules: list[Key] = Field(default_factory=list)
    event: Key | None = None
    team_set: Key | None = None
    depends_on: Key | None = None
    parts: list[PartEntry] = Field(default_factory=list)
    materials: list[MaterialUse] = Field(default_factory=list)


class RuleEntry(Entry):
    """What evidence of taking part earns."""

    metric: ParticipationRule.Metric
    threshold: Count | None = None
    below: ParticipationRule.Below = ParticipationRule.Below.UNSAID
    bonus_top: Count | None = None
    bonus_course_points: Weight | None = None
    ties: ParticipationRule.Ties = ParticipationRule.Ties.INCLUDE
    excused_shrinks: bool = True


class NodeEntry(Entry):
    """A row of the grading table, with the rows inside it."""

    key: Key
    label: ShortTitle
    description: Sentence = ""
    weight: Weight | None = None
    unit: GradeNode.WeightUnit = GradeNode.WeightUnit.COURSE_POINTS
    aggregation: GradeNode.Aggregation = GradeNode.Aggregation.UNSAID
    extra_credit: bool = False
    drop_lowest: Count = 0
    drop_highest: Count = 0
    cap: Weight | None = None
    expected_count: Count | None = None
    assessments: list[Key] = Field(default_factory=list)
    rule: RuleEntry | None = None
    parts: list["NodeEntry"] = Field(default_factory=list)


class GradingFile(Entry):
    """``grading.yaml``. A draft may leave open how grades add up; a published one may not."""

    status: GradingScheme.Status = GradingScheme.Status.DRAFT
    note: Text = ""
    decimals: Annotated[int, Field(ge=0, le=MOST_DECIMALS)] = 2
    letter_on: GradingScheme.LetterOn = GradingScheme.LetterOn.UNROUNDED
    cap: Weight | None = None
    missing_is_pending: bool = False
    letters: dict[Letter, Weight] = Field(default_factory=dict)
    """The lowest total that earns each, in course points."""
    nodes: list[NodeEntry] = Field(default_factory=list)
