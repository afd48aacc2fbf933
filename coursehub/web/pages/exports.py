"""What can be saved of a course's grades."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse

from coursehub.courses.models import Capability, Offering
from coursehub.web.pages.frame import Frame, Link, course_frame
from grading.gradebook.exports.canvas import CanvasColumnChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLine:
    """An assessment that can be a column in Canvas."""

    key: str
    title: str
    heading: str
    grades: str
    note: str
    is_chosen: bool
    may_be_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportsPage:
    """The page."""

    frame: Frame
    grades_url: str
    explained_url: str
    canvas_url: str
    match_url: str
    columns: tuple[ColumnLine, ...]
    unreleased: int
    students: int
    without_id: int
    """How many of them have no ID of Canvas."""


def exports_page(
    offering: Offering, may: Collection[Capability], *, columns: Sequence[CanvasColumnChoice], students: int,
    without_id: int,
) -> ExportsPage:  # fmt: skip
    """Build the page."""
    slug = [offering.slug]
    title = "Export grades"
    book = Link(label="Grade book", url=reverse("gradebook", args=slug))
    return ExportsPage(
        frame=course_frame(
            offering, may, title=title, place="gradebook", crumbs=(book, Link(label=title, url="", current=True))
        ),
        grades_url=reverse("grades_export", args=slug), explained_url=reverse("explained_export", args=slug),
        canvas_url=reverse("canvas_export", args=slug),
        match_url=reverse("grade_import", args=slug) if Capability.MANAGE_PEOPLE in may else "",
        columns=tuple(_line(column) for column in columns), unreleased=sum(column.unreleased for column in columns),
        students=students, without_id=without_id,
    )  # fmt: skip


def _line(column: CanvasColumnChoice) -> ColumnLine:
    note = column.refusal or column.warning
    if not note and not column.is_linked:
        note = "Not matched with Canvas: it will look for exactly this title, and make a new assignment without one."
    hidden = f", {column.unreleased} not released" if column.unreleased else ""
    return ColumnLine(
        key=column.assessment.slug, title=column.assessment.title, heading=column.heading,
        grades=f"{column.released} released{hidden}", note=note, is_chosen=bool(column.released) and column.is_linked,
        may_be_chosen=not column.refusal and bool(column.released or column.unreleased),
    )  # fmt: skip
