"""Bytes become rows with line numbers, whatever program wrote them; and rows become bytes that every program reads."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interchange.problems import Unreadable, listed, quoted
from grading.interchange.tables import Limits, guarded, number_text, read_sheet, without_guard, write_sheet

PLAIN = "name,points\r\nZoë,1\r\nBen,2\r\n"
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=12)
filled = texts.filter(lambda text: text.strip(" ,;\t\r\n") and text.strip() == text)


def rows_of(data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.line, row.cells) for row in read_sheet(data).rows]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PLAIN.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + PLAIN.encode(), "utf-8-sig"),
        (PLAIN.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), "utf-16"),
        (PLAIN.encode("utf-16-le"), "utf-16-le"),
        (PLAIN.encode("utf-16-be"), "utf-16-be"),
        (PLAIN.encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_found_out(data: bytes, encoding: str) -> None:
    sheet = read_sheet(data)

    assert (sheet.encoding, sheet.header) == (encoding, ("name", "points"))
    assert [row.cells for row in sheet.rows] == [("Zoë", "1"), ("Ben", "2")]


@pytest.mark.parametrize(
    ("text", "delimiter", "cells"),
    [
        ('a,b\n"x;y;z",1\n', ",", ("x;y;z", "1")),
        ("a;b\nDoe, Jane;1,5\n", ";", ("Doe, Jane", "1,5")),
        ("a\tb\nDoe, Jane\t1;5\n", "\t", ("Doe, Jane", "1;5")),
        ('name,"a;b;c;d"\n', ",", None),
        ("sep=;\na;b\n1;2\n", ";", ("1", "2")),
        ("a;b, c\n1;2\n3;4\n", ";", ("1", "2")),
    ],
)
def test_the_delimiter_is_found_out(text: str, delimiter: str, cells: tuple[str, ...] | None) -> None:
    sheet = read_sheet(text.encode())

    assert sheet.delimiter == delimiter
    assert [row.cells for row in sheet.rows][:1] == ([cells] if cells else [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_has_the_line_on_which_it_begins_also_after_quoted_line_ends(end: str) -> None:
    text = end.join(["a,b", '"one', 'two",1', "", " ;,;", "x,2", ""])

    assert rows_of(text.encode()) == [(2, (f"one{end}two", "1")), (6, ("x", "2"))]


def test_the_line_that_tells_excel_the_delimiter_keeps_its_number() -> None:
    assert rows_of(b"sep=;\r\na;b\r\n1;2\r\n") == [(3, ("1", "2"))]


def test_missing_cells_at_the_end_are_empty_and_blanks_are_kept() -> None:
    assert rows_of(b"a,b,c,\n    x,1\n") == [(2, ("    x", "1", ""))]


def test_a_row_that_is_too_long_is_told_and_left_out() -> None:
    sheet = read_sheet(b"name,points\nDoe, Jane,1\nBen,2,,\n")

    assert [row.line for row in sheet.rows] == [3]
    assert [problem.line for problem in sheet.problems] == [2]
    assert sheet.problems[0].sentence.startswith("Line 2 has 3 cells below 2 headings: where a cell holds")


def test_a_heading_that_stands_twice_is_told_with_its_columns() -> None:
    (problem,) = read_sheet(b"a,b,a,,\n1,2,3\n").problems

    assert problem.sentence == "Line 1 has the heading “a” in columns 1 and 3: rename all but one."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"\xef\xbb\xbf\n", "no table"),
        (b"PK\x03\x04rest", "workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"just one column\nx\n", "at least two headings"),
        (b"a,b\n1,2\nx,\0y and more text here that is long enough\n", "Line 3 holds a character"),
        (b'a,b\n1,2\n"x,2\n3,4\n', "Line 3 opens a quotation mark"),
        (b'a,b\n"x"y,2\n', "Line 2 has text between a closing quotation mark"),
        (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        (b"\xff\xfea\x00,", "begins as UTF-16"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_sheet(data)

    assert said in refused.value.sentence


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(file_bytes=10), "at most 10 are read"),
        (Limits(rows=1), "more than 1 rows, the last at line 3"),
        (Limits(columns=1), "Line 1 has 2 cells"),
        (Limits(cell_characters=5), "Line 1 has a cell of more than 5 characters"),
    ],
)
def test_what_is_too_large_is_refused(limits: Limits, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_sheet(PLAIN.encode(), limits=limits)


def test_a_table_of_exactly_the_limits_is_read() -> None:
    data = PLAIN.encode()

    assert read_sheet(data, limits=Limits(file_bytes=len(data), rows=2, columns=2, cell_characters=6)).rows


def test_a_cell_longer_than_the_parser_takes_is_a_refusal_and_no_fault() -> None:
    with pytest.raises(Unreadable, match="Line 2 has a cell"):
        read_sheet(b"a,b\n" + b"x" * 200_000 + b",1\n")


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "-", "'=1", "\uff1d1"])
def test_what_a_spreadsheet_takes_for_a_formula_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "-0.5", "-0,5", "-5%", "x=1", "'tis", "", "EX"])
def test_numbers_and_ordinary_texts_are_not_guarded(text: str) -> None:
    assert guarded(text) == text


@given(st.text(st.sampled_from("'=+-@\t\r 1a"), max_size=6))
def test_the_guard_can_always_be_taken_away(text: str) -> None:
    assert without_guard(guarded(text)) == text


def test_what_is_written_is_rfc_4180() -> None:
    rows = [("a", 'say "x"'), ("1,5", Decimal("-2.50")), (" x", None), ("a;b", 3)]

    assert write_sheet(rows, guard=True) == b'a,"say ""x"""\r\n"1,5",-2.5\r\n x,\r\n"a;b",3\r\n'


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+2", "100"), ("18.00", "18"), ("0.0001", "0.0001"), ("-0.0", "0"), ("100", "100"), ("-7.10", "-7.1")],
)
def test_numbers_are_written_exactly_and_without_an_exponent(number: str, text: str) -> None:
    assert number_text(Decimal(number)) == text


@given(
    st.integers(2, 4).flatmap(
        lambda width: st.tuples(
            st.lists(filled, min_size=width, max_size=width, unique=True),
            st.lists(st.tuples(filled, *[texts] * (width - 1)), max_size=5),
        )
    ),
    st.booleans(),
)
def test_what_is_written_is_read_back(table: tuple[list[str], list[tuple[str, ...]]], guard: bool) -> None:
    header, rows = table

    sheet = read_sheet(write_sheet([header, *rows], guard=guard))

    unguard = without_guard if guard else str
    assert [unguard(name) for name in sheet.header] == header
    assert [tuple(map(unguard, row.cells)) for row in sheet.rows] == rows
    assert not sheet.problems


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([3], "3"), ([3, 7], "3 and 7"), ([3, 7, 9], "3, 7 and 9"), ([1, 2, 3, 4], "1, 2, 3 and 1 more")],
)
def test_line_numbers_are_said_as_words_and_never_without_end(numbers: list[int], words: str) -> None:
    assert listed(numbers, most=3) == words


def test_a_text_of_a_file_is_quoted_on_one_line_and_shortened() -> None:
    assert quoted("a\n\tb\x1b") == "“a b”"
    assert quoted("x" * 9, most=5) == "“xxxx…”"
