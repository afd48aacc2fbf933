"""What taking part is worth, and who is among the most active."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings

from grading.engine.participation import Below, Count, ParticipationRule, Span, Ties, most_active, span
from grading.engine.rows import bonuses
from grading.engine.scheme import Aggregation
from tests.engine.building import node, row, scheme
from tests.engine.strategies import counts, rules

LINEAR = ParticipationRule(below=Below.LINEAR, threshold=5)
STEP = ParticipationRule(below=Below.STEP, threshold=5)
RATIO = ParticipationRule(below=Below.RATIO)
HELD = ParticipationRule(below=Below.RATIO, excused_shrinks=False)


@pytest.mark.parametrize(
    ("rule", "count", "expected"),
    [
        (LINEAR, Count(count=4), "4/5"),
        (LINEAR, Count(count=7), "1"),
        (LINEAR, Count(count=4, excused=1), "1"),
        (STEP, Count(count=4), "0"),
        (STEP, Count(count=5), "1"),
        (RATIO, Count(count=24, of=26, excused=1), "24/25"),
        (HELD, Count(count=24, of=26, excused=1), "12/13"),
    ],
)
def test_a_count_is_worth_what_its_rule_says(rule: ParticipationRule, count: Count, expected: str) -> None:
    found = span(rule, count)

    assert found is not None
    assert found.is_settled
    assert found.current == found.floor == found.ceiling == Fraction(expected)


@pytest.mark.parametrize(
    ("rule", "count", "expected"),
    [
        (LINEAR, Count(count=3, still_to_come=None), ("3/5", None, "1")),
        (LINEAR, Count(count=5, still_to_come=None), ("1", "1", "1")),
        (LINEAR, Count(count=3, still_to_come=1), ("3/5", None, "4/5")),
        (STEP, Count(count=3, still_to_come=2), ("0", None, "1")),
        (RATIO, Count(count=9, of=10, still_to_come=10), ("9/20", "9/10", "19/20")),
        (RATIO, Count(count=9, of=10, still_to_come=None), ("0", "9/10", "1")),
        (RATIO, Count(count=0, still_to_come=10), ("0", None, "1")),
        (RATIO, Count(count=0), ("0", None, "1")),
    ],
)
def test_what_is_still_to_come_leaves_a_span(rule: ParticipationRule, count: Count, expected: tuple) -> None:
    floor, current, ceiling = (None if part is None else Fraction(part) for part in expected)

    assert span(rule, count) == Span(floor=floor, current=current, ceiling=ceiling)


def test_more_excuses_than_events_ask_for_nothing() -> None:
    found = span(RATIO, Count(count=0, of=1, excused=2, still_to_come=1))

    assert found == Span(floor=Fraction(1), current=Fraction(1), ceiling=Fraction(1))


def test_who_is_excused_from_all_of_it_is_not_graded_on_it() -> None:
    assert span(RATIO, Count(count=0, of=3, excused=3)) is None
    assert span(LINEAR, Count(count=0, excused=5)) is None


@settings(deadline=None)
@given(rules, counts)
def test_the_floor_lies_below_the_ceiling_and_a_filling_between(rule: ParticipationRule, count: Count) -> None:
    found = span(rule, count)

    if found is not None:
        assert 0 <= found.floor <= found.ceiling <= 1
        assert found.filled(Fraction(0)) == found.floor
        assert found.filled(Fraction(1)) == found.ceiling
        assert found.filled(None) == found.current
        assert not found.is_settled or found.current == found.floor


def top(number: int, ties: Ties = Ties.INCLUDE, threshold: int | None = None) -> ParticipationRule:
    return ParticipationRule(
        below=Below.LINEAR, threshold=threshold, bonus_top_n=number, bonus_course_points=Decimal(1), ties=ties
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (top(1), "a"),
        (top(2), "abc"),
        (top(2, Ties.EXCLUDE), "a"),
        (top(3), "abc"),
        (top(3, Ties.EXCLUDE), "abc"),
        (top(9), "abcd"),
        (top(9, threshold=5), "abc"),
        (top(9, threshold=50), ""),
        (top(0), ""),
    ],
)
def test_the_most_active_are_those_of_the_first_places(rule: ParticipationRule, expected: str) -> None:
    assert most_active(rule, {"a": 9, "b": 7, "c": 7, "d": 2, "e": 0}) == set(expected)


def test_the_bonus_says_for_what_it_is() -> None:
    of = scheme(node("forum", Aggregation.RULE, rule=top(1)))

    found = bonuses(of, [row({}, student=at, counts={"forum": Count(count=at)}) for at in (1, 2)])

    assert {student: [one.reason for one in given_] for student, given_ in found.items()} == {
        2: ["Forum: among the 1 most active"]
    }
