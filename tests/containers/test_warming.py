"""How many warm things are kept: pure rules, with the figures of a small and of a busy host."""

import pytest

from runners.sandboxes.warming import DEMAND_SECONDS, Memory, Wish, host_memory, shares, wanted

GIB = 1 << 30


def wish(kind: str, number: int, *, waiting: int = 0, each: int = GIB) -> Wish:
    return Wish(kind=kind, wanted=number, waiting=waiting, each_bytes=each)


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


def test_with_room_for_all_everybody_gets_what_is_wanted():
    assert shares([wish("numpy", 3), wish("torch", 2)], room_bytes=9 * GIB) == {"numpy": 3, "torch": 2}


def test_with_little_room_each_kind_gets_one_before_any_gets_two():
    assert shares([wish("numpy", 3), wish("torch", 2)], room_bytes=3 * GIB) == {"numpy": 2, "torch": 1}


def test_without_room_for_all_the_kind_that_was_asked_for_last_comes_first():
    assert shares([wish("numpy", 3), wish("torch", 2)], room_bytes=GIB) == {"numpy": 1, "torch": 0}


def test_a_small_kind_fits_where_a_great_one_does_not():
    assert shares([wish("torch", 1, each=4 * GIB), wish("numpy", 2)], room_bytes=2 * GIB) == {"torch": 0, "numpy": 2}


def test_the_room_of_those_that_wait_is_shared_out_anew():
    assert shares([wish("numpy", 2), wish("old", 3, waiting=3)], room_bytes=0) == {"numpy": 2, "old": 1}


def test_with_too_much_in_use_what_waits_is_given_up():
    assert shares([wish("numpy", 2, waiting=2)], room_bytes=-GIB) == {"numpy": 1}
    assert shares([wish("numpy", 2, waiting=2)], room_bytes=-3 * GIB) == {"numpy": 0}


def test_an_eighth_of_the_memory_and_half_a_gibibyte_at_least_stay_free():
    assert Memory(total_bytes=64 * GIB, available_bytes=10 * GIB).room_bytes == 2 * GIB
    assert Memory(total_bytes=2 * GIB, available_bytes=GIB).room_bytes == GIB // 2
    assert Memory(total_bytes=64 * GIB, available_bytes=GIB).room_bytes < 0


def test_the_memory_of_this_host_is_read():
    memory = host_memory()

    assert 0 < memory.available_bytes <= memory.total_bytes
