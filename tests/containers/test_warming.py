"""How many warm things are kept: pure rules, with the figures of a small and of a busy host."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.sandboxes.warming import (
    DEMAND_SECONDS,
    IDLE_SECONDS,
    STOCK_DEMAND_SECONDS,
    STOCK_SHARE,
    Memory,
    Wish,
    at_once,
    host_memory,
    is_quiet_time,
    shares,
    wanted,
    welcome,
)

GIB = 1 << 30


def wish(kind: str, number: int, *, welcome: int = 0, waiting: int = 0, each: int = GIB) -> Wish:
    return Wish(kind=kind, wanted=number, welcome=welcome, waiting=waiting, each_bytes=each)


def room(gibibytes: int) -> Memory:
    """Return the memory of a host with so much room."""
    return Memory(total_bytes=64 * GIB, available_bytes=(8 + gibibytes) * GIB)


@pytest.mark.parametrize(
    ("taken_at", "number"),
    [
        pytest.param([], 1, id="a kind that is known has one ready"),
        pytest.param([99.0], 2, id="one was taken"),
        pytest.param([90.0, 99.0], 2, id="one at a time"),
        pytest.param([98.0, 98.5, 99.0], 4, id="three at once"),
        pytest.param([40.0, 40.1, 40.2, 40.3, 99.0], 5, id="the rush of a minute ago is remembered"),
        pytest.param([95.0 + 0.1 * number for number in range(50)], 8, id="a great rush, at most"),
        pytest.param([99.5 - DEMAND_SECONDS - number for number in (9, 8, 7)], 1, id="a rush of long ago is not"),
    ],
)
def test_as_many_are_wanted_as_the_latest_rush_took_while_one_is_made(taken_at, number):
    assert wanted(taken_at, now=100.0, make_seconds=1.0, most=8) == number


def test_what_takes_longer_to_make_is_kept_in_greater_number():
    taken_at = [90.0, 92.0, 94.0, 96.0, 98.0]

    assert wanted(taken_at, now=100.0, make_seconds=0.5, most=8) == 2
    assert wanted(taken_at, now=100.0, make_seconds=3.0, most=8) == 5


@pytest.mark.parametrize(
    ("make_seconds", "taken_ago", "number"),
    [
        pytest.param(2.0, 1.0, 32, id="what takes long to make, as many as are allowed"),
        pytest.param(9.0, 1.0, 32, id="never more than that"),
        pytest.param(0.5, 1.0, 8, id="what is made quickly, in proportion fewer"),
        pytest.param(2.0, STOCK_DEMAND_SECONDS - 1, 32, id="after a quiet half hour, the same"),
        pytest.param(2.0, STOCK_DEMAND_SECONDS + 1, 0, id="after a quiet hour, none"),
    ],
)
def test_a_stock_is_welcome_of_what_takes_long_to_make_and_was_taken_within_the_hour(make_seconds, taken_ago, number):
    now = 2 * STOCK_DEMAND_SECONDS

    assert welcome([now - taken_ago], now=now, make_seconds=make_seconds, most=32) == number


def test_of_a_kind_that_nobody_took_no_stock_is_welcome():
    assert welcome([], now=100.0, make_seconds=2.0, most=32) == 0


def test_with_room_for_all_everybody_gets_what_is_wanted():
    assert shares([wish("numpy", 3), wish("torch", 2)], memory=room(9)) == {"numpy": 3, "torch": 2}


def test_with_little_room_each_kind_gets_one_before_any_gets_two():
    assert shares([wish("numpy", 3), wish("torch", 2)], memory=room(3)) == {"numpy": 2, "torch": 1}


def test_without_room_for_all_the_kind_that_was_asked_for_last_comes_first():
    assert shares([wish("numpy", 3), wish("torch", 2)], memory=room(1)) == {"numpy": 1, "torch": 0}


def test_a_small_kind_fits_where_a_great_one_does_not():
    assert shares([wish("torch", 1, each=4 * GIB), wish("numpy", 2)], memory=room(2)) == {"torch": 0, "numpy": 2}


def test_the_room_of_those_that_wait_is_shared_out_anew():
    assert shares([wish("numpy", 2), wish("old", 3, waiting=3)], memory=room(0)) == {"numpy": 2, "old": 1}


def test_with_too_much_in_use_what_waits_is_given_up():
    assert shares([wish("numpy", 2, waiting=2)], memory=room(-1)) == {"numpy": 1}
    assert shares([wish("numpy", 2, waiting=2)], memory=room(-3)) == {"numpy": 0}


def test_a_stock_takes_a_quarter_of_the_free_memory_and_what_is_wanted_may_take_more():
    idle = Memory(total_bytes=64 * GIB, available_bytes=40 * GIB)

    assert shares([wish("torch", 2, welcome=32)], memory=idle) == {"torch": 10}
    assert shares([wish("torch", 2, welcome=32), wish("numpy", 2, welcome=4)], memory=idle) == {"torch": 6, "numpy": 4}
    assert shares([wish("torch", 20, welcome=32)], memory=idle) == {"torch": 20}


def test_the_stock_does_not_shrink_because_it_is_there():
    empty = Memory(total_bytes=64 * GIB, available_bytes=40 * GIB)
    stocked = Memory(total_bytes=64 * GIB, available_bytes=30 * GIB)

    assert shares([wish("torch", 2, welcome=32)], memory=empty) == {"torch": 10}
    assert shares([wish("torch", 2, welcome=32, waiting=10)], memory=stocked) == {"torch": 10}


def test_the_stock_shrinks_when_others_need_the_memory():
    host = Memory(total_bytes=64 * GIB, available_bytes=10 * GIB)

    assert shares([wish("torch", 2, welcome=32, waiting=10)], memory=host) == {"torch": 5}


wishes_of_many = st.lists(
    st.builds(
        Wish,
        kind=st.integers(0, 5),
        wanted=st.integers(0, 40),
        welcome=st.integers(0, 40),
        waiting=st.integers(0, 40),
        each_bytes=st.integers(1 << 20, GIB),
    ),
    unique_by=lambda one: one.kind,
    max_size=6,
)
hosts = st.integers(0, 256).flatmap(
    lambda total: st.builds(Memory, total_bytes=st.just(total * GIB), available_bytes=st.integers(0, total * GIB))
)


@given(wishes_of_many, hosts)
def test_whatever_is_wished_the_reserve_stays_free_and_nobody_gets_more_than_the_wish(wishes, memory):
    given_now = shares(wishes, memory=memory)

    held = sum(one.waiting * one.each_bytes for one in wishes)
    used = sum(given_now[one.kind] * one.each_bytes for one in wishes)
    assert used <= max(0, memory.room_bytes + held)
    assert all(given_now[one.kind] <= max(one.wanted, one.welcome) for one in wishes)
    if any(given_now[one.kind] > one.wanted for one in wishes):
        assert used <= (memory.available_bytes + held) * STOCK_SHARE


@given(wishes_of_many)
def test_with_four_times_the_memory_that_all_wishes_take_every_wish_is_met(wishes):
    goals = {one.kind: max(one.wanted, one.welcome) for one in wishes}
    free = 4 * sum(goals[one.kind] * one.each_bytes for one in wishes) + GIB // 2

    assert shares(wishes, memory=Memory(total_bytes=free, available_bytes=free)) == goals


@given(
    wanted=st.integers(0, 40), welcome=st.integers(0, 40), each=st.integers(1 << 20, GIB),
    total=st.integers(1, 256), less=st.floats(0, 1), more=st.floats(0, 1),
)  # fmt: skip
def test_more_free_memory_never_makes_a_shelf_shorter(wanted, welcome, each, total, less, more):
    less, more = sorted((less, more))
    wishes = [Wish(kind="torch", wanted=wanted, welcome=welcome, waiting=0, each_bytes=each)]

    short, long = (
        shares(wishes, memory=Memory(total_bytes=total * GIB, available_bytes=int(part * total * GIB)))["torch"]
        for part in (less, more)
    )

    assert short <= long


@given(wishes_of_many, hosts)
def test_what_was_made_is_not_given_up_at_once(wishes, memory):
    kept = shares(wishes, memory=memory)
    costs = {one.kind: one.each_bytes for one in wishes}
    made = [replace(one, waiting=kept[one.kind]) for one in wishes]
    # What waits now is gone, and what was made uses memory instead.
    held = sum(one.waiting * one.each_bytes for one in wishes)
    available = memory.available_bytes + held - sum(kept[kind] * costs[kind] for kind in kept)
    later = Memory(total_bytes=memory.total_bytes, available_bytes=available)

    assert shares(made, memory=later) == kept


def test_in_the_first_second_after_a_taking_nothing_is_made_where_others_wait():
    assert is_quiet_time(10.9, last_taken_at=10.0, waiting=1)
    assert not is_quiet_time(10.9, last_taken_at=10.0, waiting=0)
    assert not is_quiet_time(11.0, last_taken_at=10.0, waiting=1)


@pytest.mark.parametrize(
    ("processors", "while_busy", "while_idle"), [(1, 1, 1), (2, 1, 2), (3, 2, 2), (8, 2, 2), (16, 2, 4), (64, 8, 16)]
)
def test_one_or_two_are_made_side_by_side_and_more_on_a_great_host(processors, while_busy, while_idle):
    assert at_once(processors, idle_seconds=IDLE_SECONDS - 1) == while_busy
    assert at_once(processors, idle_seconds=IDLE_SECONDS) == while_idle


def test_an_eighth_of_the_memory_and_half_a_gibibyte_at_least_stay_free():
    assert Memory(total_bytes=64 * GIB, available_bytes=10 * GIB).room_bytes == 2 * GIB
    assert Memory(total_bytes=2 * GIB, available_bytes=GIB).room_bytes == GIB // 2
    assert Memory(total_bytes=64 * GIB, available_bytes=GIB).room_bytes < 0


def test_the_memory_of_this_host_is_read():
    memory = host_memory()

    assert 0 < memory.available_bytes <= memory.total_bytes
