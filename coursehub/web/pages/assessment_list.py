"""Everything that is handed in or sat in a course: what it is, what belongs to it, when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from coursehub.courses.access import Viewer
from coursehub.courses.models import Assumption
from coursehub.web import words
from coursehub.web.moments import Moment, day, hours
from coursehub.web.pages.dates import NOT_RELEASED, Dates, dates_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.grading import parts_of_the_grade
from coursehub.web.pages.materials import MaterialGroup, material_groups
from coursehub.web.pages.work import url_if_open
from coursehub.web.words import Look
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.engine.items import ItemState
from grading.gradebook.own import OwnGrades
from grading.gradebook.queries import GradingTable

PLANNED = Look(key="queued", mark=words.DASH, word="Planned")
_ABOUT = "assessment:"
SAT = Look(key="queued", mark=words.DASH, word="In person")

_WITHOUT_POINTS = {
    ItemState.EXCUSED: "Excused",
    ItemState.MISSING: "Missing",
    ItemState.SUBMITTED_UNGRADED: "Handed in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an assessment."""

    title: str
    is_optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentLine:
    """One assessment in the list."""

    id: str
    title: str
    url: str
    kind: str
    purpose: str
    look: Look
    dates: Dates
    out: Moment | None
    counts: str
    """The part of the grade that it belongs to, with its weight."""
    own: str
    """What became of its reader's work; empty where there is none."""
    to_confirm: tuple[str, ...]
    team: str
    event: str
    builds_on: str
    modules: tuple[Link, ...]
    parts: tuple[Part, ...]
    materials: tuple[MaterialGroup, ...]

    @property
    def has_more(self) -> bool:
        """Whether there is more to say than fits in the row."""
        return bool(self.parts or self.materials or self.team or self.builds_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentsPage:
    """All assessments of an offering."""

    frame: Frame
    heading: str
    course: str
    lines: tuple[AssessmentLine, ...]
    has_own: bool
    """Whether its reader hands in here, and sees what became of their own work."""
    zone: str
    staff_url: str


def assessments_page(
    viewer: Viewer,
    assessments: Sequence[Assessment],
    *,
    grading: GradingTable | None,
    assumptions: Iterable[Assumption],
    staff_url: str,
    dates: Mapping[int, EffectiveDates],
    grades: OwnGrades | None,
    now: datetime,
) -> AssessmentsPage:
    """Build the page; `dates` and `grades` are the reader's own, None for who hands in nothing.

    Pass no assumptions for who does not edit.
    """
    offering = viewer.offering
    parts = parts_of_the_grade(grading)
    mine = {one.pk: _own(grades, one) for one in grades.assessments} if grades else {}
    doubts: dict[str, list[str]] = {}
    for assumption in assumptions:
        if assumption.confirmed_at is None and assumption.about.startswith(_ABOUT):
            doubts.setdefault(assumption.about.removeprefix(_ABOUT), []).append(assumption.question)
    return AssessmentsPage(
        frame=course_frame(
            offering,
            viewer.capabilities,
            title=f"Assessments · {offering.course.title}",
            place="assessments_list",
            crumbs=(Link(label="Assessments", url="", current=True),),
            viewer=viewer,
        ),
        heading="Assessments",
        course=f"{offering.course.code} · {offering.term}",
        lines=tuple(
            assessment_line(
                viewer,
                assessment,
                counts=parts.get(assessment.pk, ""),
                to_confirm=tuple(doubts.get(assessment.slug, ())),
                own=dates[assessment.pk],
                became=mine.get(assessment.pk, ""),
                now=now,
            )
            for assessment in assessments
        ),
        has_own=grades is not None,
        zone=offering.timezone.replace("_", " "),
        staff_url=staff_url,
    )


def assessment_line(
    viewer: Viewer,
    assessment: Assessment,
    *,
    counts: str,
    to_confirm: tuple[str, ...],
    own: EffectiveDates,
    now: datetime,
    became: str = "",
) -> AssessmentLine:
    """Return one line; its modules, parts and materials are already fetched. `became` is of the reader's work."""
    dates = dates_of(assessment, own=own, now=now)
    slug = viewer.offering.slug
    return AssessmentLine(
        id=assessment.slug,
        title=assessment.title,
        url=url_if_open(viewer, assessment, now=now),
        kind=assessment.get_kind_display(),
        purpose="" if assessment.purpose == assessment.Purpose.GRADED else assessment.get_purpose_display(),
        look=_look(assessment, dates),
        dates=dates,
        out=day(assessment.release_at.astimezone(viewer.offering.zone).date(), now=now)
        if assessment.release_at
        else None,
        counts=counts,
        own=became,
        to_confirm=to_confirm,
        team=team_sentence(assessment),
        event=_event(assessment),
        builds_on=assessment.depends_on.title if assessment.depends_on else "",
        modules=tuple(
            Link(label=str(module.number), url=reverse("module", args=[slug, module.key]))
            for module in assessment.modules.all()
        ),
        parts=tuple(Part(title=part.title, is_optional=not part.is_required) for part in assessment.parts.all()),
        materials=material_groups(list(assessment.material_links.all())),
    )


def _own(grades: OwnGrades, assessment: Assessment) -> str:
    value, points = grades.row.items[assessment.pk], grades.points_of(assessment)
    if value.state in _WITHOUT_POINTS:
        return _WITHOUT_POINTS[value.state]
    return "" if points is None else f"{words.points(points)} / {words.points(assessment.max_points)}"


def team_sentence(assessment: Assessment) -> str:
    """Return how large teams are, or nothing for what one does alone."""
    teams = assessment.team_set
    if teams is None:
        return ""
    if teams.min_size is None and teams.max_size is None:
        return "In teams, whose size is to be announced"
    if teams.min_size == teams.max_size:
        size = words.counted(teams.max_size or 0)
    elif teams.min_size is None or teams.max_size is None:
        size = f"at least {words.counted(teams.min_size)}" if teams.min_size else f"at most {teams.max_size}"
    else:
        size = f"{words.counted(teams.min_size)} to {words.counted(teams.max_size)}"
    return f"In teams of {'exactly ' if teams.is_hard else ''}{size}"


def _look(assessment: Assessment, dates: Dates) -> Look:
    if assessment.event is not None:
        return SAT
    if dates.look == NOT_RELEASED:
        return PLANNED
    return dates.look


def _event(assessment: Assessment) -> str:
    event = assessment.event
    if event is None:
        return ""
    if event.date is None:
        return "TBD"
    return f"{event.date:%a} {event.date.day} {event.date:%b} {hours(event.start_time, event.end_time)}".strip()
