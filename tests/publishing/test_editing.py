"""Changes to an offering as a value."""

import datetime as dt
from decimal import Decimal

import pytest
from pydantic import ValidationError

from coursehub.publishing import editing, editing_grading
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing import Shelf
from coursehub.publishing.paste import Around, guess_columns, read_rows
from coursehub.publishing.refusals import NotThere
from coursehub.publishing.schema import EventEntry, NodeEntry
from coursehub.publishing.tables import read_table
from coursehub.schedule.models import Event
from tests.publishing.contents import make_content


def keys(content: OfferingContent, shelf: Shelf = Shelf.EVENTS) -> list[str]:
    return list(editing.entries_of(content, shelf))


def event(content: OfferingContent, key: str) -> EventEntry:
    found = editing.entry_of(content, Shelf.EVENTS, key)
    assert isinstance(found, EventEntry)
    return found


def test_a_moved_lecture_keeps_its_times_and_stands_in_the_week_of_its_new_day() -> None:
    moved = editing.move_event(make_content(), "lecture-1", to=dt.date(2026, 9, 17))

    found = event(moved, "lecture-1")
    assert (found.date, found.start, found.week) == (dt.date(2026, 9, 17), dt.time(11), 3)
    assert keys(moved) == ["lecture-2", "lecture-3", "lecture-1", "holiday"]


def test_a_lecture_can_be_moved_to_a_day_to_be_announced() -> None:
    assert event(editing.move_event(make_content(), "lecture-2", to=None), "lecture-2").date is None


def test_two_lectures_exchange_their_slots() -> None:
    content = editing.exchange_event(make_content(), "lecture-1", steps=1)

    assert event(content, "lecture-1").date == dt.date(2026, 9, 8)
    assert event(content, "lecture-2").date == dt.date(2026, 9, 1)
    assert (event(content, "lecture-1").week, event(content, "lecture-2").week) == (2, 1)
    assert keys(content)[:2] == ["lecture-2", "lecture-1"]


def test_the_first_lecture_cannot_move_further_up() -> None:
    content = make_content()

    assert editing.exchange_event(content, "lecture-1", steps=-1) == content


def test_a_copy_stands_right_after_the_original_with_a_key_of_its_own() -> None:
    content = editing.duplicate_event(make_content(), "lecture-2")

    assert keys(content) == ["lecture-1", "lecture-2", "lecture-2-2", "lecture-3", "holiday"]
    assert event(content, "lecture-2-2").title == "Lecture 2"


def test_a_cancelled_lecture_stays_and_can_be_restored() -> None:
    cancelled = editing.cancel_event(make_content(), "lecture-2")

    assert event(cancelled, "lecture-2").status == Event.Status.CANCELLED
    assert event(editing.restore_event(cancelled, "lecture-2"), "lecture-2").status == Event.Status.SCHEDULED


def test_an_added_event_finds_its_place_its_week_and_a_free_key() -> None:
    new = EventEntry(key="lecture-1", title="Tutorial", date=dt.date(2026, 9, 9))

    content = editing.add_event(make_content(), new)

    assert keys(content) == ["lecture-1", "lecture-2", "lecture-1-2", "lecture-3", "holiday"]
    assert event(content, "lecture-1-2").week == 2


def test_nothing_is_changed_in_place() -> None:
    content = make_content()
    before = content.model_dump()

    editing.move_event(content, "lecture-1", to=dt.date(2026, 9, 30))
    editing.remove_entry(content, Shelf.BLOCKS, "aims")

    assert content.model_dump() == before


def test_entries_move_up_and_down_their_shelf_and_no_further() -> None:
    content = make_content()

    assert keys(editing.move_entry(content, Shelf.BLOCKS, "aims", steps=-1), Shelf.BLOCKS) == [
        "overview", "aims", "structure",
    ]  # fmt: skip
    assert keys(editing.move_entry(content, Shelf.BLOCKS, "overview", steps=-1), Shelf.BLOCKS)[0] == "overview"
    assert keys(editing.move_entry(content, Shelf.BLOCKS, "aims", steps=9), Shelf.BLOCKS)[-1] == "aims"


@pytest.mark.parametrize("shelf", list(Shelf))
def test_what_is_not_there_cannot_be_removed(shelf: Shelf) -> None:
    with pytest.raises(NotThere):
        editing.remove_entry(make_content(), shelf, "nobody")


def test_fields_are_checked_like_those_of_a_file() -> None:
    with pytest.raises(ValidationError):
        editing.replace_block(make_content(), "aims", heading="")
    with pytest.raises(ValidationError):
        editing.replace_offering(make_content(), timezone="Mars/Olympus")


def test_a_removed_entry_is_gone() -> None:
    assert keys(editing.remove_entry(make_content(), Shelf.STAFF, "moreau"), Shelf.STAFF) == []


def test_rows_of_the_grading_table_change_and_go() -> None:
    rows = {
        "homework": {"label": "Homework", "weight": Decimal(70)},
        "project": {"weight": Decimal(30)},
        "report": {"weight": Decimal(30)},
    }

    content = editing_grading.replace_grading(make_content(), note="Rounded up.", rows=rows)

    flat = [(depth, node.key, node.weight) for depth, node in editing_grading.flat_nodes(content.grading.nodes)]
    assert flat == [(0, "homework", 70), (0, "project", 30), (1, "report", 30)]
    assert content.grading.note == "Rounded up."
    assert content.grading.nodes[0].assessments == ["hw1"]


def test_a_row_is_added_inside_another_or_at_the_end() -> None:
    node = NodeEntry(key="talk", label="Talk", weight=Decimal(5))

    inside = editing_grading.add_node(make_content(), node, inside="project")
    last = editing_grading.add_node(make_content(), node)

    assert [found.key for found in inside.grading.nodes[1].parts] == ["proposal", "report", "talk"]
    assert [found.key for found in last.grading.nodes] == ["homework", "project", "talk"]


def test_pasted_rows_update_what_is_there_and_add_the_rest() -> None:
    table = read_table("Date\tTopic\tRoom\tReadings\n9/8\tLecture 2\tHall 9\tA paper\n9/10\tTutorial\tHall 2\t\n")
    pasted = read_rows(table, guess_columns(table), Around(near=dt.date(2026, 10, 1)))

    content = editing.add_pasted(make_content(), pasted)

    assert keys(content) == ["lecture-1", "lecture-2", "tutorial", "lecture-3", "holiday"]
    assert event(content, "lecture-2").location == "Hall 9"
    assert event(content, "lecture-2").start == dt.time(11)
    assert [use.material for use in event(content, "lecture-2").materials] == ["a-paper"]
    assert keys(content, Shelf.MATERIALS) == ["a-paper"]


def test_an_assumption_is_confirmed_as_it_stands_or_with_an_answer() -> None:
    content = editing.confirm_assumption(make_content(), "late", assumed="Nothing is accepted late.")

    entry = editing.entry_of(content, Shelf.ASSUMPTIONS, "late")
    assert (entry.confirmed, entry.assumed) == (True, "Nothing is accepted late.")
