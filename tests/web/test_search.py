"""The search page: what each person finds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from coursehub.courses.models import Audience, Offering, Page, Policy
from coursehub.schedule.models import EventSpeaker, Material, MaterialLink
from tests.factories import make_assessment, make_offering
from tests.people import People
from tests.schedule.calendars import make_event
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def titles(client: Client, text: str, **filters: str) -> list[str]:
    """Return the titles that a search shows."""
    page = client.get(reverse("search"), {"q": text, **filters}).context["page"]
    return ["".join(piece.text for piece in result.title) for result in page.results]


@pytest.fixture
def ada(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.ada)


@pytest.fixture
def filled(offering: Offering) -> Offering:
    """An offering with one thing of each sort about diffusion."""
    event = make_event(offering, "lecture-3", title="Diffusion models")
    EventSpeaker.objects.create(event=event, name="Grace Hopper", affiliation="Navy")
    material = Material.objects.create(offering=offering, key="ddpm", kind="paper", title="Denoising diffusion")
    MaterialLink.objects.create(material=material, event=event)
    make_assessment(offering, "hw2", title="Diffusion from scratch")
    Policy.objects.create(offering=offering, key="late", title="Late work", body_md="Diffusion of responsibility")
    Page.objects.create(offering=offering, slug="help", title="Help", body_md="About <b>diffusion</b> & more")
    return offering


def test_it_finds_events_materials_assessments_policies_and_pages(ada: Client, filled: Offering) -> None:
    assert titles(ada, "diffusion") == [
        "Diffusion from scratch",
        "Diffusion models",
        "Denoising diffusion",
        "Late work",
        "Help",
    ]


def test_every_result_leads_to_a_page(ada: Client, filled: Offering) -> None:
    make_assessment(filled, "hw3", title="Diffusion to come", release_at=now() + timedelta(days=2))
    page = ada.get(reverse("search"), {"q": "diffusion"}).context["page"]

    assert len(page.results) == 6
    for result in page.results:
        address, _, anchor = result.url.partition("#")
        answer = ada.get(address)
        assert answer.status_code == 200
        assert not anchor or f'id="{anchor}"' in answer.content.decode()


def test_a_speaker_and_a_kind_of_event_are_found(ada: Client, filled: Offering) -> None:
    assert titles(ada, "hopper") == ["Diffusion models"]
    assert titles(ada, "lecture diffusion") == ["Diffusion models"]


def test_what_was_looked_for_is_marked_and_everything_else_is_escaped(ada: Client, filled: Offering) -> None:
    html = ada.get(reverse("search"), {"q": "help <b>"}).content.decode()

    assert "<mark>Help</mark>" in html
    assert "<b>" not in html
    assert 'value="help &lt;b&gt;"' in html


def test_a_student_finds_nothing_in_a_course_of_others(ada: Client, sign_in: SignIn, people: People) -> None:
    foreign = make_offering("secrets", with_people=False)
    make_event(foreign, "lecture-1", title="Diffusion")

    assert titles(ada, "diffusion") == []
    assert ada.get(reverse("search"), {"q": "diffusion", "course": foreign.slug}).status_code == 404


def test_a_visitor_looks_through_public_courses_and_finds_what_is_public(client: Client, filled: Offering) -> None:
    assert titles(client, "diffusion") == []

    Offering.objects.update(visibility=Offering.Visibility.PUBLIC)
    Page.objects.update(audience=Audience.ENROLLED)

    assert "Diffusion models" in titles(client, "diffusion")
    assert "Help" not in titles(client, "diffusion")
    assert "Help" not in titles(client, "diffusion", course=filled.slug)


def test_work_that_is_not_released_is_found_by_its_title_only(
    ada: Client, sign_in: SignIn, people: People, offering: Offering
) -> None:
    later = now() + timedelta(days=3)
    make_assessment(offering, title="Adjoints", instructions_md="Hidden treasure", release_at=later)
    make_assessment(offering, "plan", title="Adjoints planned", is_listed=False)

    assert titles(ada, "adjoints") == ["Adjoints"]
    assert titles(ada, "treasure") == []
    assert titles(sign_in(people.ines), "treasure") == ["Adjoints"]
    assert len(titles(sign_in(people.ines), "adjoints")) == 2


def test_a_page_for_staff_is_found_by_staff(ada: Client, sign_in: SignIn, people: People, filled: Offering) -> None:
    Page.objects.update(audience=Audience.STAFF)

    assert "Help" not in titles(ada, "diffusion")
    assert "Help" in titles(sign_in(people.tariq), "diffusion")


def test_one_course_can_be_looked_through(ada: Client, filled: Offering) -> None:
    make_event(make_offering("other"), "lecture-1", title="Diffusion elsewhere")

    assert "Diffusion elsewhere" in titles(ada, "diffusion")
    assert titles(ada, "diffusion", course="other") == ["Diffusion elsewhere"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [("", "Write a word"), ("nothing-like-it", "Try fewer words"), ("...", "Try fewer words")],
)
def test_an_empty_list_says_what_to_do(ada: Client, filled: Offering, text: str, advice: str) -> None:
    assert advice in ada.get(reverse("search"), {"q": text}).content.decode()


def test_who_is_in_no_course_is_told_whom_to_ask(sign_in: SignIn, people: People, filled: Offering) -> None:
    assert "Ask your instructor" in sign_in(people.otto).get(reverse("search")).content.decode()


def test_odd_queries_do_no_harm(ada: Client, filled: Offering) -> None:
    for text in ("\0", "%", "'; drop table", "(", "[a", "\\", "a" * 5000, '"'):
        assert ada.get(reverse("search"), {"q": text}).status_code == 200


def test_a_search_asks_as_often_for_forty_rows_as_for_two(ada: Client, offering: Offering) -> None:
    asked = []
    for number in range(40):
        event = make_event(offering, f"event-{number}", title=f"Diffusion {number}")
        material = Material.objects.create(offering=offering, key=f"m{number}", kind="paper", title="Diffusion")
        MaterialLink.objects.create(material=material, event=event)
        make_assessment(offering, f"work-{number}", title="Diffusion")
        if number in {1, 39}:
            with CaptureQueriesContext(connection) as queries:
                titles(ada, "diffusion")
            asked.append(len(queries))

    assert asked[0] == asked[1]
