"""Where two arrays differ, and the guess why: one test for each pattern that a hint names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from runners.diagnostics import Closeness, array_text, number_text, worst_of
from runners.guesses import hint_for, hint_for_error

CLOSE = Closeness(rtol=1e-9, atol=1e-11)
EXPECTED = np.random.default_rng(7).standard_normal((3, 4))
BROADCAST = np.random.default_rng(8).standard_normal((3, 4))
CUBE = np.random.default_rng(10).standard_normal((3, 3, 3))
SQUARE = np.random.default_rng(9).standard_normal((4, 4))


@pytest.mark.parametrize(
    ("found", "expected", "hint"),
    [
        (EXPECTED.T, EXPECTED, "the last two axes are exchanged"),
        (SQUARE.T, SQUARE, "the last two axes are exchanged"),
        (
            np.ones((2, 3, 4)).cumsum().reshape(2, 3, 4).swapaxes(0, 2),
            np.arange(1.0, 25).reshape(2, 3, 4),
            "axes 0 and 2",
        ),
        (BROADCAST, BROADCAST.sum(axis=1, keepdims=True), "summed over axis 1:"),
        (BROADCAST, BROADCAST.sum(axis=0), "summed over axis 0:"),
        (BROADCAST, np.asarray(BROADCAST.sum()), "summed over axes 0 and 1:"),
        (BROADCAST, EXPECTED[:, :1], "Its shape is the one after broadcasting"),
        (-EXPECTED, EXPECTED, "The sign is the opposite one."),
        (6 * EXPECTED, EXPECTED, "Every value is 6 times what it should be"),
        (EXPECTED / 6, EXPECTED, "Every value is 1/6 of what it should be"),
        (-2 * EXPECTED, EXPECTED, "Every value is -2 times what it should be"),
        (0.3 * EXPECTED, EXPECTED, "Every value is 0.3 times what it should be"),
        (np.asarray(12.0), np.asarray(2.0), "Every value is 6 times what it should be"),
        (np.zeros((3, 4)), EXPECTED, "Everything is zero"),
        (EXPECTED + 1, EXPECTED, "off by one: 1 too large"),
        (EXPECTED - 1, EXPECTED, "off by one: 1 too small"),
        (EXPECTED + 0.25, EXPECTED, "too large by 0.25"),
        (np.roll(EXPECTED, 1, axis=1), EXPECTED, "shifted by one place along axis 1"),
        (np.roll(EXPECTED, -1, axis=0), EXPECTED, "shifted by one place along axis 0"),
        (EXPECTED.reshape(2, 6), EXPECTED, "a reshape is missing"),
        (np.sort(EXPECTED, axis=None).reshape(3, 4), EXPECTED, "in the wrong places"),
        (np.where(EXPECTED > 0, np.nan, EXPECTED), EXPECTED, "division by zero"),
        (np.full((3, 4), np.inf), EXPECTED, "exp of a large number"),
        (CUBE.transpose(1, 2, 0), CUBE, "put in the order (2, 0, 1)"),
        (EXPECTED / 12, EXPECTED, "1/12 of what it should be: 12 is how many values there are, so a mean seems to"),
        (EXPECTED * 12, EXPECTED, "12 is how many values there are, so a sum seems to stand where a mean should"),
        (EXPECTED / 4, EXPECTED, "4 is the length of axis 1, so a mean seems to stand where a sum should"),
        (EXPECTED * 3, EXPECTED, "3 is the length of axis 0, so a sum seems to stand where a mean should"),
        (EXPECTED * 2, EXPECTED, "2 times what it should be: a constant factor is wrong"),
        (EXPECTED[:, ::-1], EXPECTED, "reversed along axis 1"),
        (EXPECTED / EXPECTED.sum(axis=0), EXPECTED / EXPECTED.sum(axis=1, keepdims=True), "along another axis"),
        (np.where(EXPECTED > 0, EXPECTED, 0), EXPECTED, "values are zero: does everything arrive?"),
    ],
)
def test_a_hint_names_the_pattern(found, expected, hint):
    assert hint in hint_for(found, expected, CLOSE)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (EXPECTED**2, EXPECTED),
        (np.asarray(3.7), np.asarray(2.0)),
        (np.ones((0, 3)), np.ones((3, 0))),
        (np.ones((1,) * 30), np.full((1,) * 30, 5.0)),
        (EXPECTED, np.full((3, 4), np.inf)),
        (np.full((3, 4), np.nan), np.full((3, 4), np.inf)),
        (np.ones((5, 2)), EXPECTED),
    ],
)
def test_where_no_pattern_fits_there_is_no_hint(found, expected):
    assert hint_for(found, expected, CLOSE) == ""


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("AttributeError: 'NoneType' object has no attribute 'numpy'", "a gradient that never arrived"),
        ("RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn", "cut off from what"),
        ("RuntimeError: one of the variables ... has been modified by an inplace operation", "was overwritten"),
        ("RuntimeError: Trying to backward through the graph a second time", "without detach"),
        ("RecursionError: maximum recursion depth exceeded", "calls itself too often"),
        ("ValueError: operands could not be broadcast together", ""),
    ],
)
def test_an_exception_that_many_meet_has_a_hint(message, hint):
    found = hint_for_error(message)

    assert hint in found
    assert bool(found) == bool(hint)


def test_a_comparison_at_the_very_bound_is_the_same_for_few_and_for_many():
    rule = Closeness(rtol=0.0, atol=0.5)

    assert rule.accepts(np.array([1.5]), np.array([1.0]))
    assert not rule.accepts(np.array([np.inf]), np.array([1.0]))
    assert not rule.accepts(np.array([1.0]), np.array([np.inf]))
    assert not rule.accepts(np.array([np.nan]), np.array([1.0]))


def test_the_worst_element_is_the_one_that_is_furthest_beyond_its_tolerance():
    expected = np.array([[1000.0, 1.0], [2.0, 3.0]])
    found = expected + np.array([[1e-7, 0.0], [0.5, 1e-3]])

    worst = worst_of(found, expected, CLOSE)

    assert (worst.index, worst.found, worst.expected, worst.wrong, worst.size) == ((1, 0), "2.5", "2", 2, 4)
    assert worst.relative_error == pytest.approx(0.25)


def test_a_value_that_is_not_finite_is_worse_than_any_number():
    worst = worst_of(np.array([1e200, np.nan]), np.array([1.0, 1.0]), CLOSE)

    assert (worst.index, worst.found, worst.relative_error) == ((1,), "nan", None)


def test_an_error_next_to_zero_has_no_relative_size():
    assert worst_of(np.array([0.5]), np.array([0.0]), CLOSE).relative_error is None


def test_numbers_that_differ_late_are_shown_with_all_their_digits():
    worst = worst_of(np.array([1.0 + 1e-8]), np.array([1.0]), CLOSE)

    assert (worst.found, worst.expected) == ("1.0000000099999999", "1")


def test_infinity_is_close_to_the_same_infinity_only():
    same = CLOSE.accepts(np.array([np.inf, -np.inf, np.nan]), np.array([np.inf, -np.inf, np.nan]))
    opposite = CLOSE.accepts(np.array([np.inf]), np.array([-np.inf]))
    finite = CLOSE.accepts(np.array([1e308]), np.array([np.inf]))

    assert (same, opposite, finite) == (True, False, False)


def test_a_tolerance_of_zero_asks_for_the_very_same_number():
    exact = Closeness(rtol=0.0, atol=0.0)

    assert exact.accepts(np.array([0.0, 0.1]), np.array([0.0, 0.1]))
    assert not exact.accepts(np.array([0.1]), np.array([0.1 + 2e-17]))


def test_nothing_is_broadcast():
    assert not CLOSE.accepts(np.ones((3, 1)), np.ones((3, 3)))


@pytest.mark.parametrize(
    ("number", "text"),
    [(np.float64(0.1), "0.1"), (np.bool_(True), "True"), (np.int64(7), "7"), (1 + 2j, "1+2j"), (float("nan"), "nan")],
)
def test_a_number_is_shown_as_one_reads_it(number, text):
    assert number_text(number) == text


def test_only_the_beginning_of_an_array_is_shown():
    assert array_text(np.arange(3)) == "[0, 1, 2]"
    assert array_text(np.arange(9)) == "[0, 1, 2, 3, 4, 5, 6, 7, …]"


SMALL = arrays.arrays(
    dtype=st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128]),
    shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)


@given(SMALL, SMALL)
def test_any_two_arrays_can_be_explained(found, expected):
    assert isinstance(hint_for(found, expected, CLOSE), str)
    if found.shape == expected.shape and found.size:
        assert len(worst_of(found, expected, CLOSE).index) == found.ndim
