"""Whom another reading of the rules would change."""

from dataclasses import replace
from decimal import Decimal

import pytest

from grading.engine.participation import Below, Count, ParticipationRule
from grading.engine.problems import SchemeCannotBeComputed
from grading.engine.readings import Reading, readings
from grading.engine.scheme import Aggregation, DropBy, Node
from tests.engine.building import CANVAS, MISSING, item, node, row, scheme

POINTS, MEAN = Aggregation.POINTS, Aggregation.MEAN
WORK = node("work", POINTS, item("a", 50), item("b", 100))
CLASS = [
    row({"a": 45, "b": 70}, student=1),  # 76.67 as a sum, 80.00 as a mean: C and B-
    row({"a": 40, "b": 80}, student=2),
    row({"a": 40, "b": MISSING}, student=3),  # 26.67 and 40.00: F both times
]


def about(found: list[Reading], name: str) -> list[str]:
    return [reading.sentence for reading in found if reading.sentence.startswith(name)]


def test_the_sum_and_the_mean_are_compared() -> None:
    of = scheme(WORK, letters=CANVAS)

    [reading] = [reading for reading in readings(of, CLASS) if reading.key == "work"]

    assert (reading.students, reading.differing, reading.letters) == (3, 2, 1)
    assert reading.sentence == "Work: sum of grades and mean of percentages differ for 2 of 3 students, 1 letter."
    back = readings(scheme(replace(WORK, aggregation=MEAN), letters=CANVAS), CLASS)
    assert about(back, "Work") == ["Work: mean of percentages and sum of grades differ for 2 of 3 students, 1 letter."]


def test_where_nobody_has_said_the_ways_are_compared_too() -> None:
    deep = scheme(node("all", MEAN, replace(WORK, aggregation=None)))

    assert about(readings(deep, CLASS), "Work") == [
        "Work: sum of grades and mean of percentages differ for 2 of 3 students, 0 letters."
    ]
    trimmed = scheme(replace(WORK, aggregation=None, drop_highest=1))
    assert about(readings(trimmed, CLASS), "Work") == []


def test_ways_to_drop_are_compared() -> None:
    of = scheme(node("work", POINTS, item("a"), item("b"), item("c", 20), drop_lowest=1))
    students = [row({"a": 80, "b": 20, "c": 1}), row({"a": 80, "b": 20, "c": 20}, student=2)]

    assert about(readings(of, students), "Work: dropping") == [
        "Work: dropping what helps most and dropping the lowest percentage differ for 1 of 2 students, 0 letters.",
        "Work: dropping what helps most and dropping the fewest points differ for 2 of 2 students, 0 letters.",
    ]
    other = scheme(replace(of.nodes[0], drop_by=DropBy.PERCENT))
    assert len(about(readings(other, students), "Work: dropping the lowest percentage and")) == 2


def test_thresholds_excuses_and_ties_are_compared() -> None:
    rule = ParticipationRule(
        below=Below.LINEAR, threshold=5, bonus_top_n=1, bonus_course_points=Decimal(1)
    )  # fmt: skip
    of = scheme(Node(key="forum", title="Forum", weight=Decimal(100), aggregation=Aggregation.RULE, rule=rule))
    students = [
        row({}, student=at, counts={"forum": Count(count=count, excused=excused)})
        for at, (count, excused) in enumerate([(6, 0), (6, 0), (4, 1), (3, 0)])
    ]

    assert about(readings(of, students), "Forum") == [
        "Forum: a part for fewer and nothing for fewer differ for 1 of 4 students, 0 letters.",
        "Forum: ties for the bonus included and ties for the bonus excluded differ for 2 of 4 students, 0 letters.",
        "Forum: excuses taken off the number asked for and excuses left in the number asked for differ for 1 of 4"
        " students, 0 letters.",
    ]
    ratio = scheme(replace(of.nodes[0], rule=ParticipationRule(below=Below.RATIO)))
    assert len(about(readings(ratio, students), "Forum")) == 1


def test_letters_and_missing_work_are_compared_for_the_whole() -> None:
    of = scheme(node("work", MEAN, item("a")), letters=CANVAS)
    students = [row({"a": "89.995"}), row({"a": MISSING}, student=2)]

    found = readings(of, students)

    assert about(found, "Letters") == [
        "Letters: letters from unrounded totals and letters from rounded totals differ for 0 of 2 students, 1 letter."
    ]
    assert about(found, "Missing") == [
        "Missing work: missing work as 0 and missing work as pending differ for 1 of 2 students, 1 letter."
    ]
    assert about(readings(of, students[:0]), "Missing")[0].endswith("make no difference.")


def test_points_out_of_nothing_have_no_percentage_to_compare() -> None:
    of = scheme(replace(WORK, children=(*WORK.children, item("more", 0, extra_credit=True))))

    assert about(readings(of, CLASS), "Work") == []


def test_what_else_stops_totals_stops_the_comparison() -> None:
    with pytest.raises(SchemeCannotBeComputed):
        readings(scheme(replace(WORK, drop_lowest=-1)), CLASS)
