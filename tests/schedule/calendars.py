"""A small offering with a schedule, and its calendar as a calendar program reads it."""

from datetime import UTC, date, datetime, time
from typing import Any

from icalendar import Calendar
from icalendar import Event as CalendarEvent

from coursehub.accounts.models import User
from coursehub.courses.access import viewer_for
from coursehub.courses.models import Cohort, Enrollment, Offering
from coursehub.schedule.feeds import calendar_bytes
from coursehub.schedule.models import Event, EventSeries
from grading.assessments.feeds import course_feed, personal_feed
from grading.deadlines.feeds import own_dues

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_event(offering: Offering, key: str, **fields: Any) -> Event:
    """Return an event at 19:15 on 4 March 2026, or as the fields say."""
    values: dict[str, Any] = {
        "title": key.replace("-", " ").capitalize(),
        "date": date(2026, 3, 4),
        "start_time": time(19, 15),
        "end_time": time(20, 15),
        "calendar_uid": f"{key}.{offering.slug}@coursehub",
        "updated_at": NOW,
    }
    return Event.objects.create(offering=offering, key=key, **{**values, **fields})


def make_series(offering: Offering, key: str = "lectures", **fields: Any) -> EventSeries:
    """Return a weekly series of lectures whose days and times are to be announced, or as the fields say."""
    values: dict[str, Any] = {"kind": "lecture", "title": "Lectures", **fields}
    return EventSeries.objects.create(offering=offering, key=key, **values)


def make_group(offering: Offering, name: str, *members: User, **fields: Any) -> Cohort:
    """Return a group of people that takes turns with others."""
    key = name.lower().replace(" ", "-")
    values: dict[str, Any] = {"kind": Cohort.Kind.ROTATION, **fields}
    cohort = Cohort.objects.create(offering=offering, key=key, name=name, **values)
    cohort.members.set(Enrollment.objects.filter(offering=offering, user__in=members))
    return cohort


def address(offering: Offering, assessment: str) -> str:
    """Return where a page would be."""
    return f"https://hub.example.edu/courses/{offering.slug}/{assessment or 'schedule'}/"


def public_file(offering: Offering, *, at: datetime = NOW) -> bytes:
    """Return the public calendar of an offering as Otto, who is a stranger, gets it."""
    viewer = viewer_for(User.objects.get(email="otto@example.edu"), offering)
    return calendar_bytes(course_feed(viewer, at=at, address=address))


def personal_file(user: User, *, at: datetime = NOW) -> bytes:
    """Return somebody's own calendar."""
    return calendar_bytes(personal_feed(user, at=at, address=address, url="https://hub.example.edu/", dues=own_dues))


def read(content: bytes) -> dict[str, CalendarEvent]:
    """Return the entries of a file by title, without the code of the course."""
    events = Calendar.from_ical(content).walk("VEVENT")
    found = {str(event["SUMMARY"]).partition(": ")[2]: event for event in events}
    assert len(found) == len(events)
    return found


def public(offering: Offering, *, at: datetime = NOW) -> dict[str, CalendarEvent]:
    """Return the entries of the public calendar."""
    return read(public_file(offering, at=at))


def personal(user: User, *, at: datetime = NOW) -> dict[str, CalendarEvent]:
    """Return the entries of somebody's own calendar."""
    return read(personal_file(user, at=at))
