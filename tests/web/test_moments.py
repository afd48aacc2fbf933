"""Moments in a course's time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from coursehub.web.moments import clock_time, moment, relative

PITTSBURGH = ZoneInfo("America/New_York")
AT = datetime(2026, 9, 21, 3, 59, tzinfo=UTC)


def test_a_due_date_is_shown_in_the_courses_zone_and_exact_on_hover() -> None:
    shown = moment(AT, PITTSBURGH, now=AT)

    assert shown.text == "Sun 20 Sep, 23:59"
    assert shown.exact == "Sunday 20 September 2026, 23:59:00 EDT (America/New_York)"
    assert shown.iso == "2026-09-20T23:59:00-04:00"


def test_another_year_is_named() -> None:
    assert moment(AT, PITTSBURGH, now=AT + timedelta(days=200)).text == "Sun 20 Sep 2026, 23:59"


def test_what_just_happened_is_shown_to_the_second() -> None:
    assert clock_time(AT, PITTSBURGH).text == "23:59:00"


def test_time_away_is_said_in_both_directions() -> None:
    assert relative(AT + timedelta(days=3), now=AT) == "in 3 days"
    assert relative(AT - timedelta(hours=2), now=AT) == "2 hours ago"
    assert relative(AT, now=AT) == "now"
