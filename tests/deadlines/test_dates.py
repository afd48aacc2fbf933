"""Of several due moments the latest wins: the rule itself, without rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from grading.deadlines.dates import BaseDates, EffectiveDates, Granted, combined
from grading.engine.lateness import DueSource

DUE = datetime(2026, 3, 10, 3, 59, tzinfo=UTC)
CLOSES = DUE + timedelta(days=2)
BASE = BaseDates(due_at=DUE, closes_at=CLOSES, tries=3)
MOMENTS = st.integers(-72, 240).map(lambda hours: DUE + timedelta(hours=hours))
EXTENSIONS = st.builds(
    Granted,
    pk=st.integers(1, 10**6),
    source=st.sampled_from([DueSource.COHORT, DueSource.TEAM, DueSource.ENROLMENT]),
    due_at=st.none() | MOMENTS,
    closes_at=st.none() | MOMENTS,
    has_no_end=st.booleans(),
    tries=st.none() | st.integers(1, 9),
    time_factor=st.none() | st.sampled_from([Decimal("1.25"), Decimal("1.5"), Decimal(2)]),
)
LISTS = st.lists(EXTENSIONS, max_size=6, unique_by=lambda one: one.pk)
BASES = st.builds(BaseDates, due_at=st.none() | st.just(DUE), closes_at=st.none() | st.just(CLOSES), tries=st.just(3))


def granted(pk: int = 1, **fields: object) -> Granted:
    return Granted(pk=pk, source=DueSource.ENROLMENT, **fields)


def is_later_or_equal(one: datetime | None, other: datetime | None) -> bool:
    return one is None or (other is not None and one >= other)


def test_without_an_extension_everybodys_dates_hold() -> None:
    assert combined(BASE, []) == EffectiveDates(
        due_at=DUE, closes_at=CLOSES, tries=3, time_factor=Decimal(1), extension_pk=None
    )


def test_the_latest_due_moment_wins_whoever_it_was_given_to() -> None:
    near = Granted(pk=2, source=DueSource.ENROLMENT, due_at=DUE + timedelta(hours=1))
    far = Granted(pk=1, source=DueSource.COHORT, due_at=DUE + timedelta(days=1))

    found = combined(BASE, [near, far])

    assert (found.due_at, found.extension_pk) == (DUE + timedelta(days=1), 1)


def test_an_extension_before_everybodys_due_moment_takes_nothing_away() -> None:
    found = combined(BASE, [granted(due_at=DUE - timedelta(days=1))])

    assert (found.due_at, found.extension_pk) == (DUE, None)


def test_closing_moves_with_a_due_moment_that_lies_beyond_it() -> None:
    found = combined(BASE, [granted(due_at=CLOSES + timedelta(days=1))])

    assert found.closes_at == found.due_at == CLOSES + timedelta(days=1)


def test_closing_stays_where_the_due_moment_lies_before_it() -> None:
    assert combined(BASE, [granted(due_at=DUE + timedelta(days=1))]).closes_at == CLOSES


def test_where_nothing_late_is_taken_that_stays_so_after_an_extension() -> None:
    base = BaseDates(due_at=DUE, closes_at=None, tries=None)

    found = combined(base, [granted(due_at=DUE + timedelta(days=1))])

    assert found.closes_at is None
    assert found.last_hand_in_at == DUE + timedelta(days=1)


def test_only_a_later_close_leaves_the_due_moment_and_names_its_extension() -> None:
    found = combined(BASE, [granted(pk=7, closes_at=CLOSES + timedelta(days=1))])

    assert (found.due_at, found.closes_at, found.extension_pk) == (DUE, CLOSES + timedelta(days=1), 7)


def test_no_end_is_later_than_everything() -> None:
    found = combined(BASE, [granted(pk=1, has_no_end=True), granted(pk=2, due_at=DUE + timedelta(days=900))])

    assert (found.due_at, found.closes_at, found.last_hand_in_at, found.extension_pk) == (None, None, None, 1)


def test_more_tries_are_given_and_never_taken() -> None:
    assert combined(BASE, [granted(1, tries=5), granted(2, tries=2)]).tries == 5
    assert combined(BaseDates(due_at=DUE, closes_at=None, tries=None), [granted(tries=2)]).tries is None


def test_the_greatest_time_factor_holds() -> None:
    assert combined(BASE, [granted(time_factor=Decimal("1.25"))], time_factor=Decimal("1.5")).time_factor == Decimal(
        "1.5"
    )


@given(base=BASES, extensions=LISTS)
def test_nobody_is_worse_off_for_an_extension_more(base: BaseDates, extensions: list[Granted]) -> None:
    found = combined(base, extensions)

    for fewer in [extensions[:index] + extensions[index + 1 :] for index in range(len(extensions))]:
        without = combined(base, fewer)
        assert is_later_or_equal(found.due_at, without.due_at)
        assert is_later_or_equal(found.last_hand_in_at, without.last_hand_in_at)


@given(base=BASES, extensions=LISTS, data=st.data())
def test_the_order_in_which_they_were_given_does_not_matter(
    base: BaseDates, extensions: list[Granted], data: st.DataObject
) -> None:
    assert combined(base, data.draw(st.permutations(extensions))) == combined(base, extensions)


@given(base=BASES, extensions=LISTS)
def test_the_due_moment_is_the_latest_of_all(base: BaseDates, extensions: list[Granted]) -> None:
    found = combined(base, extensions)
    all_due = [base.due_at, *(one.due_at for one in extensions if one.due_at)]

    if base.due_at is None or any(one.has_no_end for one in extensions):
        assert found.due_at is None
    else:
        assert found.due_at == max(moment for moment in all_due if moment)


@given(base=BASES, extensions=LISTS)
def test_nothing_closes_before_it_is_due(base: BaseDates, extensions: list[Granted]) -> None:
    found = combined(base, extensions)

    assert found.closes_at is None or found.due_at is None or found.closes_at >= found.due_at
