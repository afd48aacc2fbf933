"""What somebody needs, and what would be if."""

from dataclasses import replace
from decimal import Decimal

import pytest

from grading.engine.goals import Answer, Assumption, NothingToAsk, cutoff, needed, what_if
from grading.engine.scheme import Aggregation, LetterOn
from tests.engine.building import CANVAS, MISSING, NOT_DUE, item, node, row, scheme, shown

MEAN = Aggregation.MEAN
COURSE = scheme(
    node("homework", MEAN, item("h1"), item("h2"), weight=40),
    node("midterm", MEAN, item("m"), weight=20),
    node("final", MEAN, item("f", 60), weight=40),
    letters=CANVAS,
)
STUDENT = row({"h1": 90, "h2": 80, "m": 85, "f": NOT_DUE})


def test_the_score_that_a_letter_needs_is_exact() -> None:
    need = needed(COURSE, STUDENT, "f", target=cutoff(COURSE, "A-"))

    # 34 + 17 are there; 39 of 40 course points are missing, which is 58.5 of 60.
    assert (need.answer, need.points, need.total) == (Answer.NEEDED, Decimal("58.50"), 90)
    assert need.sentence == "58.50 of 60 on F reach 90."


@pytest.mark.parametrize(
    ("letter", "answer", "points", "words"),
    [
        ("F", Answer.REACHED, Decimal(0), "0 is reached whatever F brings."),
        ("A", Answer.IMPOSSIBLE, None, "94 cannot be reached: with full marks on F the total is 91.00."),
    ],
)
def test_a_goal_is_reached_or_out_of_reach(letter: str, answer: Answer, points: Decimal | None, words: str) -> None:
    need = needed(COURSE, STUDENT, "f", target=cutoff(COURSE, letter))

    assert (need.answer, need.points, need.sentence) == (answer, points, words)


def test_a_score_comes_in_the_steps_of_its_item() -> None:
    halves = replace(COURSE.nodes[2], children=(item("f", 60, granularity=Decimal("0.5")),))
    sevens = replace(COURSE.nodes[2], children=(item("f", 60, granularity=Decimal(7)),))
    nodes = COURSE.nodes[:2]

    assert needed(scheme(*nodes, halves), STUDENT, "f", target=Decimal("89.9")).points == Decimal("58.5")
    assert needed(scheme(*nodes, sevens), STUDENT, "f", target=Decimal("90.5")).points == Decimal(60)


def test_where_letters_are_read_from_rounded_totals_so_is_the_goal() -> None:
    of = replace(COURSE, letter_on=LetterOn.ROUNDED, decimals=0)

    assert needed(of, STUDENT, "f", target=Decimal(90)).points == Decimal("57.75")


@pytest.mark.parametrize(
    ("assumption", "expected"),
    [(Assumption.FLOOR, None), (Assumption.CURRENT, "55.59"), (Assumption.CEILING, "49.59")],
)
def test_other_pending_work_earns_what_is_assumed(assumption: Assumption, expected: str | None) -> None:
    # Current: homework stays at 90 %, and the midterm, of which nothing counts, goes as the course does: 90 %.
    student = row({"h1": 90, "h2": NOT_DUE, "m": NOT_DUE, "f": NOT_DUE})
    goal = Decimal("91.06")

    need = needed(COURSE, student, "f", target=goal, assumption=assumption)

    assert (need.points and f"{need.points:.2f}") == expected


def test_before_anything_counts_the_current_part_is_nothing() -> None:
    of = scheme(node("a", MEAN, item("x"), item("y")), node("b", MEAN, node("c", MEAN, item("z"), weight=1), weight=0))
    student = row({"x": NOT_DUE, "y": NOT_DUE, "z": NOT_DUE})

    assert needed(of, student, "x", target=Decimal(50), assumption=Assumption.CURRENT).points == 100


def test_scores_can_be_taken_for_granted() -> None:
    student = row({"h1": 90, "h2": NOT_DUE, "m": 85, "f": NOT_DUE})

    need = needed(COURSE, student, "f", target=Decimal(90), scores={"h2": Decimal(80)})

    assert need.points == Decimal("58.50")
    assert shown(what_if(COURSE, student, {"h2": Decimal(80), "f": Decimal("58.5")}).final) == "90.00"


@pytest.mark.parametrize("key", ["h1", "nowhere"])
def test_only_pending_work_can_be_asked_about(key: str) -> None:
    with pytest.raises(NothingToAsk, match="still to be graded"):
        needed(COURSE, STUDENT, key, target=Decimal(90))


def test_missing_work_can_be_asked_about_where_it_is_pending() -> None:
    student = STUDENT.with_item("f", MISSING)

    assert needed(replace(COURSE, missing_is_pending=True), student, "f", target=Decimal(90)).points == Decimal("58.5")


def test_a_letter_must_be_in_the_scale() -> None:
    with pytest.raises(NothingToAsk, match="no letter E"):
        cutoff(COURSE, "E")
