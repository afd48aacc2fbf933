"""The schedule as a table, pasted rows, and dates that follow."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from coursehub.courses.models import Change, Offering
from coursehub.publishing.rows import content_of
from coursehub.schedule.models import Event
from coursehub.web import words
from grading.assessments.models import Assessment
from tests.people import People
from tests.web.conftest import SignIn
from tests.web.editing import Editor, cells, load

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(people: People) -> Offering:
    return load()


@pytest.fixture
def editor(course: Offering, sign_in: SignIn, people: People) -> Editor:
    return Editor(sign_in(people.ines), course)


def save(editor: Editor, page: str = "edit_schedule", **more: Any) -> HttpResponse:
    return editor.post(page, **{**cells(editor, page), **more})


def test_saving_the_table_as_it_is_changes_nothing(editor: Editor) -> None:
    before = editor.version()

    assert save(editor).status_code == 302
    assert editor.version() == before


def test_a_cell_is_changed_in_place(editor: Editor, course: Offering) -> None:
    save(editor, **{"lecture-1:title": "Welcome", "lecture-1:location": "Hall 2"})

    event = course.events.get(key="lecture-1")
    assert (event.title, event.location) == ("Welcome", "Hall 2")


def test_moving_a_lecture_shows_the_dates_that_follow_before_it_is_saved(editor: Editor, course: Offering) -> None:
    due = Assessment.objects.get(slug="hw1").due_at
    Assessment.objects.filter(slug="hw1").update(closes_at=None)

    shown = save(editor, **{"lecture-2:date": "2026-09-10"})

    html = shown.content.decode()
    assert "Dates that follow" in html
    assert "Homework 1" in html
    assert Assessment.objects.get(slug="hw1").due_at == due
    assert editor.confirm(shown).status_code == 302
    assert Assessment.objects.get(slug="hw1").due_at == due + dt.timedelta(days=2)
    assert course.events.get(key="lecture-2").date == dt.date(2026, 9, 10)


def test_a_new_row_becomes_an_event(editor: Editor, course: Offering) -> None:
    save(editor, **{"+:title": "Tutorial", "+:date": "2026-09-09", "+:kind": "tutorial"})

    event = course.events.select_related("week").get(key="tutorial")
    assert (event.date, event.week.number, event.kind) == (dt.date(2026, 9, 9), 2, "tutorial")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("duplicate:lecture-3", ["lecture-1", "lecture-2", "lecture-3", "lecture-3-2", "holiday"]),
        ("remove:lecture-3", ["lecture-1", "lecture-2", "holiday"]),
        ("later:lecture-3", ["lecture-1", "lecture-2", "holiday", "lecture-3"]),
    ],
)
def test_rows_are_duplicated_removed_and_exchanged(
    editor: Editor, course: Offering, command: str, expected: list[str]
) -> None:
    save(editor, do=command)

    assert [event.key for event in content_of(course).schedule.events] == expected


def test_what_was_typed_in_other_rows_is_saved_along_with_a_command(editor: Editor, course: Offering) -> None:
    save(editor, do="cancel:lecture-3", **{"lecture-1:title": "Welcome"})

    assert course.events.get(key="lecture-3").status == Event.Status.CANCELLED
    assert course.events.get(key="lecture-1").title == "Welcome"


def test_a_cancelled_lecture_can_take_place_after_all(editor: Editor, course: Offering) -> None:
    save(editor, do="cancel:lecture-3")
    save(editor, do="restore:lecture-3")

    assert course.events.get(key="lecture-3").status == Event.Status.SCHEDULED


def test_an_unknown_command_is_refused_and_typed_cells_stay(editor: Editor, course: Offering) -> None:
    response = save(editor, do="explode:lecture-3", **{"lecture-1:title": "Welcome"})

    assert response.status_code == 200
    assert 'value="Welcome"' in response.content.decode()
    assert course.events.get(key="lecture-1").title == "Lecture 1"


def test_a_row_that_ends_before_it_starts_is_marked_and_everything_typed_stays(editor: Editor) -> None:
    html = save(editor, **{"lecture-1:end": "09:00", "lecture-2:title": "Kept"}).content.decode()

    assert "It must end after it starts." in html
    assert 'value="Kept"' in html


def test_a_moved_lecture_of_a_published_course_is_told_with_its_reason(editor: Editor, course: Offering) -> None:
    editor.publish()

    shown = save(editor, **{"lecture-3:date": "2026-09-17"})
    editor.confirm(shown, reason="The hall is taken.")

    change = Change.objects.filter(subject="event:lecture-3").latest("pk")
    assert (change.reason, change.is_shown) == ("The hall is taken.", True)
    assert course.events.get(key="lecture-3").calendar_sequence > 0


SHEET = "Date\tTime\tTopic\tRoom\n9/17\t11:00-12:20\tGuest lecture on compilers\tHall 3\nMon 9/29\t\tWrong day\t\n"


def test_pasted_rows_are_mapped_looked_at_and_added(editor: Editor, course: Offering) -> None:
    looked = editor.post("edit_paste", text=SHEET, has_header="on")

    page = looked.context["page"]
    assert [column.field.value() for column in page.columns] == ["date", "time", "title", "place"]
    assert [line.title for line in page.lines] == ["Guest lecture on compilers"]
    assert page.problems == ("Row 2: “Mon 9/29” says Monday, but 2026-09-29 is a Tuesday.",)
    assert course.events.count() == 4

    columns = {f"column-{at}": column.field.value() for at, column in enumerate(page.columns)}
    added = editor.post("edit_paste", text=SHEET, has_header="on", add="1", **columns)

    assert added.status_code == 302
    event = course.events.get(key="guest-lecture-on-compilers")
    assert (event.date, event.start_time, event.location) == (dt.date(2026, 9, 17), dt.time(11), "Hall 3")


def test_a_column_can_be_mapped_to_something_else(editor: Editor) -> None:
    columns = {"column-0": "date", "column-1": "skip", "column-2": "title", "column-3": "details"}

    looked = editor.post("edit_paste", text=SHEET, has_header="on", **columns)

    line = looked.context["page"].lines[0]
    assert (line.when, line.place, line.more) == ("Thu 17 Sep 2026", words.DASH, "details")


def test_rows_pasted_into_a_published_course_survive_the_confirming_step(editor: Editor, course: Offering) -> None:
    editor.publish()
    columns = {"column-0": "date", "column-1": "time", "column-2": "title", "column-3": "place"}

    shown = editor.post("edit_paste", text=SHEET, has_header="on", add="1", **columns)
    assert "What this changes" in shown.content.decode()
    assert "Guest lecture on compilers" in editor.back(shown).content.decode()
    assert editor.confirm(shown, reason="A guest comes.").status_code == 302

    assert course.events.filter(key="guest-lecture-on-compilers").exists()


def test_what_holds_no_table_is_refused_and_stays(editor: Editor) -> None:
    html = editor.post("edit_paste", text="just words").content.decode()

    assert "There is no table in this text" in html
    assert "just words</textarea>" in html


def test_a_date_of_an_assessment_follows_an_event_or_is_a_day(editor: Editor, course: Offering) -> None:
    form = editor.client.get(editor.url("edit_entry", "assessments", "hw1")).context["page"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    typed |= {"due_event": "", "due_date": "2026-09-09", "due_at": "18:00", "closes_date": "2026-09-10"}
    typed |= {"closes_at": "23:59", "release_at": "", "listed": "on"}
    shown = editor.post("edit_entry", "assessments", "hw1", **typed)
    if shown.status_code == 200:
        editor.confirm(shown)

    due = Assessment.objects.get(slug="hw1").due_at
    assert due is not None
    assert due.astimezone(course.zone).isoformat() == "2026-09-09T18:00:00-04:00"


@pytest.mark.parametrize("page", ["edit_schedule", "edit_home", "edit_grading"])
def test_the_queries_of_a_page_do_not_grow_with_the_schedule(
    editor: Editor, django_assert_max_num_queries: Any, page: str
) -> None:
    with CaptureQueriesContext(connection) as few:
        editor.client.get(editor.url(page))
    most = len(few)
    for number in range(12):
        save(editor, **{"+:title": f"Extra {number}", "+:date": f"2026-10-{number + 1:02d}"})

    with django_assert_max_num_queries(most):
        editor.client.get(editor.url(page))


def test_two_who_save_at_once_do_not_overwrite_each_other(editor: Editor, course: Offering) -> None:
    first, second = cells(editor), cells(editor)
    version = editor.version()
    editor.post("edit_schedule", **{**first, "version": version, "lecture-1:title": "By the first"})

    noticed = editor.post("edit_schedule", **{**second, "version": version, "lecture-2:title": "By the second"})

    assert "Somebody changed this course" in noticed.content.decode()
    assert 'value="By the second"' in noticed.content.decode()
    assert course.events.get(key="lecture-1").title == "By the first"
    assert course.events.get(key="lecture-2").title == "Lecture 2"
