"""What a file would change: the very object that is stored, previewed, applied and taken back."""

import hashlib
import json
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Effect(StrEnum):
    """What a line does."""

    ADDED = "added"
    CHANGED = "changed"
    DROPPED = "dropped"
    SAME = "same"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Note(_Value):
    """Something about a place in the file, as a sentence. Line 0 is the whole file."""

    line: int
    sentence: str


class Question(_Value):
    """A column whose meaning nobody knows: its heading, what it may be, and what stands below it."""

    heading: str
    suggestion: str
    samples: tuple[str, ...] = ()


class Choices(_Value):
    """How somebody wants a file read. What was answered once is never asked again."""

    files: tuple[str, ...]
    """The hashes of the files, in the order of upload."""
    columns: dict[str, str] | None = None
    """Heading to meaning, for a file of nobody known."""
    sync: bool = False
    """Who is not in the file is dropped."""
    allow_drops: bool = False
    teamset: str = ""
    course: str = ""
    """Of several courses in the enrolments of Canvas, the one."""
    assessments: dict[str, str] = Field(default_factory=dict)
    """The title in the file to the key of the assessment here; empty: leave it out."""
    scale: bool = False
    """Points of another maximum are brought to ours."""
    people: dict[str, int] = Field(default_factory=dict)
    """The key of an enrollment to the line that it is; 0: nobody in the file."""
    lines: dict[str, str] = Field(default_factory=dict)
    """The key of an assessment to the heading of its column in Canvas; empty: none."""


class PersonFacts(_Value):
    """What a roster can say of a person in an offering."""

    name: str
    preferred_name: str = ""
    roles: tuple[str, ...] = ()
    status: str = "active"
    time_factor: Decimal = Decimal(1)
    sections: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    teams: dict[str, str] = Field(default_factory=dict)
    ids: dict[str, str] = Field(default_factory=dict)


class PersonChange(_Value):
    """One person. Without ``before`` they take no part in the offering yet; line 0 says that the file lacks them."""

    line: int
    email: str
    user: int | None
    before: PersonFacts | None
    after: PersonFacts
    ids_before: dict[str, str] = Field(default_factory=dict)
    """The ids that the account had, also of who takes no part yet."""

    @property
    def effect(self) -> Effect:
        """What happens to the person."""
        if self.before is None:
            return Effect.ADDED
        if self.before == self.after:
            return Effect.SAME
        if self.after.status == "dropped" != self.before.status:
            return Effect.DROPPED
        return Effect.CHANGED


class CellChange(_Value):
    """One grade. ``version`` is that of the cell it was made against, 0 where there was none."""

    line: int
    enrollment: int
    assessment: int
    who: str
    what: str
    version: int
    before: str
    after: str
    points: Decimal | None
    """On the scale of ``max_points``; None: excused."""
    max_points: Decimal
    comment: str = ""
    """To be added; empty: none, or the one that stands."""
    mark: str
    """How the cell is marked before: a score alone would not count against that."""
    is_same: bool
    """Whether the grade itself stays."""

    @property
    def effect(self) -> Effect:
        """What happens to the grade."""
        if self.is_same:
            return Effect.CHANGED if self.comment else Effect.SAME
        return Effect.CHANGED if self.before else Effect.ADDED


class CountFacts(_Value):
    """How often somebody took part."""

    count: Decimal
    total: Decimal | None
    excused: Decimal


class CountChange(_Value):
    """One count of taking part."""

    line: int
    enrollment: int
    who: str
    metric: str
    before: CountFacts | None
    after: CountFacts

    @property
    def effect(self) -> Effect:
        """What happens to the count."""
        if self.before is None:
            return Effect.ADDED
        return Effect.SAME if self.before == self.after else Effect.CHANGED


class Candidate(_Value):
    """Somebody of an export who could be one of ours."""

    line: int
    label: str


class CanvasPersonChange(_Value):
    """One of ours and the row of Canvas that is theirs. ``outcome`` says how sure that is, ``reason`` why."""

    line: int
    enrollment: int
    user: int
    who: str
    outcome: Literal["matched", "ambiguous", "unmatched", "chosen"]
    reason: str
    candidates: tuple[Candidate, ...] = ()
    before: dict[str, str]
    after: dict[str, str]

    @property
    def effect(self) -> Effect:
        """What happens to the identities."""
        if self.before == self.after:
            return Effect.SAME
        return Effect.CHANGED if self.before.get("canvas") else Effect.ADDED


class LineItem(_Value):
    """A column of Canvas."""

    value: str
    title: str

    @property
    def heading(self) -> str:
        """As the file writes it."""
        return f"{self.title} ({self.value})" if self.value else self.title


class LineItemChange(_Value):
    """One assessment of ours and the column of Canvas that it is."""

    assessment: int
    key: str
    what: str
    before: LineItem | None
    after: LineItem | None
    reason: str

    @property
    def effect(self) -> Effect:
        """What happens to the link."""
        if self.before == self.after:
            return Effect.SAME
        return Effect.ADDED if self.before is None else Effect.CHANGED


class _Plan(_Value):
    problems: tuple[Note, ...] = ()
    """Lines that would be left out, which somebody has to say, or what keeps the file from being used at all."""
    warnings: tuple[Note, ...] = ()
    ignored: tuple[str, ...] = ()
    """Headings that mean nothing here."""
    questions: tuple[Question, ...] = ()
    """Not empty: the file cannot be read before they are answered."""
    is_stopped: bool = False
    """Duplicates, of lines or of headings, stop the whole file: nobody knows which of two is meant."""


class RosterPlan(_Plan):
    """What a roster changes."""

    kind: Literal["roster"] = "roster"
    dialect: str = ""
    changes: tuple[PersonChange, ...] = ()
    students: int = 0
    """How many active students there are before."""
    dropped: int = 0
    """How many of them the plan drops because the file lacks them."""
    asks_teamset: bool = False


class GradesPlan(_Plan):
    """What a file of grades changes."""

    kind: Literal["grades"] = "grades"
    changes: tuple[CellChange, ...] = ()
    titles: tuple[str, ...] = ()
    """What stands in the file for assessments and has to be matched with ours."""
    scales: tuple[str, ...] = ()
    """Assessments whose maximum differs from ours, as sentences."""


class CountsPlan(_Plan):
    """What a file of counts changes."""

    kind: Literal["counts"] = "counts"
    changes: tuple[CountChange, ...] = ()


class CanvasPlan(_Plan):
    """Who and what of ours is who and what in Canvas."""

    kind: Literal["canvas"] = "canvas"
    changes: tuple[CanvasPersonChange, ...] = ()
    columns: tuple[LineItemChange, ...] = ()
    headings: tuple[str, ...] = ()
    """The columns of assignments in the file."""
    rows: tuple[Candidate, ...] = ()
    """Everybody in the file."""


Plan = Annotated[RosterPlan | GradesPlan | CountsPlan | CanvasPlan, Field(discriminator="kind")]
Change = PersonChange | CellChange | CountChange | CanvasPersonChange | LineItemChange
_PLANS: TypeAdapter[Plan] = TypeAdapter(Plan)


def plan_of(content: object) -> Plan:
    """Return a plan as a batch stores it."""
    return _PLANS.validate_python(content)


def stored(plan: Plan | Choices) -> dict[str, object]:
    """Return a plan as a batch stores it."""
    return plan.model_dump(mode="json")


def changes_of(plan: Plan) -> tuple[Change, ...]:
    """Return everything that a plan says, what stays the same too."""
    return (*plan.changes, *plan.columns) if isinstance(plan, CanvasPlan) else plan.changes


def fingerprint(content: object) -> str:
    """Return a text that is another one for every other plan: the page sends it back with what it showed."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]
