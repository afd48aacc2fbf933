"""Calendar files, read back as a calendar program reads them."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from coursehub.courses.models import Change, Offering, StaffMember
from coursehub.schedule.models import Event, EventKind, EventSpeaker
from grading.assessments.models import AnchoredDate, Assessment
from tests.factories import make_assessment
from tests.schedule.calendars import NOW, make_event, make_series, public, public_file

pytestmark = pytest.mark.django_db


def test_a_session_keeps_its_wall_clock_on_both_sides_of_the_march_clock_change(offering: Offering) -> None:
    for day in (4, 11):
        make_event(offering, f"session-{day}", date=date(2026, 3, day))

    found = public(offering)

    before, after = found["Session 4"]["DTSTART"], found["Session 11"]["DTSTART"]
    assert before.params["TZID"] == after.params["TZID"] == "America/New_York"
    assert before.dt.time() == after.dt.time() == time(19, 15)
    assert before.dt.astimezone(UTC).hour == 0  # the next day, at five hours behind
    assert after.dt.astimezone(UTC).hour == 23


def test_the_zone_in_the_file_says_the_same_as_the_database_of_zones(offering: Offering) -> None:
    for day in (4, 11):
        make_event(offering, f"session-{day}", date=date(2026, 3, day))

    (zone,) = Calendar.from_ical(public_file(offering)).walk("VTIMEZONE")

    assert zone["TZID"] == "America/New_York"
    read_back = zone.to_tz()
    for day, behind in ((4, 5), (11, 4)):
        assert datetime(2026, 3, day, 19, 15, tzinfo=read_back).utcoffset() == timedelta(hours=-behind)


def test_no_line_is_longer_than_75_octets_and_every_line_ends_as_the_standard_says(offering: Offering) -> None:
    make_event(offering, "long", title="Über große Modelle, ihre Größe; und was daraus folgt. " * 5)

    content = public_file(offering)

    assert content.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert "Über große Modelle, ihre Größe; und was daraus folgt. " * 5 in public(offering)


def test_uids_are_unique_and_stay_when_an_event_moves(offering: Offering, homework: Assessment) -> None:
    moved = make_event(offering, "lecture-1")
    make_event(offering, "lecture-2")
    before = {title: str(entry["UID"]) for title, entry in public(offering).items()}

    Event.objects.filter(pk=moved.pk).update(date=date(2026, 4, 1), title="Lecture 1", calendar_sequence=1)

    after = {title: str(entry["UID"]) for title, entry in public(offering).items()}
    assert after == before
    assert len(set(after.values())) == 3


def test_the_sequence_and_the_stamp_rise_when_an_event_changes(offering: Offering) -> None:
    event = make_event(offering, "lecture-1", calendar_sequence=4)
    before = public(offering)["Lecture 1"]

    Event.objects.filter(pk=event.pk).update(calendar_sequence=5, updated_at=NOW + timedelta(hours=1))

    after = public(offering)["Lecture 1"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (4, 5)
    assert before["LAST-MODIFIED"].dt == before["DTSTAMP"].dt == NOW
    assert after["LAST-MODIFIED"].dt == after["DTSTAMP"].dt == NOW + timedelta(hours=1)


def test_the_sequence_of_a_deadline_rises_with_the_offering(offering: Offering, homework: Assessment) -> None:
    before = public(offering)["Homework 1 is due"]

    Offering.objects.filter(pk=offering.pk).update(version=offering.version + 1)
    Change.objects.create(offering=offering, batch="0" * 32, subject="assessment:hw1", title="Homework 1", made_at=NOW)

    offering.refresh_from_db()
    after = public(offering)["Homework 1 is due"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["LAST-MODIFIED"].dt == NOW > before["LAST-MODIFIED"].dt


def test_the_same_rows_make_the_same_bytes(offering: Offering, homework: Assessment) -> None:
    make_event(offering, "lecture-1")

    assert public_file(offering) == public_file(offering, at=NOW + timedelta(days=3))


def test_what_has_a_date_but_no_time_lasts_all_day_and_blocks_nothing(offering: Offering) -> None:
    make_event(offering, "lecture-1", start_time=None, end_time=None)
    make_event(offering, "holiday", kind=EventKind.NO_CLASS, start_time=None, end_time=None)

    found = public(offering)

    for entry in found.values():
        assert entry["DTSTART"].params["VALUE"] == "DATE"
        assert entry["DTSTART"].dt == date(2026, 3, 4)
        assert entry["DTEND"].dt == date(2026, 3, 5)
        assert entry["TRANSP"] == "TRANSPARENT"


def test_a_session_with_a_time_is_busy_time(offering: Offering) -> None:
    make_event(offering, "lecture-1", location="Room 307")

    entry = public(offering)["Lecture 1"]

    assert entry["TRANSP"] == "OPAQUE"
    assert entry["LOCATION"] == "Room 307"
    assert entry["STATUS"] == "CONFIRMED"
    assert entry["DTEND"].dt - entry["DTSTART"].dt == timedelta(hours=1)
    assert entry["URL"] == f"https://hub.example.edu/courses/{offering.slug}/schedule/"


def test_a_session_that_ends_after_midnight_ends_on_the_next_day(offering: Offering) -> None:
    make_event(offering, "party", start_time=time(23), end_time=time(1))

    entry = public(offering)["Party"]

    assert entry["DTEND"].dt - entry["DTSTART"].dt == timedelta(hours=2)


def test_what_has_no_date_yet_is_left_out(offering: Offering) -> None:
    make_event(offering, "midterm", date=None, start_time=None, end_time=None)
    make_series(offering)

    assert public(offering) == {}


def test_a_cancelled_session_stays_for_sixty_days_and_says_so(offering: Offering) -> None:
    make_event(offering, "lecture-1", status=Event.Status.CANCELLED)

    soon = public(offering, at=NOW + timedelta(days=59))
    late = public(offering, at=NOW + timedelta(days=61))

    assert soon["Lecture 1"]["STATUS"] == "CANCELLED"
    assert soon["Lecture 1"]["TRANSP"] == "TRANSPARENT"
    assert late == {}


def test_a_tentative_session_says_so(offering: Offering) -> None:
    make_event(offering, "lecture-1", status=Event.Status.TENTATIVE)

    assert public(offering)["Lecture 1"]["STATUS"] == "TENTATIVE"


def test_a_deadline_is_a_quarter_of_an_hour_that_ends_with_it(offering: Offering) -> None:
    due = datetime(2026, 3, 11, 3, 59, tzinfo=UTC)
    make_assessment(offering, due_at=due, closes_at=None)

    entry = public(offering)["Homework 1 is due"]

    assert entry["DTEND"].dt == due
    assert entry["DTEND"].dt - entry["DTSTART"].dt == timedelta(minutes=15)
    assert entry["DTEND"].params["TZID"] == "America/New_York"
    assert entry["TRANSP"] == "TRANSPARENT"
    assert "Tuesday 10 March, 23:59" in entry["DESCRIPTION"]


def test_a_deadline_at_a_session_without_a_time_lasts_all_of_that_day(offering: Offering) -> None:
    event = make_event(offering, "lecture-1", start_time=None, end_time=None)
    work = make_assessment(offering, due_at=datetime(2026, 3, 4, 5, tzinfo=UTC), closes_at=None)
    AnchoredDate.objects.create(assessment=work, which="due", event=event)

    entry = public(offering)["Homework 1 is due"]

    assert entry["DTSTART"].dt == date(2026, 3, 4)
    assert entry["TRANSP"] == "TRANSPARENT"


def test_work_without_a_date_and_work_that_is_not_listed_is_left_out(offering: Offering) -> None:
    make_assessment(offering, "later", due_at=None, closes_at=None)
    make_assessment(offering, "secret", is_listed=False)

    assert public(offering) == {}


def test_an_exam_at_an_event_is_there_once(offering: Offering) -> None:
    event = make_event(offering, "midterm", kind=EventKind.EXAM)
    make_assessment(offering, "midterm", title="Midterm", kind="exam", event=event)

    assert list(public(offering)) == ["Midterm"]


def test_nobody_s_name_gets_into_a_calendar(offering: Offering) -> None:
    StaffMember.objects.create(offering=offering, key="grace", name="Grace Hopper", position="instructor")
    talk = make_event(offering, "talk", kind=EventKind.GUEST_LECTURE, title="Alan Turing on machines")
    make_event(offering, "hours", title="Questions", location="Office of Grace Hopper")
    EventSpeaker.objects.create(event=talk, name="Alan Turing", affiliation="Manchester")

    content = public_file(offering).decode()

    assert "Guest lecture" in public(offering)
    assert not re.search("turing|hopper|manchester", content, re.IGNORECASE)


def test_calendar_programs_are_told_to_come_again_every_hour(offering: Offering) -> None:
    calendar = Calendar.from_ical(public_file(offering))

    content = public_file(offering).decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in content
    assert "X-PUBLISHED-TTL:PT1H\r\n" in content
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert calendar["X-WR-CALNAME"] == calendar["NAME"] == "TENSORS-101 Tensors"


def test_a_weekly_class_without_rows_of_its_own_repeats_and_skips_days_without_class(offering: Offering) -> None:
    make_series(
        offering,
        weekdays=[3, 1],
        start_time=time(15, 30),
        end_time=time(17),
        first_on=date(2026, 3, 2),
        last_on=date(2026, 3, 26),
        location="Room 307",
    )
    make_event(offering, "break", kind=EventKind.NO_CLASS, date=date(2026, 3, 10), start_time=None, end_time=None)

    entry = public(offering)["Lectures"]

    assert entry["DTSTART"].dt.date() == date(2026, 3, 3)
    assert entry["RRULE"]["BYDAY"] == ["TU", "TH"]
    assert entry["RRULE"]["UNTIL"][0].astimezone(UTC).date() == date(2026, 3, 27)
    assert [skipped.dt.isoformat() for skipped in entry["EXDATE"].dts] == ["2026-03-10T15:30:00-04:00"]


def test_a_series_whose_sessions_have_rows_is_not_there_twice(offering: Offering) -> None:
    series = make_series(
        offering, weekdays=[2], start_time=time(19, 15), first_on=date(2026, 3, 4), last_on=date(2026, 3, 4)
    )
    make_event(offering, "lecture-1", series=series)

    assert list(public(offering)) == ["Lecture 1"]


def test_a_calendar_asks_as_often_for_forty_events_as_for_two(offering: Offering) -> None:
    asked = []
    for number in range(40):
        event = make_event(offering, f"lecture-{number}", series=make_series(offering, f"series-{number}"))
        EventSpeaker.objects.create(event=event, name=f"Guest {number}")
        make_assessment(offering, f"work-{number}", title=f"Work {number}")
        if number in {1, 39}:
            with CaptureQueriesContext(connection) as queries:
                public_file(offering)
            asked.append(len(queries))

    assert asked[0] == asked[1]
