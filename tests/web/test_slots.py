"""The page of the slots: who sees what of it, and what its buttons do."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coursehub.courses.models import Offering
from coursehub.participation.models import PresentationSlot, SlotSignup
from coursehub.participation.services import add_slot, sign_up
from coursehub.schedule.models import Event
from tests.factories import make_offering, make_students
from tests.people import People
from tests.schedule.calendars import make_event
from tests.web.conftest import SignIn
from tests.web.test_safety import PAYLOADS, assert_inert

pytestmark = pytest.mark.django_db
ACTIONS = ("slot_sign_up", "slot_withdraw", "slot_remove")


@pytest.fixture
def slot(offering: Offering, people: People) -> PresentationSlot:
    """A slot of a course that everybody may read."""
    Offering.objects.filter(pk=offering.pk).update(visibility=Offering.Visibility.PUBLIC)
    event = make_event(offering, "seminar-1", date=date(2999, 3, 4))
    return add_slot(event, by=people.ines, title="Sharded optimizers", note="Read section 3")


def url_of(offering: Offering) -> str:
    return reverse("slots", args=[offering.slug])


def act(name: str, slot: PresentationSlot) -> str:
    return reverse(name, args=[slot.event.offering.slug, slot.pk])


def html_of(client: Client, offering: Offering, query: str = "") -> str:
    return client.get(url_of(offering) + query).content.decode()


def test_visitors_and_outsiders_find_nothing(
    client: Client, sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    for outside in (client, sign_in(people.otto)):
        assert outside.get(url_of(offering)).status_code == 404
        assert outside.post(url_of(offering), {"title": "x"}).status_code == 404
        assert [outside.post(act(name, slot)).status_code for name in ACTIONS] == [404, 404, 404]
        assert url_of(offering) not in outside.get(reverse("course", args=[offering.slug])).content.decode()

    assert PresentationSlot.objects.count() == 1


def test_a_student_signs_up_and_withdraws(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    ada = sign_in(people.ada)
    assert "Free" in (html := html_of(ada, offering))
    assert act("slot_sign_up", slot) in html

    taken = ada.post(act("slot_sign_up", slot), follow=True).content.decode()
    assert "✓ Yours" in taken
    assert act("slot_withdraw", slot) in taken
    assert act("slot_sign_up", slot) not in taken

    given = ada.post(act("slot_withdraw", slot), follow=True).content.decode()
    assert "You no longer present" in given
    assert not SlotSignup.objects.exists()


def test_a_student_sees_that_a_slot_is_taken_and_staff_see_by_whom(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    sign_up(slot, by=people.ada)

    seen_by_ben = html_of(sign_in(people.ben), offering)

    assert "Taken" in seen_by_ben
    assert people.ada.name not in seen_by_ben
    assert act("slot_sign_up", slot) not in seen_by_ben
    for person in (people.tariq, people.ines):
        assert people.ada.name in html_of(sign_in(person), offering)
    assert people.ada.name not in html_of(sign_in(people.ines), offering, "?as=student")


def test_who_comes_second_reads_why(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    sign_up(slot, by=people.ada)

    answer = sign_in(people.ben).post(act("slot_sign_up", slot), follow=True)

    assert "Choose another one" in answer.content.decode()
    assert SlotSignup.objects.get().enrollment.user == people.ada


def test_an_editor_adds_and_removes_slots(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    ines = sign_in(people.ines)

    added = ines.post(
        url_of(offering), {"event": "seminar-1", "title": "Pipelines", "note": "", "capacity": "2"}, follow=True
    )
    assert "2 of 2 places free" in added.content.decode()

    ines.post(act("slot_remove", PresentationSlot.objects.get(title="Pipelines")))
    assert list(PresentationSlot.objects.all()) == [slot]


def test_a_slot_that_makes_no_sense_is_sent_back_with_what_was_typed(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    answer = sign_in(people.ines).post(url_of(offering), {"event": "nowhere", "title": "Pipelines", "capacity": "0"})

    html = answer.content.decode()
    assert html.count("errorlist") == 2
    assert 'value="Pipelines"' in html
    assert PresentationSlot.objects.count() == 1


def test_a_slot_with_somebody_in_it_has_no_button_and_stays(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    sign_up(slot, by=people.ada)
    ines = sign_in(people.ines)

    assert act("slot_remove", slot) not in html_of(ines, offering)
    assert "so it stays" in ines.post(act("slot_remove", slot), follow=True).content.decode()


def test_only_an_editor_adds_and_removes_and_only_a_student_signs_up(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    for person in (people.ada, people.tariq):
        client = sign_in(person)
        assert client.post(url_of(offering), {"event": "seminar-1", "title": "x", "capacity": "1"}).status_code == 403
        assert client.post(act("slot_remove", slot)).status_code == 403
        assert "A new slot" not in html_of(client, offering)
    assert sign_in(people.tariq).post(act("slot_sign_up", slot)).status_code == 403
    assert PresentationSlot.objects.count() == 1


def test_a_slot_of_another_course_is_not_there(sign_in: SignIn, people: People, slot: PresentationSlot) -> None:
    other = make_offering("optimizers")
    ines, ada = sign_in(people.ines), sign_in(people.ada)

    assert ada.post(reverse("slot_sign_up", args=[other.slug, slot.pk])).status_code == 404
    assert ines.post(reverse("slot_remove", args=[other.slug, slot.pk])).status_code == 404
    assert ada.get(act("slot_sign_up", slot)).status_code == 405


def test_nothing_is_taken_without_the_token_of_the_form(
    people: People, offering: Offering, slot: PresentationSlot
) -> None:
    for person, addresses in (
        (people.ada, [act("slot_sign_up", slot), act("slot_withdraw", slot)]),
        (people.ines, [act("slot_remove", slot), url_of(offering)]),
    ):
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        assert [client.post(address).status_code for address in addresses] == [403, 403]

    assert not SlotSignup.objects.exists()


def test_a_preview_shows_the_page_without_its_buttons(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot
) -> None:
    ines = sign_in(people.ines)

    html = html_of(ines, offering, "?as=student")

    assert "Sharded optimizers" in html
    assert not [name for name in ACTIONS if act(name, slot) in html]
    assert "A new slot" not in html
    assert ines.get(url_of(offering) + "?as=visitor").status_code == 404


def test_the_bar_links_to_slots_where_there_are_some_and_for_who_may_add_one(
    sign_in: SignIn, people: People, offering: Offering
) -> None:
    schedule, link = reverse("schedule", args=[offering.slug]), url_of(offering)
    ada, ines = sign_in(people.ada), sign_in(people.ines)
    assert link not in ada.get(schedule).content.decode()
    assert link in ines.get(schedule).content.decode()

    add_slot(make_event(offering, "seminar-1"), by=people.ines, title="Paper")

    assert link in ada.get(schedule).content.decode()


def test_an_empty_page_says_what_to_do(sign_in: SignIn, people: People, offering: Offering) -> None:
    assert "once an instructor adds them" in html_of(sign_in(people.ada), offering)
    assert "Add a session to the schedule first" in (html := html_of(sign_in(people.ines), offering))
    assert reverse("edit_schedule", args=[offering.slug]) in html

    make_event(offering, "seminar-1")

    assert "Add the first one below" in html_of(sign_in(people.ines), offering)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_words_stay_text(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot, payload: str
) -> None:
    PresentationSlot.objects.update(title=payload, note=payload)
    Event.objects.update(title=payload)
    people.ada.preferred_name = payload
    people.ada.save()
    sign_up(slot, by=people.ada)

    for person in (people.ada, people.ines):
        assert_inert(html_of(sign_in(person), offering))


@pytest.mark.parametrize("who", ["ada", "tariq", "ines"])
def test_fifty_slots_ask_as_often_as_one(
    sign_in: SignIn, people: People, offering: Offering, slot: PresentationSlot, who: str
) -> None:
    client, url = sign_in(getattr(people, who)), url_of(offering)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for number, student in enumerate(make_students(offering, 50)):
        sign_up(add_slot(slot.event, by=people.ines, title=f"Paper {number}"), by=student)

    with CaptureQueriesContext(connection) as many:
        html = client.get(url).content.decode()

    assert len(many) == len(few) <= 11
    assert len(re.findall(r"Paper \d+</strong>", html)) == 50
