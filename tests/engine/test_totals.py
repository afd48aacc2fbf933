"""The worked examples of states, extra credit and rounding, with their numbers."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from grading.engine.items import ItemState, ItemValue
from grading.engine.points import rounded, told
from grading.engine.problems import problems
from grading.engine.scheme import Aggregation, LetterOn
from tests.engine.building import (
    CANVAS,
    EXCUSED,
    MISSING,
    NOT_DUE,
    UNGRADED,
    Score,
    both,
    item,
    node,
    row,
    scheme,
    shown,
)

POINTS, MEAN, WEIGHTED = Aggregation.POINTS, Aggregation.MEAN, Aggregation.WEIGHTED
PSETS = scheme(node("psets", MEAN, *(item(f"p{number}") for number in range(1, 5))))


def psets(*scores: Score) -> dict[str, Score]:
    return {f"p{number}": score for number, score in enumerate(scores, start=1)}


def test_what_is_excused_is_not_counted() -> None:
    assert shown(both(PSETS, row(psets(90, 80, EXCUSED, 70))).current) == "80.00"


def test_what_is_missing_counts_as_nothing() -> None:
    totals = both(PSETS, row(psets(90, 80, MISSING, 70)))

    assert shown(totals.current) == shown(totals.final) == "60.00"


def test_what_is_ungraded_makes_three_numbers() -> None:
    totals = both(PSETS, row(psets(90, 80, UNGRADED, 70)))

    assert [shown(total) for total in (totals.current, totals.floor, totals.ceiling)] == ["80.00", "60.00", "85.00"]
    assert totals.final is None
    assert totals.final_letter is None


def test_a_drop_counts_what_is_counted_only() -> None:
    dropping = scheme(replace(PSETS.nodes[0], drop_lowest=1))

    assert shown(both(dropping, row(psets(90, 80, EXCUSED, 0))).current) == "85.00"


def test_missing_work_is_pending_where_the_scheme_says_so() -> None:
    totals = both(replace(PSETS, missing_is_pending=True), row(psets(90, 80, MISSING, 70)))

    assert [shown(total) for total in (totals.current, totals.floor, totals.ceiling)] == ["80.00", "60.00", "85.00"]


def test_before_anything_counts_there_is_no_current_total() -> None:
    totals = both(PSETS, row(psets(NOT_DUE, NOT_DUE, NOT_DUE, NOT_DUE)))

    assert (totals.current, totals.floor, totals.ceiling) == (None, 0, 100)


def test_somebody_excused_from_a_whole_node_is_graded_on_the_rest() -> None:
    of = scheme(node("exam", MEAN, item("exam1"), weight=20), node("psets", MEAN, item("p1"), weight=80))
    totals = both(of, row({"exam1": EXCUSED, "p1": 90}))

    assert totals.final == totals.current == totals.ceiling == 90


def test_somebody_excused_from_everything_has_no_total() -> None:
    totals = both(PSETS, row(psets(EXCUSED, EXCUSED, EXCUSED, EXCUSED), extra=1))

    assert (totals.current, totals.final, totals.floor, totals.ceiling) == (None, None, 1, 1)


def test_a_node_without_items_is_still_to_come() -> None:
    of = scheme(node("psets", MEAN, item("p1"), weight=60), node("project", None, weight=40))
    totals = both(of, row({"p1": 90}))

    assert (totals.current, totals.floor, totals.ceiling, totals.final) == (90, 54, 94, None)


def test_expected_items_count_in_floor_and_ceiling_only() -> None:
    by_mean = scheme(node("psets", MEAN, item("p1"), expected_count=4))
    by_points = scheme(node("psets", POINTS, item("p1", 10), expected_count=3, max_points=Decimal(40)))
    on_average = scheme(node("psets", POINTS, item("p1", 10), item("p2", 20), expected_count=4))

    assert [both(by_mean, row({"p1": 80})).current, both(by_mean, row({"p1": 80})).floor] == [80, 20]
    assert [both(by_points, row({"p1": 8})).floor, both(by_points, row({"p1": 8})).ceiling] == [20, 95]
    assert both(on_average, row({"p1": 10, "p2": 20})).floor == 50


def test_what_is_not_released_is_pending_for_its_student_and_scored_for_staff() -> None:
    hidden = ItemValue.scored(0, is_released=False)
    student = row({**psets(90, 80, hidden, 70), "p5": EXCUSED})

    assert shown(both(PSETS, student).current) == "60.00"
    assert shown(both(PSETS, student.as_its_student_sees_it()).current) == "80.00"
    assert student.as_its_student_sees_it().items["p3"].state is ItemState.SUBMITTED_UNGRADED


def test_points_above_the_maximum_count() -> None:
    of = scheme(node("work", POINTS, item("a", 50), item("b", 50)))

    assert shown(both(of, row({"a": 40, "b": 52})).current) == "92.00"


def test_extra_credit_out_of_nothing_adds_its_points() -> None:
    of = scheme(node("work", POINTS, item("a", 100), item("more", 0, extra_credit=True)))

    assert shown(both(of, row({"a": 80, "more": 5})).current) == "85.00"
    assert shown(both(of, row({"a": 80, "more": NOT_DUE})).ceiling) == "80.00"


def test_extra_credit_alone_counts_of_what_its_node_has_in_all() -> None:
    more = item("more", 0, extra_credit=True)
    first = node("labs", POINTS, more, item("lab", 50), weight=40, max_points=Decimal(50))
    of = scheme(first, node("exam", MEAN, item("e"), weight=60))
    silent = scheme(replace(first, max_points=None), of.nodes[1])
    student = row({"more": 5, "lab": NOT_DUE, "e": 90})

    assert shown(both(of, student).current) == "94.00"
    assert shown(both(silent, student).current) == "90.00"
    assert [shown(both(of, student).floor), shown(both(of, student).ceiling)] == ["58.00", "98.00"]


@pytest.mark.parametrize(("cap", "expected"), [(None, "102.00"), (Decimal(100), "100.00")])
def test_an_extra_credit_node_adds_course_points_up_to_the_cap(cap: Decimal | None, expected: str) -> None:
    of = scheme(
        node("work", MEAN, item("a")), node("bonus", MEAN, item("b"), weight=2, extra_credit=True), cap=cap
    )  # fmt: skip

    assert problems(of) == []
    assert shown(both(of, row({"a": 100, "b": 100})).final) == expected


def test_the_best_of_several_schemes_counts() -> None:
    midterm, final = node("midterm", MEAN, item("m"), weight=40), node("final", MEAN, item("f"), weight=60)
    replaced = scheme(replace(final, weight=Decimal(100)), name="Final replaces midterm")
    of = scheme(midterm, final, alternatives=(replaced,), letters=CANVAS)

    assert problems(of) == []
    assert both(of, row({"m": 50, "f": 90})).final == 90
    assert both(of, row({"m": 100, "f": 90})).final == 94
    assert both(of, row({"m": 100, "f": 90})).final_letter == "A"


def test_values_are_rounded_once_and_a_half_goes_up() -> None:
    assert str(rounded(Fraction("2.675"), 2)) == "2.68"
    assert int(Fraction("0.29") * 100) == 29
    assert str(rounded(Fraction("89.45"), 0)) == "89"
    assert str(rounded(Fraction("92.5"), 0)) == "93"
    assert [str(rounded(Fraction(text), 1)) for text in ("-0.25", "-0.04", "0")] == ["-0.3", "0.0", "0.0"]
    assert [told(Fraction(text)) for text in ("7.50", "100", "1/3", "-2")] == ["7.5", "100", "0.3333", "-2"]


@pytest.mark.parametrize(("on", "letter"), [(LetterOn.UNROUNDED, "B+"), (LetterOn.ROUNDED, "A-")])
def test_a_letter_is_read_from_the_total_that_the_scheme_names(on: LetterOn, letter: str) -> None:
    of = replace(PSETS, letters=CANVAS, letter_on=on)
    student = row(psets("89.995", "89.995", "89.995", "89.995"))

    assert both(of, student).final_letter == of.letter(Fraction("89.995")) == letter
    assert both(of, row({}, extra=-5)).floor_letter == "F"
    assert both(PSETS, student).final_letter is None


def test_a_bonus_is_added_to_the_total() -> None:
    assert both(PSETS, row(psets(90, 90, 90, 90), extra=1)).final == 91
