"""Slots for presentations: added, taken, given back, removed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.utils.timezone import now

from coursehub.accounts.models import User
from coursehub.courses.access import VISITOR, viewer_for
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Enrollment, Offering
from coursehub.courses.services import drop, enroll
from coursehub.participation.errors import SlotClosed, SlotFull, SlotInUse
from coursehub.participation.models import PresentationSlot, SlotSignup
from coursehub.participation.queries import slots_of, slots_of_person
from coursehub.participation.services import add_slot, remove_slot, sign_up, withdraw
from coursehub.publishing.errors import StillInUse
from coursehub.publishing.rows import content_of
from coursehub.publishing.services import apply
from coursehub.schedule.models import Event
from tests.factories import make_offering, make_students
from tests.people import People
from tests.schedule.calendars import make_event

pytestmark = pytest.mark.django_db
COMING = date(2999, 3, 4)


@pytest.fixture
def event(offering: Offering) -> Event:
    return make_event(offering, "seminar-1", date=COMING)


@pytest.fixture
def slot(event: Event, people: People) -> PresentationSlot:
    return add_slot(event, by=people.ines, title="Sharded optimizers")


def holders(slot: PresentationSlot) -> list[User]:
    """Return who holds the places of a slot, in the order of signing up."""
    return [place.enrollment.user for place in slot.signups.order_by("pk")]


def test_a_slot_comes_after_those_of_its_event(event: Event, people: People, slot: PresentationSlot) -> None:
    second = add_slot(event, by=people.ines, title="Pipelines", note="With code", capacity=2)

    assert (slot.order, second.order) == (0, 1)
    assert (second.note, second.capacity) == ("With code", 2)


def test_only_who_edits_the_course_adds_and_removes_slots(event: Event, people: People, slot: PresentationSlot) -> None:
    for person in (people.tariq, people.ada, people.otto):
        with pytest.raises(NotAllowed):
            add_slot(event, by=person, title="Mine")
        with pytest.raises(NotAllowed):
            remove_slot(slot, by=person)

    assert list(PresentationSlot.objects.all()) == [slot]


def test_only_students_sign_up(people: People, slot: PresentationSlot) -> None:
    for person in (people.ines, people.tariq, people.otto):
        with pytest.raises(NotAllowed):
            sign_up(slot, by=person)

    assert sign_up(slot, by=people.ada).enrollment.user == people.ada


def test_a_taken_slot_is_refused_until_it_is_given_back(people: People, slot: PresentationSlot) -> None:
    sign_up(slot, by=people.ada)
    with pytest.raises(SlotFull, match="taken"):
        sign_up(slot, by=people.ben)

    withdraw(slot, by=people.ada)
    sign_up(slot, by=people.ben)

    assert holders(slot) == [people.ben]


def test_two_places_are_for_two_people(event: Event, people: People) -> None:
    pair = add_slot(event, by=people.ines, title="Pipelines", capacity=2)
    sign_up(pair, by=people.ada)
    sign_up(pair, by=people.ben)

    with pytest.raises(SlotFull):
        sign_up(pair, by=people.chloe)


def test_signing_up_and_withdrawing_twice_change_nothing(people: People, slot: PresentationSlot) -> None:
    first = sign_up(slot, by=people.ada)

    assert sign_up(slot, by=people.ada) == first
    withdraw(slot, by=people.ben)
    assert holders(slot) == [people.ada]
    withdraw(slot, by=people.ada)
    withdraw(slot, by=people.ada)
    assert holders(slot) == []


@pytest.mark.parametrize("change", [{"date": date(2026, 3, 4)}, {"status": Event.Status.CANCELLED}])
def test_what_is_over_or_off_is_neither_taken_nor_given_back(
    people: People, slot: PresentationSlot, change: dict[str, Any]
) -> None:
    sign_up(slot, by=people.ada)
    Event.objects.filter(pk=slot.event_id).update(**change)

    with pytest.raises(SlotClosed):
        withdraw(slot, by=people.ada)
    with pytest.raises(SlotClosed):
        sign_up(slot, by=people.ben)


def test_a_session_without_a_time_can_be_taken_until_its_day_ends(people: People, slot: PresentationSlot) -> None:
    today = now().astimezone(slot.event.offering.zone).date()
    Event.objects.filter(pk=slot.event_id).update(date=today, start_time=None, end_time=None)

    sign_up(slot, by=people.ada)

    assert holders(slot) == [people.ada]


def test_an_offering_that_is_over_takes_nobody(people: People, slot: PresentationSlot) -> None:
    Offering.objects.update(status=Offering.Status.ARCHIVED)

    with pytest.raises(SlotClosed):
        sign_up(slot, by=people.ada)


def test_who_leaves_the_course_frees_the_place(offering: Offering, people: People, slot: PresentationSlot) -> None:
    sign_up(slot, by=people.ada)
    drop(Enrollment.objects.get(offering=offering, user=people.ada))

    sign_up(slot, by=people.ben)
    enroll(offering, user=people.ada, role="student")

    assert holders(slot) == [people.ben]
    assert not slots_of_person(people.ada, [offering])


def test_a_slot_with_somebody_in_it_stays(people: People, slot: PresentationSlot) -> None:
    sign_up(slot, by=people.ada)
    with pytest.raises(SlotInUse, match="withdraw first"):
        remove_slot(slot, by=people.ines)

    withdraw(slot, by=people.ada)
    remove_slot(slot, by=people.ines)

    assert not PresentationSlot.objects.exists()


def test_an_event_with_somebody_signed_up_stays_in_the_schedule(
    offering: Offering, people: People, slot: PresentationSlot
) -> None:
    before = content_of(offering)
    without = before.model_copy(update={"schedule": before.schedule.model_copy(update={"events": ()})})
    sign_up(slot, by=people.ada)

    with pytest.raises(StillInUse, match="Cancel it instead"):
        apply(without, by=people.ines, source="page", reason="It is off.")

    withdraw(slot, by=people.ada)
    apply(without, by=people.ines, source="page", reason="It is off.")
    assert not PresentationSlot.objects.exists()


def test_an_offering_can_be_deleted_with_its_slots(offering: Offering, people: People, slot: PresentationSlot) -> None:
    sign_up(slot, by=people.ada)

    offering.delete()

    assert not SlotSignup.objects.exists()


def test_a_slot_has_at_least_one_place(event: Event, people: People) -> None:
    with pytest.raises(IntegrityError):
        add_slot(event, by=people.ines, title="Nothing", capacity=0)


def test_the_slots_are_in_the_order_of_their_days_and_the_undated_last(offering: Offering, people: People) -> None:
    days: list[date | None] = [None, date(2999, 3, 11), COMING]
    for number, on in enumerate(days):
        event = make_event(offering, f"seminar-{number}", date=on, start_time=None, end_time=None)
        add_slot(event, by=people.ines, title=f"Paper {number}")

    found = slots_of(viewer_for(people.ada, offering))

    assert [slot.title for slot in found] == ["Paper 2", "Paper 1", "Paper 0"]


def test_who_takes_no_part_sees_no_slot(offering: Offering, people: People, slot: PresentationSlot) -> None:
    Offering.objects.update(visibility=Offering.Visibility.PUBLIC)

    assert list(slots_of(viewer_for(people.ada, offering))) == [slot]
    assert not slots_of(viewer_for(people.otto, offering))
    assert not slots_of(viewer_for(people.ines, offering, VISITOR))
    assert not slots_of(viewer_for(people.ada, make_offering("optimizers")))


@pytest.mark.parametrize("who", ["ada", "tariq"])
def test_fifty_slots_ask_as_often_as_one(
    offering: Offering, event: Event, people: People, who: str, django_assert_num_queries: Any
) -> None:
    viewer = viewer_for(getattr(people, who), offering)
    for number, student in enumerate(make_students(offering, 50)):
        sign_up(add_slot(event, by=people.ines, title=f"Paper {number}"), by=student)

    with django_assert_num_queries(2):
        found = [
            (slot, slot.event.offering, [place.enrollment.user_id for place in slot.signups.all()])
            for slot in slots_of(viewer)
        ]
        if viewer.is_staff:
            assert all(place.enrollment.user.name for slot, *_ in found for place in slot.signups.all())

    assert len(found) == 50


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("capacity", [1, 3])
def test_twenty_students_at_once_never_get_more_places_than_there_are(capacity: int) -> None:
    offering = make_offering()
    ines = User.objects.get(email="ines@example.edu")
    slot = add_slot(make_event(offering, "seminar-1", date=COMING), by=ines, title="Popular", capacity=capacity)
    students = make_students(offering, 20)
    barrier = threading.Barrier(20)

    def take(student: User) -> datetime | None:
        try:
            connection.ensure_connection()
            barrier.wait(30)
            return sign_up(slot, by=student).signed_up_at
        except SlotFull:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(take, students))

    assert sum(at is not None for at in found) == SlotSignup.objects.count() == capacity
