"""New offering from this one, in the browser."""

import datetime as dt
from typing import Any

import pytest

from coursehub.courses.access import capabilities_of
from coursehub.courses.models import Capability, Offering
from coursehub.publishing.rows import content_of
from tests.people import People
from tests.web.conftest import SignIn
from tests.web.editing import Editor, hidden_in, load

pytestmark = pytest.mark.django_db

SPRING = {
    "term_name": "Spring 2027",
    "term_code": "2027s",
    "starts_on": "2027-01-11",
    "ends_on": "2027-05-07",
    "slug": "tensors-2027s",
    "section": "",
    "no_class": "2027-01-18 to 2027-01-19 Holiday of the university",
}


@pytest.fixture
def course(people: People) -> Offering:
    return load()


@pytest.fixture
def editor(course: Offering, sign_in: SignIn, people: People) -> Editor:
    return Editor(sign_in(people.ines), course)


def ask(editor: Editor, **changes: Any) -> Any:
    return editor.client.post(editor.url("clone"), {**SPRING, **changes})


def test_each_date_on_a_day_without_class_is_asked_about(editor: Editor) -> None:
    asked = ask(editor)

    assert [question.title for question in asked.context["page"].questions] == ["Lecture 2"]
    assert "Every date moves 19 weeks later" in asked.content.decode()
    assert Offering.objects.count() == 1


def test_a_question_left_open_makes_no_draft(editor: Editor) -> None:
    response = ask(editor, make="1")

    assert "This field is required." in response.content.decode()
    assert Offering.objects.count() == 1


def test_the_answers_make_a_draft_that_only_who_made_it_may_edit(editor: Editor, people: People) -> None:
    asked = ask(editor)

    made = editor.client.post(editor.url("clone"), {**hidden_in(asked), "event:lecture-2": "next", "make": "1"})

    assert made.status_code == 302
    new = Offering.objects.get(slug="tensors-2027s")
    assert (new.status, new.cloned_from, new.previous) == (Offering.Status.DRAFT, editor.offering, editor.offering)
    dates = {event.key: event.date for event in content_of(new).schedule.events}
    assert dates["lecture-1"] == dt.date(2027, 1, 12)
    assert dates["lecture-2"] == dt.date(2027, 1, 26)
    assert Capability.EDIT_COURSE in capabilities_of(people.ines, new)
    assert capabilities_of(people.ada, new) == frozenset()


def test_going_back_keeps_what_was_typed(editor: Editor) -> None:
    asked = ask(editor)

    html = editor.client.post(editor.url("clone"), {**hidden_in(asked), "back": "1"}).content.decode()

    assert 'value="Spring 2027"' in html
    assert "Holiday of the university" in html


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "tensors-2026f", "no_class": ""}, "has this address already"),
        ({"term_code": "2026f", "no_class": ""}, "has an offering in this term already"),
        ({"ends_on": "2027-01-01"}, "It must end after it begins."),
        ({"no_class": "sometime"}, "Line 1: “sometime” is not a day"),
        ({"slug": "Not An Address"}, "Small letters, digits and dashes only."),
    ],
)
def test_what_does_not_fit_is_said_and_everything_stays(editor: Editor, changes: dict[str, str], sentence: str) -> None:
    html = ask(editor, make="1", **changes).content.decode()

    assert sentence in html
    assert 'value="Spring 2027"' in html
    assert Offering.objects.count() == 1
