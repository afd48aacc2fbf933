"""Somebody's own calendar: their courses, their days, their deadlines."""

from datetime import date, datetime, time, timedelta

import pytest

from coursehub.accounts.models import User
from coursehub.courses.models import Cohort, Enrollment, Offering, StaffMember
from coursehub.courses.services import drop
from coursehub.participation.models import PresentationSlot, SlotSignup
from coursehub.schedule.models import Event, EventKind, RotationRule
from tests.factories import make_assessment, make_offering
from tests.people import People
from tests.schedule.calendars import make_event, make_group, make_series, personal, personal_file, public

pytestmark = pytest.mark.django_db
WEDNESDAYS = (4, 11, 18, 25)


def take_turns(offering: Offering, *groups: Cohort, pattern: str, days: tuple[int, ...] = WEDNESDAYS) -> list[Event]:
    """Return the lectures of a series in which these groups take turns."""
    series = make_series(offering)
    rule = RotationRule.objects.create(series=series, pattern=pattern)
    rule.cohorts.set(groups)
    return [make_event(offering, f"lecture-{day}", series=series, date=date(2026, 3, day)) for day in days]


def days_of(user: User) -> list[int]:
    """Return the days in March on which somebody has something."""
    return sorted(entry["DTSTART"].dt.day for entry in personal(user).values())


def test_it_holds_every_course_of_mine_and_no_other(offering: Offering, people: People) -> None:
    other, foreign = make_offering("optimizers"), make_offering("secrets", with_people=False)
    for number, course in enumerate((offering, other, foreign)):
        make_event(course, f"lecture-{number}")
        make_assessment(course, f"work-{number}", title=f"Work {number}")

    assert set(personal(people.ada)) == {"Lecture 0", "Work 0 is due", "Lecture 1", "Work 1 is due"}
    assert personal(people.otto) == {}


def test_who_left_a_course_has_it_no_longer(offering: Offering, people: People) -> None:
    make_event(offering, "lecture-1")

    drop(Enrollment.objects.get(offering=offering, user=people.ada))

    assert personal(people.ada) == {}


def test_groups_that_take_turns_have_their_own_days(offering: Offering, people: People) -> None:
    odd, even = make_group(offering, "Group A", people.ada), make_group(offering, "Group B", people.ben, order=1)
    take_turns(offering, odd, even, pattern=RotationRule.Pattern.EVENTS)

    assert days_of(people.ada) == [4, 18]
    assert days_of(people.ben) == [11, 25]
    assert "In person: Group A" in personal(people.ada)["Lecture 4"]["DESCRIPTION"]


def test_groups_that_take_turns_by_the_week_keep_both_days_of_a_week(offering: Offering, people: People) -> None:
    odd, even = make_group(offering, "Group A", people.ada), make_group(offering, "Group B", people.ben, order=1)
    take_turns(offering, odd, even, pattern=RotationRule.Pattern.WEEKS, days=(3, 5, 10, 12))

    assert days_of(people.ada) == [3, 5]
    assert days_of(people.ben) == [10, 12]


def test_a_cancelled_session_keeps_its_turn(offering: Offering, people: People) -> None:
    odd, even = make_group(offering, "Group A", people.ada), make_group(offering, "Group B", people.ben, order=1)
    lectures = take_turns(offering, odd, even, pattern=RotationRule.Pattern.EVENTS)

    Event.objects.filter(pk=lectures[1].pk).update(status=Event.Status.CANCELLED)

    assert days_of(people.ada) == [4, 18]


def test_what_an_event_says_of_its_groups_comes_before_the_pattern(offering: Offering, people: People) -> None:
    odd, even = make_group(offering, "Group A", people.ada), make_group(offering, "Group B", people.ben, order=1)
    lectures = take_turns(offering, odd, even, pattern=RotationRule.Pattern.EVENTS)

    lectures[0].cohorts.set([even])

    assert days_of(people.ada) == [18]
    assert days_of(people.ben) == [4, 11, 25]


@pytest.mark.parametrize("pattern", [RotationRule.Pattern.UNSAID, RotationRule.Pattern.EVENTS])
def test_who_is_in_no_group_has_every_day(pattern: str, offering: Offering, people: People) -> None:
    odd, even = make_group(offering, "Group A", people.ada), make_group(offering, "Group B", people.ben, order=1)
    take_turns(offering, odd, even, pattern=pattern)

    assert days_of(people.chloe) == list(WEDNESDAYS)
    assert days_of(people.tariq) == list(WEDNESDAYS)


def test_a_session_of_another_section_is_not_mine(offering: Offering, people: People) -> None:
    mine = make_group(offering, "Section 1", people.ada, kind=Cohort.Kind.SECTION)
    other = make_group(offering, "Section 2", people.ben, kind=Cohort.Kind.SECTION)
    make_event(offering, "recitation-1").cohorts.set([mine])
    make_event(offering, "recitation-2").cohorts.set([other])

    assert set(personal(people.ada)) == {"Recitation 1"}
    assert set(personal(people.ines)) == {"Recitation 1", "Recitation 2"}


def test_staff_have_the_office_hours_that_they_hold(offering: Offering, people: People) -> None:
    hours = make_series(
        offering,
        "hours",
        kind=EventKind.OFFICE_HOURS,
        title="Office hours of Tariq Aziz",
        weekdays=[3],
        start_time=time(17),
        end_time=time(18),
        first_on=date(2026, 3, 1),
        last_on=date(2026, 4, 30),
    )
    hours.staff.add(
        StaffMember.objects.create(
            offering=offering, key="tariq", name=people.tariq.name, position="ta", user=people.tariq
        )
    )

    assert set(personal(people.tariq)) == {"Office hours"}
    assert personal(people.ada) == {}


def test_it_holds_nobody_s_name_not_even_mine(offering: Offering, people: People) -> None:
    make_group(offering, "Group A", people.ada)
    make_assessment(offering)

    content = personal_file(people.ada).decode()

    assert "Ada" not in content
    assert "Okafor" not in content
    assert "ada@" not in content


def test_staff_see_the_date_of_work_that_is_not_listed(offering: Offering, people: People) -> None:
    make_assessment(offering, is_listed=False)

    assert set(personal(people.ines)) == {"Homework 1 is due"}
    assert personal(people.ada) == {}


def present(user: User, event: Event, title: str = "Sharded optimizers") -> SlotSignup:
    """Let somebody hold a place in a slot of an event, which may be long past."""
    slot = PresentationSlot.objects.create(event=event, title=title, note="Ask Ada Okafor")
    return SlotSignup.objects.create(slot=slot, enrollment=Enrollment.objects.get(offering=event.offering, user=user))


def test_what_i_present_is_in_my_calendar_at_the_time_of_its_session(offering: Offering, people: People) -> None:
    event = make_event(offering, "seminar-1", calendar_sequence=3, location="Room 5")
    present(people.ada, event)

    mine = personal(people.ada)["Your presentation: Sharded optimizers"]

    assert mine["DTSTART"].dt == datetime(2026, 3, 4, 19, 15, tzinfo=offering.zone)
    assert mine["DTEND"].dt == datetime(2026, 3, 4, 20, 15, tzinfo=offering.zone)
    assert int(mine["SEQUENCE"]) == 3
    assert str(mine["LOCATION"]) == "Room 5"
    assert "Seminar 1" in str(mine["DESCRIPTION"])
    assert set(personal(people.ada)) == {"Seminar 1", "Your presentation: Sharded optimizers"}
    assert set(personal(people.ben)) == set(personal(people.ines)) == {"Seminar 1"}
    assert set(public(offering)) == {"Seminar 1"}


def test_what_i_present_is_the_same_entry_wherever_it_moves(offering: Offering, people: People) -> None:
    event = make_event(offering, "seminar-1")
    place = present(people.ada, event)
    before = personal(people.ada)["Your presentation: Sharded optimizers"]

    Event.objects.filter(pk=event.pk).update(date=event.date + timedelta(days=7), calendar_sequence=1)
    place.delete()
    SlotSignup.objects.create(slot=place.slot, enrollment=place.enrollment)

    after = personal(people.ada)["Your presentation: Sharded optimizers"]
    assert before["UID"] == after["UID"] != personal(people.ada)["Seminar 1"]["UID"]
    assert after["DTSTART"].dt - before["DTSTART"].dt == timedelta(days=7)
    assert (int(before["SEQUENCE"]), int(after["SEQUENCE"])) == (0, 1)


def test_what_i_present_follows_a_session_that_is_called_off(offering: Offering, people: People) -> None:
    present(people.ada, make_event(offering, "seminar-1", status=Event.Status.CANCELLED))

    assert str(personal(people.ada)["Your presentation: Sharded optimizers"]["STATUS"]) == "CANCELLED"


def test_what_i_present_on_a_day_to_be_announced_is_left_out(offering: Offering, people: People) -> None:
    present(people.ada, make_event(offering, "seminar-1", date=None, start_time=None, end_time=None))

    assert personal(people.ada) == {}


def test_what_i_present_holds_no_name(offering: Offering, people: People) -> None:
    StaffMember.objects.create(offering=offering, key="tariq", name=people.tariq.name, position="ta")
    present(people.ada, make_event(offering, "seminar-1"), title="A paper of Tariq Aziz")
    present(people.ada, make_event(offering, "seminar-2", kind=EventKind.RECITATION), title="Ada Okafor reads")

    content = personal_file(people.ada).decode()

    assert "Ada" not in content
    assert "Tariq" not in content
    assert content.count("Your presentation: ") == 2


def test_who_left_presents_nothing(offering: Offering, people: People) -> None:
    place = present(people.ada, make_event(offering, "seminar-1"))

    drop(place.enrollment)

    assert personal(people.ada) == {}
