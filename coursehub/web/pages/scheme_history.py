"""A grading scheme as students see it, and how it came to be what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coursehub.courses.access import Viewer
from coursehub.courses.models import Capability
from coursehub.publishing.differences import Difference, grading_differences, points_differences
from coursehub.publishing.schema import GradingFile
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.editing import ChangeLine, change_lines
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.grading import WeightTable, weight_table
from grading.gradebook.models import SchemeVersion
from grading.gradebook.queries import GradingTable


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version: when, why, and what it changed."""

    number: int
    at: Moment
    reason: str
    changes: tuple[ChangeLine, ...]
    """Empty for the first one."""
    is_first: bool
    effect: str
    """How many totals it changed, for staff alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeHistoryPage:
    """The scheme, and its versions, newest first."""

    frame: Frame
    heading: str
    course: str
    grading: WeightTable | None
    versions: tuple[VersionLine, ...]


def scheme_history_page(
    viewer: Viewer, table: GradingTable | None, versions: Sequence[SchemeVersion], *, now: datetime
) -> SchemeHistoryPage:
    """Build the page of versions, which are given from the first on."""
    offering = viewer.offering
    is_editor = Capability.EDIT_COURSE in viewer.capabilities
    lines = []
    earlier: SchemeVersion | None = None
    for version in versions:
        lines.append(
            VersionLine(
                number=version.number,
                at=moment(version.published_at, offering.zone, now=now),
                reason=version.reason,
                changes=change_lines(_differences(earlier, version), offering.zone) if earlier else (),
                is_first=earlier is None,
                effect=_effect(version) if is_editor else "",
            )
        )
        earlier = version
    title = "How this course grades"
    return SchemeHistoryPage(
        frame=course_frame(
            offering,
            viewer.capabilities,
            title=f"{title} · {offering.course.title}",
            crumbs=(Link(label="Grading", url="", current=True),),
            viewer=viewer,
        ),
        heading=title,
        course=f"{offering.course.code} · {offering.term}",
        grading=weight_table(table, ()),
        versions=tuple(reversed(lines)),
    )


def _differences(before: SchemeVersion, after: SchemeVersion) -> tuple[Difference, ...]:
    were, are = (GradingFile.model_validate(version.content) for version in (before, after))
    return (*grading_differences(were, are), *points_differences(before.points, after.points))


def _effect(version: SchemeVersion) -> str:
    effect = version.effect
    if not effect:
        return ""
    many = words.plural(effect["letters"], "letter")
    return f"It changed {effect['changed']} of {words.plural(effect['students'], 'total')}, and {many}."
