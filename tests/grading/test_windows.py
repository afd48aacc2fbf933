"""Dates and tries are pure rules."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.engine.points import PLACE, scaled, share
from grading.engine.tries import CountingRule, GradedTry, Tries, counting_try
from grading.engine.windows import Window, WindowPhase, accepts, phase_at

DUE = datetime(2026, 11, 1, 5, 59, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
WINDOW = Window(release_at=DUE - timedelta(days=7), due_at=DUE, closes_at=DUE + timedelta(days=2))
moments = st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1))


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        (WINDOW.release_at - MICROSECOND, WindowPhase.NOT_RELEASED),
        (WINDOW.release_at, WindowPhase.OPEN),
        (DUE - MICROSECOND, WindowPhase.OPEN),
        (DUE, WindowPhase.OPEN),
        (DUE + MICROSECOND, WindowPhase.LATE),
        (WINDOW.closes_at, WindowPhase.LATE),
        (WINDOW.closes_at + MICROSECOND, WindowPhase.CLOSED),
    ],
)
def test_each_border_belongs_to_the_student(moment: datetime, phase: WindowPhase) -> None:
    assert phase_at(WINDOW, moment) is phase


def test_without_a_closing_date_nothing_is_taken_after_it_is_due() -> None:
    window = Window(release_at=DUE - timedelta(days=1), due_at=DUE, closes_at=None)

    assert phase_at(window, DUE + MICROSECOND) is WindowPhase.CLOSED


def test_without_a_due_date_it_stays_open() -> None:
    window = Window(release_at=DUE, due_at=None, closes_at=None)

    assert phase_at(window, DUE + timedelta(days=1000)) is WindowPhase.OPEN


def test_what_is_not_announced_is_never_released() -> None:
    assert phase_at(Window(release_at=None, due_at=DUE, closes_at=None), DUE) is WindowPhase.NOT_RELEASED


@given(st.lists(moments, min_size=3, max_size=3).map(sorted), moments, moments)
def test_time_only_moves_an_assessment_forwards(dates: list[datetime], one: datetime, other: datetime) -> None:
    window = Window(release_at=dates[0], due_at=dates[1], closes_at=dates[2])
    order = list(WindowPhase)

    earlier, later = sorted((one, other))

    assert order.index(phase_at(window, earlier)) <= order.index(phase_at(window, later))
    assert accepts(phase_at(window, one)) == (dates[0] <= one <= dates[2])


@given(st.integers(0, 500), st.none() | st.integers(0, 500))
def test_tries_left_are_never_negative(used: int, allowed: int | None) -> None:
    tries = Tries(used=used, allowed=allowed)

    assert (tries.left is None) == (allowed is None)
    assert tries.left is None or tries.left >= 0
    assert tries.is_exhausted == (allowed is not None and used >= allowed)


graded_tries = st.lists(st.tuples(moments, st.fractions(0, 1, max_denominator=12)), min_size=1, max_size=8).map(
    lambda rows: [
        GradedTry(number=number, received_at=at, share=share_) for number, (at, share_) in enumerate(rows, start=1)
    ]
)


@given(graded_tries, st.randoms())
def test_the_counting_try_does_not_depend_on_the_order_of_arrival(tries: list[GradedTry], random: object) -> None:
    shuffled = tries.copy()
    random.shuffle(shuffled)

    for rule in CountingRule:
        assert counting_try(tries, rule) == counting_try(shuffled, rule)


@given(graded_tries)
def test_of_equally_good_tries_the_earliest_counts(tries: list[GradedTry]) -> None:
    best = counting_try(tries, CountingRule.BEST)

    assert best is not None
    assert all(best.share >= other.share for other in tries)
    equals = [other for other in tries if other.share == best.share]
    assert (best.received_at, best.number) == min((other.received_at, other.number) for other in equals)


@given(graded_tries)
def test_first_and_latest_go_by_the_moment(tries: list[GradedTry]) -> None:
    moments_ = sorted((one.received_at, one.number) for one in tries)
    first, latest = counting_try(tries, CountingRule.FIRST), counting_try(tries, CountingRule.LATEST)

    assert first is not None
    assert latest is not None
    assert (first.received_at, first.number) == moments_[0]
    assert (latest.received_at, latest.number) == moments_[-1]


def test_nothing_counts_where_nothing_is_graded() -> None:
    assert counting_try([], CountingRule.BEST) is None


points = st.decimals(min_value=0, max_value=1000, places=4, allow_nan=False)
positive = st.decimals(min_value=Decimal("0.0001"), max_value=1000, places=4, allow_nan=False)


@given(points, positive, positive)
def test_scaling_is_exact_to_the_last_stored_place(earned: Decimal, of: Decimal, to: Decimal) -> None:
    found = scaled(earned, of=of, to=to)

    exact = Fraction(earned) * Fraction(to) / Fraction(of)
    assert abs(Fraction(found) - exact) <= Fraction(PLACE) / 2
    assert found == found.quantize(PLACE)


@given(positive, positive)
def test_all_the_points_are_all_the_points_on_every_scale(of: Decimal, to: Decimal) -> None:
    assert scaled(of, of=of, to=to) == to
    assert share(of, of) == 1


def test_a_part_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="Nothing can be earned"):
        share(Decimal(0), Decimal(0))
