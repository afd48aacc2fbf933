"""One grade: what it is, how it came about, everything that ever happened to it, and what can be done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from coursehub.courses.models import Capability, Enrollment
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.grade_words import SENTENCES, event_text, shown
from grading.assessments.models import Assessment
from grading.engine.items import ItemState, ItemValue
from grading.gradebook.models import GradeCell, GradeEvent
from grading.gradebook.standing import in_force
from grading.gradebook.wanted import BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One event of a grade."""

    what: str
    who: str
    how: str
    at: Moment
    reason: str
    note: str
    is_taken_back: bool
    undo_event: int | None
    """The event that can be taken back, or put in force again; None where a person cannot."""
    undo_label: str
    submission_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be done to a grade without points."""

    kind: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPage:
    """One grade of one student."""

    frame: Frame
    heading: str
    student: str
    text: str
    sentence: str
    steps: tuple[str, ...]
    facts: tuple[Fact, ...]
    comment: str
    history: tuple[HistoryLine, ...]
    actions: tuple[Action, ...]
    may_edit: bool
    version: int
    key: str
    url: str
    points: str
    """What somebody typed and was refused, else what stands there."""
    refusal: str


def cell_page(
    assessment: Assessment,
    enrollment: Enrollment,
    may: Collection[Capability],
    *,
    value: ItemValue,
    cell: GradeCell | None,
    log: Sequence[GradeEvent],
    key: str,
    now: datetime,
    typed: str | None = None,
    refusal: str = "",
) -> CellPage:
    """Build the page; `log` is the whole log of the grade, oldest first."""
    offering, student = assessment.offering, enrollment.user.name
    standing = {one.pk for one in in_force(log)}
    book = reverse("gradebook", args=[offering.slug])
    crumbs = (
        Link(label="Grade book", url=book),
        Link(label=student, url=reverse("gradebook_student", args=[offering.slug, enrollment.pk])),
        Link(label=assessment.title, url=reverse("gradebook_item", args=[offering.slug, assessment.slug])),
    )
    most = words.points(assessment.max_points)
    points = "" if value.points is None else shown(value.points)
    return CellPage(
        frame=course_frame(
            offering, may, title=f"{assessment.title}, {student}", place="gradebook", crumbs=crumbs
        ),
        heading=assessment.title, student=student,
        text=f"{points} of {most}" if points else "No points",
        sentence=SENTENCES[value.state], steps=tuple(step.sentence for step in value.steps),
        facts=_facts(value, cell), comment=cell.comment if cell else "",
        history=tuple(_line(event, standing, assessment, now=now) for event in reversed(log)),
        actions=_actions(value, cell), may_edit=Capability.EDIT_GRADES in may, version=cell.version if cell else 0,
        key=key, url=reverse("gradebook_cell", args=[offering.slug, enrollment.pk, assessment.slug]),
        points=points if typed is None else typed, refusal=refusal,
    )  # fmt: skip


def _facts(value: ItemValue, cell: GradeCell | None) -> tuple[Fact, ...]:
    facts = []
    if value.raw is not None and value.raw != value.points:
        facts.append(("The work earned", shown(value.raw)))
    if value.penalty:
        facts.append(("Lateness took", shown(value.penalty)))
    if value.slip_days:
        facts.append(("Slip days", str(value.slip_days)))
    if cell is not None and cell.is_held_back:
        facts.append(("Held back", "The student does not see this grade"))
    elif value.points is not None and not value.is_released:
        facts.append(("Not released", "The student does not see this grade yet"))
    return facts_of(facts)


def _actions(value: ItemValue, cell: GradeCell | None) -> tuple[Action, ...]:
    found = []
    mark = cell.mark if cell else ""
    if mark != GradeCell.Mark.EXCUSED:
        found.append(Action(kind=GradeEvent.Kind.EXCUSED, label="Excuse"))
    if value.points is None and mark != GradeCell.Mark.MISSING:
        found.append(Action(kind=GradeEvent.Kind.MISSING, label="Mark as missing"))
    if value.state is not ItemState.ZEROED:
        found.append(Action(kind=GradeEvent.Kind.ZEROED, label="Set to zero"))
    if mark:
        found.append(Action(kind=GradeEvent.Kind.CLEARED, label="Back to what the work earned"))
    is_held = cell is not None and cell.is_held_back
    let_go = Action(kind=GradeEvent.Kind.LET_GO, label="Let the student see it")
    found.append(let_go if is_held else Action(kind=GradeEvent.Kind.HELD_BACK, label="Hold back"))
    return tuple(found)


def _line(event: GradeEvent, standing: Collection[int], assessment: Assessment, *, now: datetime) -> HistoryLine:
    is_taken_back = event.undoes_id is None and event.pk not in standing
    can_undo = event.kind in BY_HAND and event.undoes_id is None
    return HistoryLine(
        what=event_text(event), who=event.actor.name if event.actor else "A suite",
        how="" if event.actor is None else event.get_source_display().lower(),
        at=moment(event.happened_at, assessment.offering.zone, now=now), reason=event.reason, note=event.note,
        is_taken_back=is_taken_back, undo_event=event.pk if can_undo else None,
        undo_label="Put in force again" if is_taken_back else "Take back",
        submission_url=reverse("submission", args=[event.submission_id]) if event.submission_id else "",
    )  # fmt: skip
