"""Rows that somebody pastes: from a spreadsheet, from a page, from anywhere."""

import datetime as dt

import pytest

from coursehub.publishing.paste import Around, Column, Pasted, free_key, guess_columns, kind_of, read_rows
from coursehub.publishing.refusals import NotATable
from coursehub.publishing.said import Unreadable, read_date, read_times
from coursehub.publishing.tables import columns_of, read_table
from coursehub.schedule.models import EventKind, Requirement

AUTUMN = dt.date(2026, 10, 15)
SHEET = "Date\tTime\tTopic\tSpeaker\tRoom\n9/8\t11:00-12:20\tTensors\tAda Byron\tHall 1\n9/10\tTBD\tGraphs\t\t\n"


def pasted(text: str, *, columns: tuple[Column, ...] | None = None, around: Around | None = None) -> Pasted:
    table = read_table(text)
    return read_rows(table, columns or guess_columns(table), around or Around(near=AUTUMN))


def test_rows_of_a_spreadsheet_become_events() -> None:
    found = pasted(SHEET, around=Around(near=AUTUMN, staff={"Ada Byron": "byron"}))

    first, second = found.events
    assert (first.date, first.start, first.end) == (dt.date(2026, 9, 8), dt.time(11), dt.time(12, 20))
    assert (first.key, first.title, first.location) == ("tensors", "Tensors", "Hall 1")
    assert [speaker.staff for speaker in first.speakers] == ["byron"]
    assert (second.date, second.start) == (dt.date(2026, 9, 10), None)
    assert found.problems == ()


def test_the_columns_are_guessed_by_their_headings() -> None:
    assert guess_columns(read_table(SHEET)) == (
        Column.DATE, Column.TIME, Column.TITLE, Column.SPEAKER, Column.PLACE,
    )  # fmt: skip


def test_without_headings_dates_times_and_titles_are_told_by_what_they_hold() -> None:
    table = read_table("2026-09-08\t11:00\tTensors and more\n2026-09-10\t11:00\tGraphs\n", has_header=False)

    assert guess_columns(table) == (Column.DATE, Column.TIME, Column.TITLE)
    assert [name for name, _ in columns_of(table)] == ["Column 1", "Column 2", "Column 3"]


def test_an_html_table_keeps_its_links_and_writes_out_its_spans() -> None:
    html = """<table><tr><th>Week<th>Date<th>Topic<th>Required reading</tr>
      <tr><td rowspan=2>3</td><td>Tue 9/22<td>Attention<td><a href="https://arxiv.org/abs/1706.03762">A paper</a></tr>
      <tr><td>Thu 9/24</td><td>More of it<td></tr>
      <script>alert(1)</script></table>"""

    found = pasted(html)

    assert [(event.week, event.title) for event in found.events] == [(3, "Attention"), (3, "More of it")]
    assert found.materials[0].url == "https://arxiv.org/abs/1706.03762"
    assert found.events[0].materials[0].requirement == Requirement.REQUIRED
    assert "alert" not in str(found)


def test_a_row_that_holds_only_its_week_is_a_heading() -> None:
    found = pasted("Date\tTopic\nWeek 2: basics\t\n9/15\tTensors\n")

    assert [(event.week, event.title) for event in found.events] == [(2, "Tensors")]


def test_a_markdown_table_is_a_table() -> None:
    found = pasted("| Date | Topic |\n|------|-------|\n| Sep 8 | a \\| b |\n")

    assert [(event.date, event.title) for event in found.events] == [(dt.date(2026, 9, 8), "a | b")]


def test_what_cannot_be_read_is_said_by_row_and_the_rest_is_kept() -> None:
    found = pasted("Date\tTopic\nMon 9/8\tTensors\n2/30\tGraphs\n9/10\t\n9/15\tAttention\n")

    assert [event.title for event in found.events] == ["Attention"]
    assert [(problem.row, problem.sentence) for problem in found.problems] == [
        (1, "“Mon 9/8” says Monday, but 2026-09-08 is a Tuesday."),
        (2, "There is no day “2/30”."),
        (3, "It has no title."),
    ]


def test_a_guest_comes_with_an_affiliation() -> None:
    found = pasted("Date\tTopic\tSpeaker\n9/8\tGuest lecture\tGrace Hopper (Navy); Alan Turing, NPL\n")

    assert [(who.name, who.affiliation) for who in found.events[0].speakers] == [
        ("Grace Hopper", "Navy"),
        ("Alan Turing", "NPL"),
    ]
    assert found.events[0].kind is EventKind.GUEST_LECTURE


def test_readings_are_split_by_line_and_known_ones_are_used_again() -> None:
    around = Around(near=AUTUMN, materials={("A book", ""): "a-book"})
    found = pasted("Date,Topic,Readings\n9/8,Tensors,A book; slides https://example.edu/1.pdf\n", around=around)

    assert [use.material for use in found.events[0].materials] == ["a-book", "slides"]
    assert [(new.kind, new.url) for new in found.materials] == [("slides", "https://example.edu/1.pdf")]


@pytest.mark.parametrize("text", ["", "   \n ", "one column\nonly\n", "Date\tTopic\n"])
def test_a_text_without_a_table_is_refused(text: str) -> None:
    with pytest.raises(NotATable):
        read_table(text)


def test_too_long_a_table_is_refused() -> None:
    with pytest.raises(NotATable, match="rows"):
        read_table("a\tb\n" * 401)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2027-01-05", dt.date(2027, 1, 5)),
        ("9/8", dt.date(2026, 9, 8)),
        ("Tue 9/8", dt.date(2026, 9, 8)),
        ("Tuesday, September 8", dt.date(2026, 9, 8)),
        ("8 Sept 2026", dt.date(2026, 9, 8)),
        ("Sep. 8th", dt.date(2026, 9, 8)),
        ("08.09.2026", dt.date(2026, 9, 8)),
        ("9/8/26", dt.date(2026, 9, 8)),
        ("1/12", dt.date(2027, 1, 12)),
        ("25/12", dt.date(2026, 12, 25)),
        ("TBD", None),
        ("", None),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, date: dt.date | None) -> None:
    assert read_date(text, near=AUTUMN) == date


def test_the_day_comes_first_where_the_reader_is_told_so() -> None:
    assert read_date("8/9", near=AUTUMN, day_first=True) == dt.date(2026, 9, 8)


@pytest.mark.parametrize("text", ["soon", "13/13", "Feb 30"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_date(text, near=AUTUMN)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("11:00-12:20", (dt.time(11), dt.time(12, 20))),
        ("3:30\N{EN DASH}5:00 PM", (dt.time(15, 30), dt.time(17))),
        ("11:00 \N{EN DASH} 1:00 pm", (dt.time(11), dt.time(13))),
        ("7:15-8:15pm", (dt.time(19, 15), dt.time(20, 15))),
        ("12 p.m.", (dt.time(12), None)),
        ("9am", (dt.time(9), None)),
        ("TBD", (None, None)),
    ],
)
def test_times_are_read_as_people_write_them(text: str, times: tuple[dt.time | None, dt.time | None]) -> None:
    assert read_times(text) == times


@pytest.mark.parametrize("text", ["late", "25:00", "5:00 pm - 3:00 pm"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_times(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("No class: holiday", EventKind.NO_CLASS), ("Midterm", EventKind.EXAM), ("Lecture", EventKind.LECTURE)],
)
def test_the_kind_is_told_by_the_words(text: str, kind: EventKind) -> None:
    assert kind_of(text) is kind


def test_a_key_is_free_and_fits() -> None:
    assert free_key("Tensors!", {"tensors", "tensors-2"}) == "tensors-3"
    assert free_key("…", ()) == "entry"
    assert len(free_key("a" * 300, ())) <= 60
