"""A new offering from an old one: whole weeks, and a question for each date that lands badly."""

import datetime as dt

from coursehub.courses.models import Offering
from coursehub.publishing.cloning import Choice, Cloned, Target, clone, first_day, whole_weeks
from coursehub.publishing.schema import DayMoment, TermEntry
from coursehub.schedule.models import EventKind
from tests.publishing.contents import make_content

SPRING = TermEntry(code="2027s", name="Spring 2027", starts_on=dt.date(2027, 1, 11), ends_on=dt.date(2027, 5, 7))


def cloned(no_class: dict[dt.date, str] | None = None, choices: dict[str, Choice] | None = None) -> Cloned:
    weeks = whole_weeks(dt.date(2026, 8, 31), dt.date(2027, 1, 11))
    target = Target(slug="tensors-2027s", term=SPRING, weeks=weeks, no_class=no_class or {})
    return clone(make_content(), target, choices)


def dates(found: Cloned) -> dict[str, dt.date | None]:
    return {event.key: event.date for event in found.content.schedule.events}


def test_every_date_keeps_its_weekday() -> None:
    old = {event.key: event.date for event in make_content().schedule.events}

    found = dates(cloned())

    assert found["lecture-1"] == dt.date(2027, 1, 12)
    assert all(day and day.weekday() == (old[key] or day).weekday() for key, day in found.items())


def test_weeks_are_counted_from_monday_to_monday() -> None:
    assert whole_weeks(dt.date(2026, 9, 1), dt.date(2027, 1, 13)) == 19
    assert whole_weeks(dt.date(2026, 8, 31), dt.date(2027, 1, 17)) == 19
    assert whole_weeks(dt.date(2027, 1, 11), dt.date(2026, 8, 31)) == -19


def test_what_was_special_about_the_old_term_stays_behind() -> None:
    new = cloned().content

    assert "holiday" not in {event.key for event in new.schedule.events}
    assert new.offering.status == Offering.Status.DRAFT
    assert (new.offering.slug, new.offering.previous) == ("tensors-2027s", "tensors-2026f")
    assert [link.url for link in new.offering.links] == [""]
    assert not any(entry.confirmed for entry in new.assumptions.assumptions)
    assert new.schedule.weeks[0].starts_on == dt.date(2027, 1, 11)


def test_a_date_on_a_day_without_class_is_asked_about_and_stays_until_answered() -> None:
    found = cloned({dt.date(2027, 1, 19): "Holiday of the university"})

    assert [(q.subject, q.date, q.reason, q.next) for q in found.questions] == [
        ("event:lecture-2", dt.date(2027, 1, 19), "Holiday of the university", dt.date(2027, 1, 26))
    ]
    assert dates(found)["lecture-2"] == dt.date(2027, 1, 19)
    assert [event.title for event in found.content.schedule.events if event.kind is EventKind.NO_CLASS] == [
        "Holiday of the university"
    ]


def test_a_dropped_lecture_takes_the_dates_that_followed_it_along() -> None:
    found = cloned({dt.date(2027, 1, 19): ""}, {"event:lecture-2": Choice.DROP})

    assert "lecture-2" not in dates(found)
    assert found.content.assessments["hw1"].due is None
    assert found.content.assessments["hw1"].release is not None


def test_a_lecture_moves_to_the_next_class_day_and_its_week() -> None:
    found = cloned({dt.date(2027, 1, 19): ""}, {"event:lecture-2": Choice.NEXT})

    event = next(event for event in found.content.schedule.events if event.key == "lecture-2")
    assert (event.date, event.week) == (dt.date(2027, 1, 26), 3)


def test_a_deadline_of_its_own_is_asked_about_too() -> None:
    day = dt.date(2027, 1, 21)

    found = cloned({day: "Strike"}, {"assessment:hw1:closes": Choice.NEXT})

    assert [question.title for question in found.questions] == ["Homework 1, closes"]
    assert found.content.assessments["hw1"].closes == DayMoment(date=dt.date(2027, 1, 26), at=dt.time(23, 59))


def test_a_date_outside_the_new_term_is_asked_about() -> None:
    short = TermEntry(code="2027s", name="Spring", starts_on=dt.date(2027, 1, 11), ends_on=dt.date(2027, 1, 22))

    found = clone(make_content(), Target(slug="new", term=short, weeks=19))

    assert [(q.subject, q.reason) for q in found.questions] == [("event:lecture-3", "After the term has ended")]


def test_an_offering_begins_with_its_term_or_its_first_event() -> None:
    content = make_content()
    offering = content.offering.model_copy(update={"term": TermEntry(code="x", name="X")})

    assert first_day(content) == dt.date(2026, 8, 31)
    assert first_day(content.model_copy(update={"offering": offering})) == dt.date(2026, 9, 1)


def test_the_other_dates_of_a_homework_move_on_with_the_lecture_that_it_follows() -> None:
    found = cloned({dt.date(2027, 1, 19): ""}, {"event:lecture-2": Choice.NEXT})

    closes = found.content.assessments["hw1"].closes
    assert closes == DayMoment(date=dt.date(2027, 1, 28), at=dt.time(23, 59))
