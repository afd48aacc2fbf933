"""The calendars of the five courses."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from icalendar import Calendar
from icalendar import Event as CalendarEvent

from coursehub.courses.access import viewer_for
from coursehub.courses.models import Change, Offering
from coursehub.publishing.editing import replace_event
from coursehub.publishing.rows import content_of
from coursehub.publishing.services import apply
from coursehub.schedule.feeds import calendar_bytes
from coursehub.schedule.queries import names_in
from grading.assessments.feeds import course_feed
from tests.courses.conftest import COURSES, FOLDER, LARGE, ONLINE
from tests.factories import make_suite
from tests.people import People
from tests.schedule.calendars import NOW, address

pytestmark = pytest.mark.django_db


def loaded(slug: str) -> Offering:
    """Return one of the five, loaded from its folder."""
    for suite in ("autodiff", "nn", "pytorch"):
        make_suite(suite)
    call_command("load_courses", str(FOLDER / slug), verbosity=0)
    return Offering.objects.get(slug=slug)


def file_of(offering: Offering, people: People) -> bytes:
    offering.refresh_from_db()
    return calendar_bytes(course_feed(viewer_for(people.otto, offering), at=NOW, address=address))


def entries_of(content: bytes) -> list[CalendarEvent]:
    return Calendar.from_ical(content).walk("VEVENT")


@pytest.mark.parametrize("slug", COURSES)
def test_the_calendar_of_each_course_follows_the_rules(slug: str, people: People) -> None:
    offering = loaded(slug)

    content = file_of(offering, people)

    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    uids = [str(entry["UID"]) for entry in entries_of(content)]
    assert len(set(uids)) == len(uids)
    text = content.decode().replace("\r\n ", "").casefold()
    assert [name for name in names_in([offering]) if name.casefold() in text] == []


def test_thirteen_live_sessions_are_at_1915_on_both_sides_of_the_clock_change(people: People) -> None:
    entries = entries_of(file_of(loaded(ONLINE), people))

    timed = [entry["DTSTART"].dt for entry in entries if isinstance(entry["DTSTART"].dt, dt.datetime)]
    sessions = [at for at in timed if at.time() == dt.time(19, 15)]
    behind = {at.astimezone(ZoneInfo("America/New_York")).utcoffset() for at in sessions}
    assert len(sessions) == 13
    assert behind == {dt.timedelta(hours=-5), dt.timedelta(hours=-4)}
    assert sum(1 for entry in entries if "DATE" in entry["DTSTART"].params.get("VALUE", "")) == 2


def test_moving_a_lecture_raises_the_sequence_of_it_and_of_what_is_due_there(people: People) -> None:
    offering = loaded(LARGE)
    before = {str(entry["UID"]): entry for entry in entries_of(file_of(offering, people))}
    lecture = offering.events.get(key="lecture-6")

    moved = replace_event(content_of(offering), lecture.key, date=lecture.date + dt.timedelta(days=1))
    apply(moved, by=people.ines, source=Change.Source.PAGE, reason="The room is taken.")

    after = {str(entry["UID"]): entry for entry in entries_of(file_of(offering, people))}
    assert set(after) == set(before)
    uid = lecture.calendar_uid
    work = offering.assessments.get(anchored_dates__event=lecture, anchored_dates__which="due")
    due = next(key for key in after if key.startswith(f"assessment-{work.pk}-due."))
    for key in (uid, due):
        assert after[key]["SEQUENCE"] > before[key]["SEQUENCE"]
        assert after[key]["DTSTART"].dt - before[key]["DTSTART"].dt == dt.timedelta(days=1)
