"""From what is known of a student and an item to its state and points."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grading.engine.curves import Curve, LinearCurve, RootCurve, TableCurve, TopCurve
from grading.engine.items import ItemFacts, ItemRules, ItemState, ItemValue, ScoredTry, item_value
from grading.engine.penalties import AfterCutoff, LatePolicy, PenaltyForm
from grading.engine.slip_days import SlipPolicy
from grading.engine.tries import CountingRule, GradedTry, counting_try

DUE = datetime(2026, 10, 5, 22, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = ItemRules(max_points=Decimal(10), zone=ZoneInfo("UTC"))
TEN_A_DAY = LatePolicy(form=PenaltyForm.DEDUCT_OF_MAX, rate_percent=Decimal(10))


def made(number: int, raw: str | None, *, days: int = 0) -> ScoredTry:
    return ScoredTry(
        number=number, submitted_at=DUE + days * DAY, raw=None if raw is None else Decimal(raw)
    )  # fmt: skip


def rules(**fields: object) -> ItemRules:
    return ItemRules(**{"max_points": Decimal(10), "zone": ZoneInfo("UTC"), **fields})


def facts(*tries: ScoredTry, **fields: object) -> ItemFacts:
    return ItemFacts(**{"tries": tries, "due_at": DUE, **fields})


@pytest.mark.parametrize(
    ("known", "at", "state"),
    [
        (facts(made(1, "9"), is_assigned=False, is_excused=True), DUE, ItemState.NOT_ASSIGNED),
        (facts(joined_at=DUE + DAY), DUE + DAY, ItemState.NOT_ASSIGNED),
        (facts(joined_at=DUE + DAY, closes_at=DUE + 2 * DAY), DUE + DAY, ItemState.NOT_DUE),
        (facts(made(1, "9"), is_excused=True, override=Decimal(3)), DUE, ItemState.EXCUSED),
        (facts(made(1, "9"), is_zeroed=True, override=Decimal(3)), DUE, ItemState.OVERRIDDEN),
        (facts(made(1, "9"), is_zeroed=True), DUE, ItemState.ZEROED),
        (facts(is_zeroed=True), DUE, ItemState.ZEROED),
        (facts(made(1, "9"), is_marked_missing=True), DUE, ItemState.SCORED),
        (facts(made(1, None)), DUE + DAY, ItemState.SUBMITTED_UNGRADED),
        (facts(), DUE, ItemState.NOT_DUE),
        (facts(due_at=None), DUE, ItemState.NOT_DUE),
        (facts(due_at=None, is_marked_missing=True), DUE, ItemState.MISSING),
        (facts(), DUE + DAY, ItemState.MISSING),
        (facts(closes_at=DUE + DAY), DUE + DAY, ItemState.NOT_DUE),
    ],
)
def test_the_first_state_that_holds_is_the_state(known: ItemFacts, at: datetime, state: ItemState) -> None:
    assert item_value(RULES, known, at=at).state is state


def test_what_is_excused_keeps_its_score_without_counting_it() -> None:
    value = item_value(RULES, facts(made(1, "9"), is_excused=True), at=DUE)

    assert (value.raw, value.points) == (9, None)


def test_an_override_is_the_last_word() -> None:
    value = item_value(rules(late=TEN_A_DAY), facts(made(1, "9", days=1), override=Decimal("9.5")), at=DUE)

    assert (value.points, value.raw, value.days_late, value.penalty) == (Fraction("9.5"), 9, 1, 0)
    assert value.steps[-1].sentence == "Set to 9.5 by staff. The late penalty is not applied (override)."
    assert item_value(RULES, facts(override=Decimal(7)), at=DUE).points == 7


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (CountingRule.BEST, (1, "9")),
        (CountingRule.LATEST, (3, "7")),
        (CountingRule.FIRST, (1, "9")),
        (CountingRule.CHOSEN, (2, "8")),
    ],
)
def test_the_try_is_chosen_after_its_penalty_and_of_equal_ones_the_earliest(
    rule: CountingRule, expected: tuple[int, str]
) -> None:
    tries = (made(1, "9"), made(2, "9", days=1), made(3, "9", days=2), made(4, None, days=3))

    value = item_value(rules(late=TEN_A_DAY, counting=rule), facts(*tries, chosen_try=2), at=DUE)

    assert (value.try_number, value.points) == (expected[0], Fraction(expected[1]))
    assert f"Try {expected[0]} of 4 counts: the {rule} one." in [step.sentence for step in value.steps]


def test_slip_days_are_charged_for_the_try_that_counts_only() -> None:
    tries = (made(1, "10"), made(2, "9", days=2))

    best = item_value(
        rules(late=TEN_A_DAY, counting=CountingRule.BEST, slip=SlipPolicy(budget=2)), facts(*tries, slip_days=2), at=DUE
    )  # fmt: skip

    assert (best.points, best.slip_days) == (10, 0)


def test_where_nobody_chose_the_latest_try_counts() -> None:
    tries = [GradedTry(number=number, received_at=DUE + number * DAY, share=Fraction(1)) for number in (1, 2)]

    assert counting_try(tries, CountingRule.CHOSEN).number == 2
    assert counting_try(tries, CountingRule.CHOSEN, chosen=1).number == 1
    assert counting_try([], CountingRule.CHOSEN) is None


def test_points_are_held_to_the_rubric_and_to_the_maximum() -> None:
    bonus = rules(rubric_max=Decimal(12))

    assert item_value(bonus, facts(made(1, "15")), at=DUE).points == 10
    assert item_value(rules(rubric_max=Decimal(12), allow_over_max=True), facts(made(1, "15")), at=DUE).points == 12
    assert item_value(RULES, facts(made(1, "-3")), at=DUE).points == 0
    assert item_value(rules(rubric_min=Decimal(-2)), facts(made(1, "-3")), at=DUE).points == -2


def test_a_rubric_below_nothing_is_not_rewarded_for_being_late() -> None:
    policy = LatePolicy(form=PenaltyForm.MULTIPLY, rate_percent=Decimal(50))

    assert policy.apply(Decimal(-4), Decimal(10), 1).points == -4


def test_the_order_is_penalty_then_team_then_curve() -> None:
    given_rules = rules(late=TEN_A_DAY, curve=LinearCurve(add=Decimal(1)))

    value = item_value(given_rules, facts(made(1, "9", days=1), team_factor=Decimal("0.5")), at=DUE)

    assert value.points == 5
    assert [(step.name, step.points) for step in value.steps] == [("raw", 9), ("penalty", 8), ("team", 4), ("curve", 5)]
    assert value.penalty == 1


def test_a_curve_does_not_reach_above_the_maximum_unless_allowed() -> None:
    curve = LinearCurve(add=Decimal(5))

    held = item_value(rules(curve=curve), facts(made(1, "9")), at=DUE)

    assert held.points == 10
    assert held.steps[-1].sentence == "Held to the maximum."
    assert item_value(rules(curve=curve, allow_over_max=True), facts(made(1, "9")), at=DUE).points == 14


def test_work_that_is_not_accepted_is_as_good_as_none() -> None:
    policy = LatePolicy(cutoff=1, after_cutoff=AfterCutoff.NOT_ACCEPTED)

    assert item_value(rules(late=policy), facts(made(1, "9", days=2)), at=DUE + 3 * DAY).state is ItemState.MISSING


def test_an_exam_without_a_submission_is_never_late() -> None:
    score = ScoredTry(number=1, submitted_at=None, raw=Decimal(8))

    assert item_value(rules(late=TEN_A_DAY), facts(score), at=DUE + DAY).points == 8


def test_an_item_out_of_nothing_can_have_points() -> None:
    extra = rules(max_points=Decimal(0), allow_over_max=True)

    assert item_value(extra, facts(made(1, "5")), at=DUE).points == 5


def test_points_go_with_states_that_count_only() -> None:
    with pytest.raises(ValueError, match="has no points"):
        ItemValue(state=ItemState.EXCUSED, points=Fraction(1))
    with pytest.raises(ValueError, match="needs points"):
        ItemValue(state=ItemState.SCORED)
    assert ItemValue.overridden(7).points == 7


TABLE = TableCurve(pairs=((Decimal(20), Decimal(40)), (Decimal(60), Decimal(60)), (Decimal(100), Decimal(100))))


@pytest.mark.parametrize(
    ("curve", "points", "expected"),
    [
        (LinearCurve(slope=Decimal("0.5"), add=Decimal(50)), "80", "90"),
        (LinearCurve(add=Decimal(10), cap=Decimal(100)), "95", "100"),
        (TopCurve(top=Decimal(80)), "60", "75"),
        (RootCurve(), "64", "80"),
        (RootCurve(), "50", "70.7107"),
        (RootCurve(), "0", "0"),
        (TABLE, "10", "40"),
        (TABLE, "40", "50"),
        (TABLE, "80", "80"),
        (TABLE, "104", "104"),
    ],
)
def test_a_curve_maps_points_to_points(curve: Curve, points: str, expected: str) -> None:
    assert curve.apply(Fraction(points), Fraction(100)) == Fraction(expected)
    assert curve.told()


@pytest.mark.parametrize(
    "make",
    [
        lambda: LinearCurve(slope=Decimal(-1)),
        lambda: TopCurve(top=Decimal(0)),
        lambda: TableCurve(pairs=((Decimal(0), Decimal(0)),)),
        lambda: TableCurve(pairs=((Decimal(0), Decimal(10)), (Decimal(5), Decimal(9)))),
        lambda: TableCurve(pairs=((Decimal(5), Decimal(1)), (Decimal(5), Decimal(2)))),
    ],
)
def test_a_curve_that_would_turn_the_order_round_is_refused(make) -> None:
    with pytest.raises(ValueError, match=r"\.$|rise"):
        make()


@settings(deadline=None)
@given(
    some.sampled_from([LinearCurve(slope=Decimal("1.1"), cap=Decimal(99)), TopCurve(top=Decimal(93)), RootCurve(),
                       TABLE]),
    some.fractions(0, 120), some.fractions(0, 20),
)  # fmt: skip
def test_a_curve_keeps_the_order_of_two_students(curve: Curve, points: Fraction, more: Fraction) -> None:
    assert curve.apply(points, Fraction(100)) <= curve.apply(points + more, Fraction(100))
