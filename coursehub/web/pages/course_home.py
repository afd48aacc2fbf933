"""The home of a course: its syllabus in the order that its teachers chose, with the facts beside it; and its pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.common.markdown import to_safe_html
from coursehub.courses.access import Viewer
from coursehub.courses.models import (
    Announcement,
    Assumption,
    Capability,
    ExternalLink,
    Offering,
    Page,
    Prerequisite,
    StaffMember,
    SyllabusBlock,
)
from coursehub.schedule.models import Event, EventKind, EventSeries
from coursehub.web import words
from coursehub.web.pages.events import EventLine, SeriesLine, event_line, series_line
from coursehub.web.pages.facts import Fact
from coursehub.web.pages.frame import Frame, Link, course_frame, has_place
from coursehub.web.pages.grading import WeightTable, weight_table
from coursehub.web.pages.home import DueItem, due_item
from coursehub.web.pages.news import News, news_of
from coursehub.web.pages.people import spelled_out
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.gradebook.queries import GradingTable

_CONTENTS_FROM = 4
NEWS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A block of the syllabus."""

    id: str
    heading: str
    body: SafeString
    is_notice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrerequisiteGroup:
    """Prerequisites of one level."""

    label: str
    items: tuple[SafeString, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLink:
    """Where else the course lives; without an address it is to be announced."""

    label: str
    url: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtBy:
    """People of one position, in one line."""

    label: str
    names: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseHomePage:
    """The home of a course."""

    frame: Frame
    heading: str
    course: str
    term: str
    taught_by: tuple[TaughtBy, ...]
    notices: tuple[Section, ...]
    contents: tuple[Link, ...]
    sections: tuple[Section, ...]
    prerequisites: tuple[PrerequisiteGroup, ...]
    grading: WeightTable | None
    news: tuple[News, ...]
    news_url: str
    due: tuple[DueItem, ...]
    upcoming: tuple[EventLine, ...]
    series: tuple[SeriesLine, ...]
    facts: tuple[Fact, ...]
    contact: str
    contact_note: str
    links: tuple[OutsideLink, ...]
    pages: tuple[Link, ...]
    zone: str
    staff_url: str
    to_confirm: str
    to_confirm_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPage:
    """One of a course's own pages."""

    frame: Frame
    heading: str
    course: str
    body: SafeString
    pages: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeContent:
    """The rows of which the home is made."""

    blocks: Sequence[SyllabusBlock]
    prerequisites: Sequence[Prerequisite]
    grading: GradingTable | None
    assumptions: Sequence[Assumption]
    announcements: Sequence[Announcement]
    assessments: Sequence[Assessment]
    """Those that the reader may open."""
    dates: Mapping[int, EffectiveDates]
    """When each of them is due for the reader, by its key."""
    upcoming: Sequence[Event]
    series: Sequence[EventSeries]
    staff: Sequence[StaffMember]
    links: Sequence[ExternalLink]
    pages: Sequence[Page]
    has_previous: bool
    has_changes: bool


def course_home_page(viewer: Viewer, content: HomeContent, *, now: datetime) -> CourseHomePage:
    """Build the page."""
    offering, slug = viewer.offering, viewer.offering.slug
    sections = [_section(block) for block in content.blocks]
    shown = tuple(section for section in sections if not section.is_notice)
    prerequisites = _prerequisites(content.prerequisites)
    edits = Capability.EDIT_COURSE in viewer.capabilities
    grading = weight_table(
        content.grading, content.assumptions if edits else (), history_url=reverse("scheme_history", args=[slug])
    )
    open_doubts = [row for row in content.assumptions if row.confirmed_at is None] if edits else []
    return CourseHomePage(
        frame=course_frame(offering, viewer.capabilities, title=offering.course.title, place="course", viewer=viewer),
        heading=offering.course.title,
        course=offering.course.code,
        term=f"{offering.term}, {offering.course.organization.name}",
        taught_by=_taught_by(content.staff),
        notices=tuple(section for section in sections if section.is_notice),
        contents=_contents(shown, bool(prerequisites), grading is not None),
        sections=shown,
        prerequisites=prerequisites,
        grading=grading,
        news=tuple(news_of(viewer, row, now=now) for row in content.announcements),
        news_url=reverse("announcements", args=[slug]),
        due=tuple(due_item(row, own=content.dates[row.pk], now=now) for row in _open(content, now)),
        upcoming=tuple(event_line(event, now=now, is_full=True) for event in content.upcoming),
        series=tuple(series_line(row) for row in content.series if row.kind != EventKind.OFFICE_HOURS),
        facts=_facts(offering),
        contact=spelled_out(offering.contact_email),
        contact_note=offering.contact_note,
        links=tuple(OutsideLink(label=row.label, url=row.url, note=row.note) for row in content.links),
        pages=(*_page_links(viewer, content.pages, None), *_more(content, slug)),
        zone=offering.timezone.replace("_", " "),
        staff_url=reverse("staff_submissions", args=[slug])
        if Capability.VIEW_SUBMISSIONS in viewer.capabilities
        else "",
        to_confirm=f"{words.sentence_case(words.counted(len(open_doubts)))} "
        f"{'assumption waits' if len(open_doubts) == 1 else 'assumptions wait'} for you to confirm."
        if open_doubts
        else "",
        to_confirm_url=reverse("edit_home", args=[slug]) if has_place("edit_home", slug) else "",
    )


def content_page(viewer: Viewer, page: Page, pages: Sequence[Page]) -> ContentPage:
    """Build one of a course's own pages."""
    return ContentPage(
        frame=course_frame(
            viewer.offering,
            viewer.capabilities,
            title=f"{page.title} · {viewer.offering.course.title}",
            crumbs=(Link(label=page.title, url="", current=True),),
            viewer=viewer,
        ),
        heading=page.title,
        course=f"{viewer.offering.course.code} · {viewer.offering.term}",
        body=to_safe_html(page.body_md),
        pages=_page_links(viewer, pages, page),
    )


def _section(block: SyllabusBlock) -> Section:
    return Section(
        id=block.key,
        heading=block.heading,
        body=to_safe_html(block.body_md, below=2),
        is_notice=block.kind == SyllabusBlock.Kind.NOTICE,
    )


def _prerequisites(rows: Sequence[Prerequisite]) -> tuple[PrerequisiteGroup, ...]:
    groups = []
    for level in Prerequisite.Level:
        items = tuple(to_safe_html(row.text_md) for row in rows if row.level == level)
        if items:
            groups.append(PrerequisiteGroup(label=level.label, items=items))
    if len(groups) == 1 and all(row.level == Prerequisite.Level.REQUIRED for row in rows):
        groups = [PrerequisiteGroup(label="", items=groups[0].items)]
    return tuple(groups)


def _contents(sections: Sequence[Section], has_prerequisites: bool, has_grading: bool) -> tuple[Link, ...]:
    found = [Link(label=section.heading, url=f"#{section.id}") for section in sections]
    if has_prerequisites:
        found.append(Link(label="Prerequisites", url="#prerequisites"))
    if has_grading:
        found.append(Link(label="Grading", url="#grading"))
    return tuple(found) if len(found) >= _CONTENTS_FROM else ()


def _taught_by(staff: Sequence[StaffMember]) -> tuple[TaughtBy, ...]:
    lines = []
    for position in StaffMember.Position:
        people = [member for member in staff if member.position == position]
        if not people:
            continue
        if len(people) > 3:
            lines.append(TaughtBy(label="", names=f"{len(people)} {position.label.lower()}s"))
            continue
        names = [f"{who.name}, {who.credentials}" if who.credentials else who.name for who in people]
        lines.append(TaughtBy(label=position.label + ("s" if len(people) > 1 else ""), names=words.listed(names)))
    return tuple(lines)


def _open(content: HomeContent, now: datetime) -> list[Assessment]:
    def is_over(assessment: Assessment) -> bool:
        last = content.dates[assessment.pk].last_hand_in_at
        return last is not None and last < now

    current = [row for row in content.assessments if row.release_at is not None and row.release_at <= now]
    return [row for row in current if row.event_id is None and not is_over(row)]


def _facts(offering: Offering) -> tuple[Fact, ...]:
    pairs = [("Units", offering.units), ("Teaching", offering.delivery), ("Section", offering.section_label)]
    return tuple(Fact(label=label, value=value) for label, value in pairs if value)


def _page_links(viewer: Viewer, pages: Sequence[Page], shown: Page | None) -> tuple[Link, ...]:
    return tuple(
        Link(
            label=page.title,
            url=reverse("course_page", args=[viewer.offering.slug, page.slug]),
            current=page == shown,
        )
        for page in pages
    )


def _more(content: HomeContent, slug: str) -> tuple[Link, ...]:
    more = [
        ("announcements", "Announcements", True),
        ("changes", "What has changed", content.has_changes),
        ("previous", "Other offerings", content.has_previous),
    ]
    return tuple(Link(label=label, url=reverse(name, args=[slug])) for name, label, shown in more if shown)
