"""The worked examples of dropping, with their numbers."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grading.engine.drops import Part, kept_by_value
from grading.engine.nodes import Mode
from grading.engine.problems import SchemeCannotBeComputed, problems
from grading.engine.scheme import Aggregation, DropBy
from grading.engine.totals import mode_sum, totals_of
from tests.engine.building import both, item, node, row, scheme, sheet, shown

POINTS, MEAN = Aggregation.POINTS, Aggregation.MEAN
FOUR = "100/100 42/91 14/55 3/38"
TWELVE = "20/20 31/36 54/54 53/55 54/59 77/79 35.5/47 34/34 0/120 0/64 69/75 0/100"


def kept(works: str, **fields: int) -> set[str | int | None]:
    of, student = sheet(POINTS, works, **fields)
    value = mode_sum(of, student, Mode.CURRENT).nodes[0]
    return {child.key for child in value.children if child.counts}


@pytest.mark.parametrize(
    ("works", "fields", "expected"),
    [
        ("80/100 20/100 1/20", {"drop_lowest": 1}, "67.50"),
        ("80/100 20/100 1/20", {"drop_lowest": 1, "drop_by": DropBy.PERCENT}, "50.00"),
        ("80/100 20/100 1/20", {"drop_lowest": 1, "drop_by": DropBy.POINTS}, "50.00"),
        ("80/100 20/100 1/20", {}, "45.91"),
        (FOUR, {"drop_lowest": 1}, "63.41"),
        (FOUR, {"drop_lowest": 2}, "74.64"),
        (FOUR, {"drop_lowest": 3}, "100.00"),
        ("60/100 1/10 20/100", {"drop_lowest": 1}, "55.45"),
        ("60/100 1/10 9/100", {"drop_lowest": 1}, "55.45"),
        ("60/100 1/10 20/100", {"drop_lowest": 1, "drop_by": DropBy.PERCENT}, "40.00"),
        ("60/100 1/10 9/100", {"drop_lowest": 1, "drop_by": DropBy.PERCENT}, "55.45"),
        (TWELVE, {}, "57.54"),
        (TWELVE, {"drop_lowest": 2}, "81.74"),
        ("7/10", {"drop_lowest": 1}, "70.00"),
    ],
)
def test_a_sum_of_points_drops_what_makes_the_rest_worth_most(works: str, fields: dict, expected: str) -> None:
    assert shown(both(*sheet(POINTS, works, **fields)).current) == expected


@pytest.mark.parametrize(("drops", "expected"), [(0, "69.92"), (2, "83.90")])
def test_a_mean_drops_the_lowest_percentages(drops: int, expected: str) -> None:
    assert shown(both(*sheet(MEAN, TWELVE, drop_lowest=drops)).current) == expected


def test_the_sets_that_are_kept_are_not_nested() -> None:
    assert kept(FOUR, drop_lowest=1) == {"q1", "q2", "q3"}
    assert kept(FOUR, drop_lowest=2) == {"q1", "q4"}
    assert kept(FOUR, drop_lowest=3) == {"q1"}
    assert "q10" in kept(TWELVE, drop_lowest=2)


@pytest.mark.parametrize("aggregation", [POINTS, Aggregation.WEIGHTED])
def test_the_highest_is_dropped_from_a_mean_only(aggregation: Aggregation) -> None:
    of, student = sheet(aggregation, FOUR, drop_lowest=2, drop_highest=1)

    assert any("better work could cost points" in problem.sentence for problem in problems(of))
    with pytest.raises(SchemeCannotBeComputed):
        totals_of(of, student)


@pytest.mark.parametrize(("last", "expected"), [(1, "46.2"), (2, "46.2"), (3, "7.9"), (4, "10.5")])
def test_dropping_the_highest_from_a_sum_would_let_better_work_cost_points(last: int, expected: str) -> None:
    # Why it is refused: the lowest two dropped so that the rest is worth most, then the highest of what is left.
    scores = [(100, 100), (42, 91), (14, 55), (last, 38)]
    parts = [Part(Fraction(score), Fraction(most), place) for place, (score, most) in enumerate(scores)]

    left = kept_by_value(parts, 2, earned=Fraction(0), weight=Fraction(0))
    lowest = min(part.ratio for part in parts if part.place in left)

    assert shown(lowest * 100, 1) == expected


@settings(deadline=None)
@given(some.lists(some.integers(0, 20), min_size=1, max_size=7), some.integers(0, 6), some.integers(0, 20),
       some.integers(0, 3), some.integers(0, 3))  # fmt: skip
def test_a_trimmed_mean_never_falls_when_a_score_rises(
    scores: list[int], at: int, more: int, lowest: int, highest: int
) -> None:
    at %= len(scores)
    better = [score + more if place == at else score for place, score in enumerate(scores)]

    def trimmed(given_scores: list[int]) -> Fraction | None:
        works = " ".join(f"{score}/20" for score in given_scores)
        return both(*sheet(MEAN, works, drop_lowest=lowest, drop_highest=highest)).current

    assert trimmed(better) >= trimmed(scores)


def test_a_trimmed_mean_leaves_out_both_ends() -> None:
    assert shown(both(*sheet(MEAN, "10/100 50/100 70/100 100/100", drop_lowest=1, drop_highest=1)).current) == "60.00"
    assert shown(both(*sheet(MEAN, "10/100 50/100", drop_lowest=1, drop_highest=5)).current) == "50.00"


def test_of_equal_items_the_one_due_later_goes_then_the_one_with_the_higher_key() -> None:
    assert kept("5/10 5/10 5/10", drop_lowest=1) == {"q1", "q2"}


def test_what_may_not_be_dropped_stays_and_dropping_never_lowers() -> None:
    of = scheme(
        node("work", POINTS, item("exam", droppable=False), item("one"), item("two"), drop_lowest=1)
    )  # fmt: skip
    student = row({"exam": 0, "one": 100, "two": 100})

    assert shown(both(of, student).current) == "66.67"


parts = some.lists(
    some.tuples(some.integers(0, 40), some.integers(1, 30), some.booleans()), min_size=1, max_size=10
)  # fmt: skip


@settings(deadline=None)
@given(parts, some.integers(0, 10), some.integers(0, 20))
def test_the_quick_choice_is_the_best_of_all_choices(
    works: list[tuple[int, int, bool]], drops: int, extra: int
) -> None:
    droppable = [
        Part(Fraction(earned), Fraction(weight), place) for place, (earned, weight, may) in enumerate(works) if may
    ]
    earned = Fraction(extra + sum(earned for earned, _, may in works if not may))
    weight = Fraction(sum(weight for _, weight, may in works if not may))
    most = min(drops, max(0, len(droppable) - 1))

    chosen = kept_by_value(droppable, drops, earned=earned, weight=weight)

    def ratio(places: set[int]) -> Fraction:
        own = [part for part in droppable if part.place in places]
        below = weight + sum(part.weight for part in own)
        return (earned + sum(part.earned for part in own)) / below

    if droppable:
        every = [
            {part.place for part in left}
            for number in range(len(droppable) - most, len(droppable) + 1)
            for left in combinations(droppable, number)
        ]
        assert ratio(chosen) == max(ratio(places) for places in every)
        if all(may for *_, may in works):
            # Without anything that must stay, a full number is dropped, as the rule says.
            assert len(chosen) == len(droppable) - most or ratio(chosen) == ratio({part.place for part in droppable})
            full = [{part.place for part in left} for left in combinations(droppable, len(droppable) - most)]
            assert ratio(chosen) == max(ratio(places) for places in full)
