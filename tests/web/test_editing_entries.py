"""Blocks, policies, people and the rest: who may edit them, and what happens to what was typed."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.courses.models import Change, Offering
from coursehub.publishing.editing import Shelf, entries_of
from coursehub.publishing.rows import content_of
from coursehub.web.editing.shelves import KINDS
from tests.people import People
from tests.web.conftest import SignIn
from tests.web.editing import Editor, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(people: People) -> Offering:
    return load()


@pytest.fixture
def editor(course: Offering, sign_in: SignIn, people: People) -> Editor:
    return Editor(sign_in(people.ines), course)


def every_address(course: Offering) -> list[str]:
    slug = course.slug
    plain = ("edit_home", "edit_publish", "edit_assumptions", "edit_changes", "edit_offering", "edit_schedule",
             "edit_paste", "edit_grading", "edit_structure", "clone")  # fmt: skip
    content = content_of(course)
    return [
        *(reverse(name, args=[slug]) for name in plain),
        *(reverse("edit_shelf", args=[slug, shelf]) for shelf in KINDS if shelf != "events"),
        *(reverse("edit_entry_add", args=[slug, shelf]) for shelf in KINDS),
        *(
            reverse("edit_entry", args=[slug, shelf, key])
            for shelf, kind in KINDS.items()
            for key in list(entries_of(content, kind.shelf))[:1]
        ),
    ]


def test_every_page_of_the_editor_opens_for_an_instructor(editor: Editor, course: Offering) -> None:
    assert {url: editor.client.get(url).status_code for url in every_address(course)} == dict.fromkeys(
        every_address(course), 200
    )


@pytest.mark.parametrize("who", ["ada", "tariq"])
def test_nobody_else_of_the_course_may_look_or_change(
    course: Offering, sign_in: SignIn, people: People, who: str
) -> None:
    Offering.objects.update(status=Offering.Status.PUBLISHED)
    client = sign_in(getattr(people, who))

    assert {client.get(url).status_code for url in every_address(course)} == {403}
    assert {client.post(url, {"version": "1"}).status_code for url in every_address(course)} <= {403, 405}
    assert Change.objects.filter(made_by=getattr(people, who)).count() == 0


def test_an_outsider_finds_no_editor(course: Offering, sign_in: SignIn, people: People) -> None:
    Offering.objects.update(visibility=Offering.Visibility.ENROLLED)

    assert {sign_in(people.otto).get(url).status_code for url in every_address(course)} == {404}


def test_who_is_not_signed_in_is_asked_to(course: Offering) -> None:
    response = Client().get(reverse("edit_home", args=[course.slug]))

    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


def test_a_form_of_another_site_changes_nothing(course: Offering, people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.ines)

    response = client.post(reverse("edit_entry_add", args=[course.slug, "blocks"]), {"heading": "X", "version": "1"})

    assert response.status_code == 403
    assert not course.blocks.filter(heading="X").exists()


def test_a_draft_is_saved_at_once(editor: Editor, course: Offering) -> None:
    response = editor.post("edit_entry_add", "blocks", heading="Themes", kind="themes", audience="public", body_md="1")

    assert response.status_code == 302
    assert course.blocks.get(key="themes").body_md == "1"


def test_once_published_a_change_is_shown_first_and_asks_why(editor: Editor, course: Offering) -> None:
    editor.publish()
    typed = {"heading": "What for", "kind": "aims", "audience": "public", "body_md": "To learn.\r\n"}

    shown = editor.post("edit_entry", "blocks", "aims", **typed)
    assert "What this changes" in shown.content.decode()
    assert course.blocks.get(key="aims").heading == "Aims"

    refused = editor.confirm(shown, reason="  ")
    assert 'role="alert"' in refused.content.decode()
    assert "say in a sentence why" in refused.content.decode()
    assert course.blocks.get(key="aims").heading == "Aims"

    saved = editor.confirm(refused, reason="The old heading was unclear.")
    assert saved.status_code == 302
    assert course.blocks.get(key="aims").heading == "What for"
    change = Change.objects.filter(subject="block:aims").latest("pk")
    assert (change.reason, change.is_shown, change.made_by) == (
        "The old heading was unclear.", True, editor.user,
    )  # fmt: skip
    assert (change.before["heading"], change.after["heading"]) == ("Aims", "What for")


def test_back_from_the_confirming_step_everything_is_as_it_was_typed(editor: Editor) -> None:
    editor.publish()
    shown = editor.post("edit_entry", "blocks", "aims", heading="New", kind="aims", audience="staff", body_md="a\nb")

    html = editor.back(shown).content.decode()

    assert 'value="New"' in html
    assert re.search(r'<option value="staff"\s+selected', html)
    assert "a\nb</textarea>" in html


def test_a_refused_form_keeps_what_was_typed(editor: Editor) -> None:
    response = editor.post("edit_entry_add", "staff", name="Grace Hopper", position="instructor", email="no address",
                           email_display="plain")  # fmt: skip

    html = response.content.decode()
    assert response.status_code == 200
    assert 'value="no address"' in html
    assert 'value="Grace Hopper"' in html
    assert "write an e-mail address" in html


def test_somebody_elses_change_in_between_is_noticed_and_nothing_is_lost(
    editor: Editor, course: Offering, sign_in: SignIn, people: People
) -> None:
    stale = editor.version()
    Editor(sign_in(people.ines), course).post(
        "edit_entry", "blocks", "structure", heading="How", kind="structure", audience="public", body_md=""
    )

    typed = {"heading": "Mine", "kind": "aims", "audience": "public", "body_md": "My text"}
    noticed = editor.post("edit_entry", "blocks", "aims", version=stale, **typed)

    html = noticed.content.decode()
    assert "Somebody changed this course" in html
    assert 'value="Mine"' in html
    assert "My text" in html
    assert course.blocks.get(key="aims").heading == "Aims"

    looked = editor.post("edit_entry", "blocks", "aims", overtaken="1", **typed)
    assert "What this changes" in looked.content.decode()
    editor.confirm(looked)
    assert course.blocks.get(key="aims").heading == "Mine"
    assert course.blocks.get(key="structure").heading == "How"


def test_an_entry_moves_up_its_list(editor: Editor, course: Offering) -> None:
    editor.post("edit_shelf", "blocks", do="up:aims")

    assert list(content_of(course).blocks) == ["overview", "aims", "structure"]


def test_an_entry_is_removed(editor: Editor, course: Offering) -> None:
    editor.post("edit_entry", "blocks", "aims", remove="1")

    assert not course.blocks.filter(key="aims").exists()


def test_what_is_still_pointed_at_is_not_removed_and_the_page_says_why(editor: Editor, course: Offering) -> None:
    response = editor.post("edit_entry", "events", "lecture-2", remove="1")

    assert response.status_code == 200
    assert "lecture-2" in response.content.decode()
    assert course.events.filter(key="lecture-2").exists()


def test_nothing_changed_nothing_saved(editor: Editor, course: Offering) -> None:
    before = editor.version()

    response = editor.post("edit_entry", "blocks", "aims", heading="Aims", kind="custom", audience="public", body_md="")

    assert response.status_code == 302
    assert editor.version() == before


def test_an_unknown_shelf_or_entry_is_not_found(editor: Editor, course: Offering) -> None:
    for url in (
        reverse("edit_shelf", args=[course.slug, "nothing"]),
        reverse("edit_entry", args=[course.slug, "blocks", "nothing"]),
    ):
        assert editor.client.get(url).status_code == 404


def test_an_assumption_is_confirmed_with_its_answer(editor: Editor, course: Offering) -> None:
    editor.publish()

    editor.post("edit_assumptions", confirm="hw0-weight", **{"assumed:hw0-weight": "It does not count."})

    found = course.assumptions.get(key="hw0-weight")
    assert found.confirmed_at is not None
    assert found.assumed == "It does not count."


def test_publishing_shows_the_course_and_cannot_be_done_twice(editor: Editor, course: Offering) -> None:
    assert editor.publish().status_code == 302
    course.refresh_from_db()
    assert course.status == Offering.Status.PUBLISHED

    assert "published already" in editor.publish().content.decode()


def test_every_change_is_listed_with_who_and_what(editor: Editor, people: People) -> None:
    editor.post("edit_entry", "blocks", "aims", heading="What for", kind="custom", audience="public", body_md="")

    html = editor.client.get(editor.url("edit_changes")).content.decode()

    assert people.ines.name in html
    assert "What for" in html


def test_hostile_text_is_shown_and_not_obeyed(editor: Editor, course: Offering) -> None:
    editor.publish()
    shown = editor.post(
        "edit_entry", "blocks", "aims",
        heading="<script>alert(1)</script>", kind="aims", audience="public", body_md='"><img src=x onerror=alert(1)>',
    )  # fmt: skip

    html = shown.content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_the_shelves_are_those_of_the_content() -> None:
    assert set(KINDS) == {shelf.value for shelf in Shelf} - {"assumptions"}


def test_an_announcement_appears_at_the_moment_on_the_wall_of_the_course(editor: Editor, course: Offering) -> None:
    editor.post(
        "edit_entry_add", "announcements",
        title="Welcome", publish_at="2026-09-01T09:00", audience="public", body_md="Hi",
    )  # fmt: skip

    at = course.announcements.get(key="welcome").publish_at
    assert at is not None
    assert at.astimezone(course.zone).isoformat() == "2026-09-01T09:00:00-04:00"


def test_a_new_assessment_counts_in_a_row_of_the_grading(editor: Editor, course: Offering) -> None:
    response = editor.post(
        "edit_entry_add", "assessments", title="Homework 2", kind="programming", purpose="graded", max_points="10",
        listed="on", counting="best", ai_disclosure="none", counts_in="homework",
    )  # fmt: skip

    assert response.status_code == 302
    assert content_of(course).grading.nodes[0].assessments == ["hw1", "homework-2"]


def test_the_course_can_be_seen_as_each_role(editor: Editor) -> None:
    previews = editor.client.get(editor.url("edit_home")).context["page"].previews

    assert [link.label for link in previews][:2] == ["Visitor", "Instructor"]
    assert {editor.client.get(link.url).status_code for link in previews} == {200}


def test_weeks_and_teams_are_edited_as_lines(editor: Editor, course: Offering) -> None:
    form = editor.client.get(editor.url("edit_structure")).context["page"].form
    typed = {name: form[name].value() or "" for name in form.fields}

    editor.post("edit_structure", **{**typed, "team_sets": "project | Project teams | 2-3 | only"})
    refused = editor.post("edit_structure", **{**typed, "weeks": "first | 2026-09-01"})

    teams = course.team_sets.get(key="project")
    assert (teams.min_size, teams.max_size, teams.is_hard) == (2, 3, True)
    assert "Line 1: “first” is not a number." in refused.content.decode()
    assert "first | 2026-09-01" in refused.content.decode()
