"""Announcements, what has changed since publication, and earlier offerings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.common.markdown import to_safe_html
from coursehub.courses.access import Viewer
from coursehub.courses.models import Announcement, Change, Offering
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.editing import field_changes
from coursehub.web.pages.frame import Frame, Link, course_frame

_SHOWN_CHARACTERS = 140
_FOR_STAFF = "assumption:"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One announcement."""

    id: str
    title: str
    at: Moment | None
    body: SafeString
    is_pinned: bool
    note: str
    """To whom it is addressed, or that it is not out yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementsPage:
    """All announcements, newest first."""

    frame: Frame
    heading: str
    news: tuple[News, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What stood in a field, and what stands there now."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeItem:
    """One thing that was changed."""

    title: str
    what: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroup:
    """Things that were changed together, and why."""

    at: Moment
    reason: str
    items: tuple[ChangeItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPage:
    """Everything that changed after publication, newest first."""

    frame: Frame
    heading: str
    groups: tuple[ChangeGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousPage:
    """Earlier and other offerings of the course."""

    frame: Frame
    heading: str
    offerings: tuple[Link, ...]


def announcements_page(viewer: Viewer, announcements: Iterable[Announcement], *, now: datetime) -> AnnouncementsPage:
    """Build the page."""
    return AnnouncementsPage(
        frame=_frame(viewer, "Announcements"),
        heading="Announcements",
        news=tuple(news_of(viewer, row, now=now) for row in announcements),
    )


def news_of(viewer: Viewer, announcement: Announcement, *, now: datetime) -> News:
    """Return one announcement; its cohorts are already fetched."""
    at = announcement.publish_at
    names = [cohort.name for cohort in announcement.cohorts.all()]
    notes = [f"For {words.listed(names)}"] if names else []
    if at is None or at > now:
        notes.append("Not out yet: only staff see it")
    return News(
        id=announcement.key,
        title=announcement.title,
        at=moment(at, viewer.offering.zone, now=now) if at else None,
        body=to_safe_html(announcement.body_md, below=3),
        is_pinned=announcement.is_pinned,
        note=". ".join(notes),
    )


def changes_page(viewer: Viewer, changes: Sequence[Change], *, now: datetime) -> ChangesPage:
    """Build the page; who made a change, and what staff assumed, is for staff, in the editor."""
    groups = []
    changes = [change for change in changes if not change.subject.startswith(_FOR_STAFF)]
    for _, found in groupby(changes, key=lambda change: change.batch):
        batch = list(found)
        groups.append(
            ChangeGroup(
                at=moment(batch[0].made_at, viewer.offering.zone, now=now),
                reason=batch[0].reason,
                items=tuple(_item(change) for change in reversed(batch)),
            )
        )
    return ChangesPage(frame=_frame(viewer, "What has changed"), heading="What has changed", groups=tuple(groups))


def previous_page(viewer: Viewer, offerings: Iterable[Offering]) -> PreviousPage:
    """Build the page."""
    return PreviousPage(
        frame=_frame(viewer, "Other offerings"),
        heading="Other offerings",
        offerings=tuple(map(offering_link, offerings)),
    )


def offering_link(offering: Offering) -> Link:
    """Return the way to an offering."""
    return Link(
        label=f"{offering.course.code} {offering.course.title}, {offering.term}",
        url=reverse("course", args=[offering.slug]),
    )


def _frame(viewer: Viewer, title: str) -> Frame:
    return course_frame(
        viewer.offering,
        viewer.capabilities,
        title=f"{title} · {viewer.offering.course.title}",
        crumbs=(Link(label=title, url="", current=True),),
        viewer=viewer,
    )


def _item(change: Change) -> ChangeItem:
    what = "added" if change.before is None else "removed" if change.after is None else "changed"
    fields = field_changes(change.before, change.after) if what == "changed" else ()
    return ChangeItem(
        title=change.title,
        what=what,
        fields=tuple(
            FieldChange(field=field.name, before=_short(field.before), after=_short(field.after)) for field in fields
        ),
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} …"
