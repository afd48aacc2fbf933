"""Cells of grades: numbers in every notation that people use, and the marks beside them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interchange.numbers import (
    BLANK,
    EXCUSED,
    NOT_ASSIGNED,
    Score,
    ScoreKind,
    canvas_text,
    decimal_of,
    is_same_to_canvas,
    points_score,
    score_of,
    score_text,
    two_places,
    why_no_score,
)  # fmt: skip

numbers = st.decimals(min_value=-10_000, max_value=10_000, places=4)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18", "18"), ("18.5", "18.5"), ("18,5", "18.5"), ("-0.5", "-0.5"), ("+3", "3"), (".5", "0.5"), ("5.", "5"),
        ("\u22121", "-1"),
        ("1,234.50", "1234.50"), ("1.234,50", "1234.50"), ("1 234", "1234"), ("1\u00a0234,5", "1234.5"),
        ("1,234,567", "1234567"), ("1'234", "1234"), ("1.234", "1.234"), ("0,125", "0.125"), ("1234,567", "1234.567"),
    ],
)  # fmt: skip
def test_numbers_are_read_in_every_notation(text: str, number: str) -> None:
    assert decimal_of(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        ".",
        "-",
        "1,234",
        "1e5",
        "inf",
        "NaN",
        "1,23,4",
        "1.2.3",
        "1,234,5",
        "٣",
        "1_000",
        "0x1",
        "9" * 17,
        "1 2",
    ],
)
def test_what_is_no_number_or_could_be_two_is_none(text: str) -> None:
    assert decimal_of(text) is None


def test_a_number_that_could_be_two_is_explained_with_both() -> None:
    assert "could mean 1.234 or 1234" in why_no_score("1,234")
    assert "no number" in why_no_score("B+")


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("EX", EXCUSED), ("ex", EXCUSED), (" Ex ", EXCUSED), ("N/A", NOT_ASSIGNED), ("n/a", NOT_ASSIGNED),
        ("", BLANK), (" ", BLANK), ("-", BLANK), ("\u2013", BLANK),
        ("18,50", Score(kind=ScoreKind.POINTS, number=Decimal("18.5"))),
        ("85 %", Score(kind=ScoreKind.PERCENT, number=Decimal(85))), ("A-", None), ("%", None),
    ],
)  # fmt: skip
def test_a_cell_says_points_or_a_mark(text: str, score: Score | None) -> None:
    assert score_of(text) == score


def test_per_cent_are_exact_points_of_the_maximum() -> None:
    assert Score(kind=ScoreKind.PERCENT, number=Decimal("33.3")).points(of=Decimal(30)) == Decimal("9.99")
    assert Score(kind=ScoreKind.PERCENT, number=Decimal(1)).points(of=None) is None
    assert points_score(Decimal(7)).points(of=None) == 7
    assert EXCUSED.points(of=Decimal(5)) is None


@pytest.mark.parametrize(("text", "given_"), [("0", True), ("0%", True), ("EX", True), ("", False), ("N/A", False)])
def test_nothing_and_not_assigned_say_nothing(text: str, given_: bool) -> None:
    assert score_of(text).is_given is given_


@pytest.mark.parametrize(
    ("number", "text"), [("123.456", "123.46"), ("0.005", "0.01"), ("-0.001", "0.00"), ("2.675", "2.68")]
)
def test_canvas_writes_two_places_and_rounds_halves_away_from_zero(number: str, text: str) -> None:
    assert two_places(Decimal(number)) == text


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("123.456", "123.46", True), ("18", "18,00", True), ("ex", "EX", True), ("", "-", True), ("N/A", "", True),
        ("123.454", "123.46", False), ("EX", "0", False), ("", "0", False), ("85%", "85", False),
    ],
)  # fmt: skip
def test_a_change_is_what_canvas_sees_at_two_places(one: str, other: str, same: bool) -> None:
    assert is_same_to_canvas(score_of(one), score_of(other)) is same


@given(numbers)
def test_a_score_is_read_back_exactly_as_it_was_written(number: Decimal) -> None:
    assert score_of(score_text(points_score(number))) == points_score(number)


@given(numbers)
def test_what_canvas_writes_is_no_change_to_canvas(number: Decimal) -> None:
    assert is_same_to_canvas(score_of(canvas_text(points_score(number))), points_score(number))


@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_a_cell(text: str) -> None:
    score = score_of(text)

    assert score is not None or why_no_score(text).startswith("has “")
