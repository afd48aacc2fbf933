"""Slip days: the ledger, the charges and the best division."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grading.engine.items import ItemFacts, ItemRules, ItemState, ScoredTry, item_value
from grading.engine.penalties import LatePolicy, PenaltyForm
from grading.engine.slip_days import (
    EntryKind,
    LateWork,
    OnEmpty,
    SlipEntry,
    SlipPolicy,
    balance,
    best_division,
    charged_for,
    chronological,
    declared_problems,
    team_charges,
)

DUE = datetime(2026, 10, 5, 22, tzinfo=UTC)
TEN_A_DAY = LatePolicy(form=PenaltyForm.DEDUCT_OF_MAX, rate_percent=Decimal(10))
THREE = SlipPolicy(budget=3)


def two_days_late(key: str, course_points: int, week: int) -> LateWork:
    worth = tuple(
        Fraction(course_points, 100) * TEN_A_DAY.apply(Decimal(100), Decimal(100), 2 - days).points for days in range(3)
    )
    moment = DUE + timedelta(weeks=week, days=2)
    return LateWork(item=key, title=key.upper(), submitted_at=moment, days_late=2, worth=worth)


WORK = [two_days_late("hw2", 20, week=2), two_days_late("hw1", 10, week=1)]


def earned(division: dict) -> Fraction:
    return sum((late.worth[division[late.item]] for late in WORK), Fraction(0))


def test_days_are_charged_in_the_order_in_which_work_comes_in() -> None:
    division = chronological(THREE, WORK, available=3)

    assert division == {"hw1": 2, "hw2": 1}
    assert earned(division) == 28


def test_the_best_division_gives_more_to_what_weighs_more() -> None:
    division = best_division(THREE, WORK, available=3)

    assert division == {"hw1": 1, "hw2": 2}
    assert earned(division) == 29


def test_of_equally_good_divisions_the_one_with_the_fewest_days_is_suggested() -> None:
    flat = LateWork(item="flat", submitted_at=DUE, days_late=2, worth=(Fraction(5), Fraction(5), Fraction(5)))
    unknown = LateWork(item="unknown", submitted_at=DUE, days_late=1)

    assert best_division(THREE, [flat, unknown], available=3) == {"flat": 0, "unknown": 0}
    assert best_division(THREE, [], available=3) == {}


@settings(deadline=None)
@given(
    some.lists(some.lists(some.integers(0, 9), min_size=1, max_size=4).map(sorted), min_size=1, max_size=4),
    some.integers(0, 6), some.none() | some.integers(0, 3),
)  # fmt: skip
def test_the_best_division_is_the_best_of_all_divisions(
    worths: list[list[int]], available: int, limit: int | None
) -> None:
    policy = SlipPolicy(budget=available, per_item_max=limit)
    work = [
        LateWork(
            item=number, submitted_at=DUE + timedelta(days=number), days_late=len(worth) - 1,
            worth=tuple(Fraction(points) for points in worth),
        )
        for number, worth in enumerate(worths)
    ]  # fmt: skip
    ways = product(*(range(policy.cover(late.days_late, available) + 1) for late in work))

    division = best_division(policy, work, available=available)

    best = max(
        sum(late.worth[days] for late, days in zip(work, way, strict=True)) for way in ways if sum(way) <= available
    )
    assert sum(late.worth[division[late.item]] for late in work) == best
    assert declared_problems(policy, work, division, available=available) == []


def test_a_ledger_sums_grants_bonuses_refunds_and_charges() -> None:
    ledger = [
        SlipEntry(kind=EntryKind.GRANT, days=3),
        SlipEntry(kind=EntryKind.CHARGE, days=2, item="hw1"),
        SlipEntry(kind=EntryKind.REFUND, days=1, item="hw1"),
        SlipEntry(kind=EntryKind.BONUS, days=1),
    ]

    assert balance(ledger) == 3
    assert charged_for(ledger, "hw1") == 1
    assert charged_for(ledger, "hw2") == 0
    with pytest.raises(ValueError, match="not negative"):
        SlipEntry(kind=EntryKind.CHARGE, days=-1)


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ({"hw1": 1, "hw2": 2}, None),
        ({"hw1": 0, "hw3": 0}, None),
        ({"hw1": 2, "hw2": 2}, "You have 3 slip days and gave out 4."),
        ({"hw1": -1}, "HW1: a number of slip days cannot be negative."),
        ({"hw3": 1}, "hw3 is not late, so it takes no slip days."),
        ({"hw1": 3}, "HW1 is 2 days late, so it takes no more; you gave it 3."),
        ({"hw1": 3}, "HW1: one item takes at most 2 slip days; you gave it 3."),
    ],
)
def test_a_declared_division_is_held_to_budget_lateness_and_limit(declared: dict, sentence: str | None) -> None:
    found = declared_problems(SlipPolicy(budget=3, per_item_max=2), WORK, declared, available=3)

    assert found == [] if sentence is None else sentence in found


def value_for(available: int, policy: SlipPolicy, days: int = 1):
    rules = ItemRules(max_points=Decimal(100), zone=ZoneInfo("UTC"), late=TEN_A_DAY, slip=policy)
    one = ScoredTry(number=1, submitted_at=DUE + timedelta(days=days), raw=Decimal(90))
    return item_value(rules, ItemFacts(tries=(one,), due_at=DUE, slip_days=available), at=DUE + timedelta(days=9))


def test_each_member_of_a_team_pays_from_their_own_days() -> None:
    charges = team_charges(SlipPolicy(budget=2), {"A": 0, "B": 2}, days_late=1)

    values = {student: value_for(days, SlipPolicy(budget=2)) for student, days in charges.items()}

    assert charges == {"A": 0, "B": 1}
    assert {student: value.points for student, value in values.items()} == {"A": 80, "B": 90}
    assert [step.sentence for step in values["B"].steps][1] == "1 slip day covers 1 of 1 day late."


def test_without_days_late_work_is_penalised_or_rejected_as_the_policy_says() -> None:
    assert value_for(1, SlipPolicy(budget=3), days=2).points == 80
    assert value_for(1, SlipPolicy(budget=3, on_empty=OnEmpty.REJECT), days=2).state is ItemState.MISSING
    assert value_for(2, SlipPolicy(budget=3, on_empty=OnEmpty.REJECT), days=2).points == 90
    assert value_for(2, SlipPolicy(budget=3, per_item_max=1), days=2).slip_days == 1
