"""The worked examples of late work and tries, with their numbers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grading.engine.items import ItemFacts, ItemRules, ItemState, ScoredTry, item_value
from grading.engine.lateness import (
    DueOverride,
    DueSource,
    Interval,
    days_late,
    effective_due,
    hours_late,
    units_late,
    wall,
)
from grading.engine.penalties import AfterCutoff, LatePolicy, PenaltyForm
from grading.engine.tries import CountingRule

NEW_YORK = ZoneInfo("America/New_York")
DUE = datetime(2026, 10, 5, 23, 59, tzinfo=NEW_YORK)
SECOND = timedelta(seconds=1)


def late(form: PenaltyForm, rate: int | str = 20, **fields: object) -> LatePolicy:
    return LatePolicy(form=form, rate_percent=Decimal(rate), **fields)


CAP = LatePolicy(form=PenaltyForm.CAP_TABLE, caps_percent=(Decimal(80), Decimal(50)))
DEDUCT, MULTIPLY = PenaltyForm.DEDUCT_OF_MAX, PenaltyForm.MULTIPLY


@pytest.mark.parametrize(
    ("policy", "raw", "expected"),
    [
        (late(DEDUCT), "9", "7"),
        (late(MULTIPLY), "9", "7.2"),
        (late(PenaltyForm.MULTIPLY_COMPOUND), "9", "7.2"),
        (CAP, "9", "8"),
        (late(DEDUCT), "5", "3"),
        (late(MULTIPLY), "5", "4"),
        (CAP, "5", "5"),
        (LatePolicy(), "5", "5"),
    ],
)
def test_one_day_late_at_twenty_percent(policy: LatePolicy, raw: str, expected: str) -> None:
    outcome = policy.apply(Decimal(raw), Decimal(10), 1)

    assert outcome.points == Fraction(expected)
    assert outcome.lost == Fraction(raw) - Fraction(expected)


@pytest.mark.parametrize(("floor", "expected"), [(0, 65), (70, 70), (90, 85)])
def test_a_floor_keeps_what_was_earned_and_gives_nothing(floor: int, expected: int) -> None:
    policy = late(DEDUCT, 10, floor_percent=Decimal(floor))
    units = days_late(DUE + timedelta(hours=25), DUE, zone=NEW_YORK)

    assert units == 2
    assert policy.apply(Decimal(85), Decimal(100), units).points == expected


def test_compound_rates_take_from_what_is_left_and_linear_ones_end_at_nothing() -> None:
    assert late(PenaltyForm.MULTIPLY_COMPOUND, 50).apply(Decimal(8), Decimal(10), 3).points == 1
    assert late(MULTIPLY, 50).apply(Decimal(8), Decimal(10), 3).points == 0
    assert CAP.apply(Decimal(8), Decimal(10), 9).points == 5


@pytest.mark.parametrize(("after", "accepted"), [(AfterCutoff.ZERO, True), (AfterCutoff.NOT_ACCEPTED, False)])
def test_after_the_cut_off_work_is_worth_nothing(after: AfterCutoff, accepted: bool) -> None:
    policy = late(DEDUCT, 10, cutoff=2, after_cutoff=after)

    assert policy.apply(Decimal(9), Decimal(10), 2).points == 7
    outcome = policy.apply(Decimal(9), Decimal(10), 3)
    assert (outcome.points, outcome.is_accepted) == (0, accepted)
    assert outcome.sentence.startswith("3 days late: work this late ")


def test_a_penalty_says_what_it_did() -> None:
    sentences = [late(form).apply(Decimal(9), Decimal(10), 1).sentence for form in PenaltyForm if form != "cap_table"]

    assert sentences == [
        "1 day late, without a penalty: 9 became 9.",
        "1 day late at 20 % of the maximum per day: 9 became 7.",
        "1 day late at 20 % of the points earned per day: 9 became 7.2.",
        "1 day late at 20 % of what was left per day: 9 became 7.2.",
    ]
    assert CAP.apply(Decimal(9), Decimal(10), 2).sentence == "2 days late, at most 50 % of the maximum: 9 became 5."
    assert CAP.apply(Decimal(9), Decimal(10), 0).sentence == "In time: no penalty."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"grace": timedelta(seconds=-1)}, "grace period"),
        ({"rate_percent": Decimal(101)}, "between 0 and 100 percent"),
        ({"floor_percent": Decimal(-1)}, "floor"),
        ({"cutoff": -1}, "cut-off"),
        ({"form": PenaltyForm.CAP_TABLE}, "downwards"),
        ({"form": PenaltyForm.CAP_TABLE, "caps_percent": (Decimal(50), Decimal(60))}, "downwards"),
    ],
)
def test_a_policy_of_impossible_numbers_is_refused(fields: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LatePolicy(**fields)


def test_the_due_second_is_in_time_and_the_next_one_is_a_day_late() -> None:
    assert days_late(DUE, DUE, zone=NEW_YORK) == 0
    assert days_late(DUE + SECOND, DUE, zone=NEW_YORK) == 1
    assert days_late(DUE + SECOND, DUE, zone=NEW_YORK, grace=SECOND) == 0
    assert days_late(DUE + 2 * SECOND, DUE, zone=NEW_YORK, grace=SECOND) == 1
    assert days_late(DUE, None, zone=NEW_YORK) == 0


@pytest.mark.parametrize(
    ("due", "submitted", "elapsed", "expected"),
    [
        (datetime(2025, 11, 1, 23, 59), datetime(2025, 11, 2, 23, 30), 88_260, 1),
        (datetime(2026, 3, 7, 23, 59), datetime(2026, 3, 8, 23, 59, 30), 82_830, 2),
    ],
)
def test_days_are_those_of_the_wall_clock_when_clocks_change(
    due: datetime, submitted: datetime, elapsed: int, expected: int
) -> None:
    due, submitted = (moment.replace(tzinfo=NEW_YORK).astimezone(UTC) for moment in (due, submitted))

    assert (submitted - due).total_seconds() == elapsed
    assert days_late(submitted, due, zone=NEW_YORK) == expected


def test_a_time_that_the_clocks_skip_moves_forward_and_of_two_the_first_is_meant() -> None:
    skipped = wall(datetime(2026, 3, 7, 2, 30, tzinfo=NEW_YORK), 1, NEW_YORK)
    twice = wall(datetime(2026, 10, 31, 1, 30, tzinfo=NEW_YORK), 1, NEW_YORK)

    assert skipped == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert skipped.astimezone(NEW_YORK).hour == 3
    assert twice == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@settings(deadline=None)
@given(
    some.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=some.just(UTC)),
    some.timedeltas(timedelta(seconds=1), timedelta(days=40)),
)
def test_the_days_late_are_the_first_that_reach_the_submission(due: datetime, later: timedelta) -> None:
    days = days_late(due + later, due, zone=NEW_YORK)

    assert days >= 1
    assert due + later <= wall(due, days, NEW_YORK)
    assert days == 1 or due + later > wall(due, days - 1, NEW_YORK)


def test_hours_are_counted_from_their_beginning_and_slip_days_move_the_deadline() -> None:
    moment = DUE + timedelta(hours=60)

    assert hours_late(moment, DUE) == 60
    assert hours_late(moment + SECOND, DUE) == 61
    assert hours_late(DUE, DUE) == hours_late(DUE, None) == 0
    assert units_late(moment, DUE, interval=Interval.HOUR, zone=NEW_YORK, slip_days=2) == 12
    assert units_late(moment, DUE, interval=Interval.DAY, zone=NEW_YORK, slip_days=2) == 1
    assert units_late(moment, DUE, interval=Interval.DAY, zone=NEW_YORK, slip_days=9) == 0
    assert units_late(moment, None, interval=Interval.DAY, zone=NEW_YORK) == 0


def test_the_latest_due_date_counts_and_none_is_later_than_any() -> None:
    cohort = DueOverride(source=DueSource.COHORT, due_at=DUE + timedelta(days=2))
    team = DueOverride(source=DueSource.TEAM, due_at=DUE + timedelta(days=1))
    endless = DueOverride(source=DueSource.ENROLMENT, due_at=None)

    assert effective_due(DUE).source is DueSource.BASE
    assert effective_due(DUE, [team, cohort]) == effective_due(DUE, [cohort, team])
    assert effective_due(DUE, [team, cohort]).due_at == cohort.due_at
    assert effective_due(DUE, [endless, cohort]).due_at is None
    assert effective_due(None, [cohort]).due_at is None
    assert effective_due(DUE, [DueOverride(source=DueSource.TEAM, due_at=DUE - SECOND)]).source is DueSource.BASE


def test_a_late_try_never_displaces_a_better_one_in_time() -> None:
    rules = ItemRules(
        max_points=Decimal(10), zone=NEW_YORK, counting=CountingRule.BEST,
        late=late(DEDUCT, 1, interval=Interval.HOUR, floor_percent=Decimal(50)),
    )  # fmt: skip
    tries = (
        ScoredTry(number=1, submitted_at=DUE - SECOND, raw=Decimal(10)),
        ScoredTry(number=2, submitted_at=DUE + timedelta(hours=60), raw=Decimal(10)),
    )

    best = item_value(rules, ItemFacts(tries=tries, due_at=DUE), at=DUE)
    second_alone = item_value(rules, ItemFacts(tries=tries[1:], due_at=DUE), at=DUE)

    assert (best.state, best.points, best.try_number) == (ItemState.SCORED, 10, 1)
    assert second_alone.points == 5


forms = some.sampled_from(list(PenaltyForm))
percents = some.decimals(0, 100, places=2)


@settings(deadline=None)
@given(forms, percents, percents, some.integers(0, 9), some.fractions(0, 120), some.fractions(0, 20))
def test_a_penalty_never_raises_never_goes_below_its_floor_and_keeps_the_order(
    form: PenaltyForm, rate: Decimal, floor: Decimal, units: int, raw: Fraction, more: Fraction
) -> None:
    policy = LatePolicy(form=form, rate_percent=rate, floor_percent=floor, caps_percent=(Decimal(90), Decimal(40)))

    one, better = policy.apply(raw, Fraction(100), units), policy.apply(raw + more, Fraction(100), units)

    assert 0 <= one.points <= raw
    assert one.points <= better.points
    assert policy.apply(raw, Fraction(100), units + 1).points <= one.points
    if form is not PenaltyForm.CAP_TABLE:
        assert one.points >= min(raw, Fraction(floor))
