"""The worked examples of whole courses, with their numbers."""

from dataclasses import replace
from decimal import Decimal

import pytest

from grading.engine.items import ItemValue
from grading.engine.nodes import Mode
from grading.engine.participation import Below, Count, ParticipationRule
from grading.engine.problems import problems
from grading.engine.rows import bonuses
from grading.engine.scheme import Aggregation, Node
from grading.engine.totals import mode_sum, totals_of
from tests.engine.building import (
    CANVAS,
    EXCUSED,
    MISSING,
    NOT_DUE,
    Score,
    both,
    item,
    node,
    row,
    scheme,
    shown,
)

POINTS, MEAN, WEIGHTED = Aggregation.POINTS, Aggregation.MEAN, Aggregation.WEIGHTED


def psets(*scores: Score) -> dict[str, Score]:
    return {f"p{number}": score for number, score in enumerate(scores, start=1)}


def components(of, student) -> list[str]:
    found = mode_sum(of, student, Mode.CURRENT)
    return [shown(found.contribution(value)) for value in found.nodes]


def top_five(count: int, below: Below = Below.LINEAR, *, hw0: str = "1", bonus: int = 0) -> tuple:
    rule = ParticipationRule(
        below=below, threshold=5, bonus_top_n=5 if bonus else 0, bonus_course_points=Decimal(bonus)
    )  # fmt: skip
    homework = (item(f"hw{number}", weight=hw0 if number == 0 else "1") for number in range(5))
    of = scheme(
        node("homework", WEIGHTED, *homework, weight=55),
        node("project", MEAN, item("project1"), weight=35),
        Node(key="talk", weight=Decimal(10), aggregation=Aggregation.RULE, rule=rule),
    )
    scores = {"hw0": 100, "hw1": 90, "hw2": 85, "hw3": 80, "hw4": 70, "project1": 90}
    return of, row(scores, counts={"talk": Count(count=count)})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (top_five(5), "88.25"),
        (top_five(5, bonus=1), "89.25"),
        (top_five(4), "86.25"),
        (top_five(4, Below.STEP), "78.25"),
        (top_five(5, hw0="0"), "86.19"),
    ],
)
def test_five_discussions_earn_full_credit(given: tuple, expected: str) -> None:
    of, student = given

    assert problems(of) == []
    assert shown(totals_of(of, student, bonuses=bonuses(of, [student]).get(1, ())).final) == expected
    if expected == "88.25":
        assert components(of, student) == ["46.75", "31.50", "10.00"]


def seminar(assignments: Aggregation, *talks: int) -> tuple:
    ratio = ParticipationRule(below=Below.RATIO)
    polls = node("polls", Aggregation.RULE, rule=ratio)
    forum = node("forum", Aggregation.RULE, rule=replace(ratio, below=Below.LINEAR, threshold=5))
    of = scheme(
        node("talks", MEAN, *(item(f"t{number}") for number in range(2)), weight=25),
        node("participation", MEAN, polls, forum, weight=15),
        node("responses", POINTS, item("r", 12), weight=20),
        node("assignments", assignments, item("a1", 50), item("a2", 100), weight=15),
        node("project", MEAN, item("p1"), item("p2"), weight=25),
        letters=CANVAS,
    )
    scores = {"r": 11, "a1": 45, "a2": 70, "p1": 88, "p2": 94} | {f"t{at}": score for at, score in enumerate(talks)}
    return of, row(scores, counts={"polls": Count(count=18, of=20), "forum": Count(count=4)})


@pytest.mark.parametrize(
    ("given", "parts", "total", "letter"),
    [
        (seminar(POINTS, 95), "23.75 12.75 18.33 11.50 22.75", "89.08", "B+"),
        (seminar(MEAN, 95), "23.75 12.75 18.33 12.00 22.75", "89.58", "B+"),
        (seminar(POINTS, 90, 80), "21.25 12.75 18.33 11.50 22.75", "86.58", "B"),
        (seminar(MEAN, 90, 80), "21.25 12.75 18.33 12.00 22.75", "87.08", "B+"),
    ],
)
def test_a_seminar_with_one_talk_or_two(given: tuple, parts: str, total: str, letter: str) -> None:
    assert problems(given[0]) == []
    assert components(*given) == parts.split()
    assert shown(both(*given).final) == total
    assert both(*given).final_letter == letter


LECTURE = scheme(
    node("attendance", Aggregation.RULE, weight=10, rule=ParticipationRule(below=Below.RATIO)),
    node("homework", MEAN, *(item(f"h{number}") for number in range(4)), weight=20),
    node("critiques", MEAN, item("c", 10), weight=20),
    node("project", MEAN, item("project1"), weight=30),
    node("midterms", MEAN, item("m1"), item("m2"), weight=20),
    letters=CANVAS,
)


def test_a_lecture_with_attendance_and_two_midterms() -> None:
    scores = {"h0": 90, "h1": 80, "h2": 100, "h3": 70, "c": 9, "project1": 92, "m1": 78, "m2": 84}
    student = row(scores, counts={"attendance": Count(count=24, of=26, excused=1)})

    assert problems(LECTURE) == []
    assert components(LECTURE, student) == ["9.60", "17.00", "18.00", "27.60", "16.20"]
    assert (shown(both(LECTURE, student).final), both(LECTURE, student).final_letter) == ("88.40", "B+")


def test_in_the_middle_of_a_term_what_counts_is_taken_as_all() -> None:
    pending = dict.fromkeys(["h1", "h2", "h3", "c", "project1", "m1", "m2"], NOT_DUE)
    student = row(pending | {"h0": 85}, counts={"attendance": Count(count=24, of=25)})

    assert shown(both(LECTURE, student).current) == "88.67"


def phases(homework: Aggregation) -> tuple:
    maxima = {"h1": 20, "h2": 30, "h3": 50, "h4": 40, "h5": 60}
    of = scheme(
        node("homework", homework, *(item(key, most) for key, most in maxima.items()), weight=40),
        node(
            "project", Aggregation.COURSE_POINTS, item("proposal", weight=5), item("middle", weight=10),
            item("final", weight=25), weight=40,
        ),
        node("participation", MEAN, item("quizzes", 12), item("engagement"), weight=20),
        letters=CANVAS,
    )  # fmt: skip
    scores = {"h1": 18, "h2": 27, "h3": 50, "h4": 36, "h5": 45, "proposal": 90, "middle": 80, "final": 92}
    return of, row(scores | {"quizzes": 11, "engagement": 100})


@pytest.mark.parametrize(
    ("way", "parts", "total", "letter"),
    [(POINTS, "35.20 35.50 19.17", "89.87", "B+"), (MEAN, "35.60 35.50 19.17", "90.27", "A-")],
)
def test_phases_in_course_points_and_a_sum_of_grades(way: Aggregation, parts: str, total: str, letter: str) -> None:
    of, student = phases(way)

    assert problems(of) == []
    assert components(of, student) == parts.split()
    assert (shown(both(of, student).final), both(of, student).final_letter) == (total, letter)


PSET_COURSE = scheme(
    node("psets", MEAN, *(item(f"p{number}") for number in range(1, 6)), weight=50),
    node("midterm", MEAN, item("m"), weight=25),
    node("project", MEAN, item("project1"), weight=25),
)


@pytest.mark.parametrize(
    ("third", "parts", "total"), [(MISSING, "36.00 20.00 22.50", "78.50"), (EXCUSED, "45.00 20.00 22.50", "87.50")]
)
def test_a_missing_problem_set_costs_and_an_excused_one_does_not(third: ItemValue, parts: str, total: str) -> None:
    student = row(psets(95, 88, third, 92, 85) | {"m": 80, "project1": 90})

    assert components(PSET_COURSE, student) == parts.split()
    assert shown(both(PSET_COURSE, student).final) == total


def test_early_in_the_term_floor_and_ceiling_lie_far_apart() -> None:
    student = row(psets(95, 88, NOT_DUE, NOT_DUE, NOT_DUE) | {"m": NOT_DUE, "project1": NOT_DUE})
    totals = both(PSET_COURSE, student)

    assert [shown(total) for total in (totals.current, totals.floor, totals.ceiling)] == ["91.50", "18.30", "98.30"]
