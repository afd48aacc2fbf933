"""Calendars to subscribe to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from coursehub.courses.models import Offering
from coursehub.schedule.models import FeedToken
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.frame import Frame, Link

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCalendar:
    """The calendar of a course, which everybody may have."""

    course: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """The page, with a new address once after it was made."""

    frame: Frame
    address: str
    has_address: bool
    made_at: Moment | None
    last_used_at: Moment | None
    courses: tuple[CourseCalendar, ...]


def calendar_page(
    token: FeedToken | None, offerings: Iterable[Offering], *, address: str, root: str, now: datetime
) -> CalendarPage:
    """Build the page; `root` is the address of the site."""
    return CalendarPage(
        frame=Frame(
            title="Calendar",
            crumbs=(Link(label="My courses", url=reverse("home")), Link(label="Calendar", url="", current=True)),
        ),
        address=address,
        has_address=token is not None,
        made_at=_said(token.created_at, now=now) if token else None,
        last_used_at=_said(token.last_used_at, now=now) if token else None,
        courses=tuple(
            CourseCalendar(
                course=f"{offering.course.code} {offering.course.title}, {offering.term}",
                address=root + reverse("calendar", args=[offering.slug]),
            )
            for offering in offerings
        ),
    )


def _said(at: datetime | None, *, now: datetime) -> Moment | None:
    return moment(at.astimezone(UTC), _UTC, now=now) if at else None
