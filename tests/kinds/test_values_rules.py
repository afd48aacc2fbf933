"""Comparing submitted values: what is right, what is not, and that a reason tells nothing of the reference's values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.kinds.values_rules import compare, tolerance_for
from runners.protocol import Tolerance

ARRAY = np.arange(12, dtype=np.float32).reshape(3, 4) + 0.5

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=5)
    | st.sampled_from([ARRAY, np.array(3), np.array([True]), np.zeros((0, 2)), np.array(2j)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def reason(found, expected, tolerance=None):
    mismatch = compare("value 1", found, expected, tolerance)
    return None if mismatch is None else mismatch.difference.reason


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (ARRAY, ARRAY),
        (ARRAY * (1 + 2e-5), ARRAY),
        (ARRAY.astype(np.float64), ARRAY),
        (ARRAY, ARRAY.astype(np.float64)),
        (np.float64(2.5) + 0, np.array(2.5, np.float32)),
        (np.array(7), 7),
        (7, np.array(7, np.uint8)),
        (1.0, 1),
        (float("nan"), float("nan")),
        (np.array([np.inf, np.nan]), np.array([np.inf, np.nan])),
        ([1, [2.0, "x"], None], [1, [2.0, "x"], None]),
        ({"a": ARRAY, "b": 2}, {"b": 2, "a": ARRAY}),
        (2**100, 2**100),
        (np.array([1 + 2j]), np.array([1 + 2j], np.complex64)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (0.1 + 0.2, 0.3),
    ],
)
def test_what_is_right(found, expected):
    assert reason(found, expected) is None


@pytest.mark.parametrize(
    ("found", "expected", "why"),
    [
        (ARRAY * 1.01, ARRAY, "value 1 is not what the reference has"),
        (ARRAY + np.eye(3, 4) * 0.1, ARRAY, "value 1 is not what the reference has"),
        (ARRAY.T.copy(), ARRAY, "value 1 has shape (4, 3), the reference has (3, 4)"),
        (ARRAY[0], ARRAY, "value 1 has shape (4,), the reference has (3, 4)"),
        (2.0, ARRAY, "value 1 is a number, the reference has an array of shape (3, 4)"),
        (ARRAY.tolist(), ARRAY, "value 1 is a list, the reference has an array of shape (3, 4)"),
        (None, 1.0, "value 1 is nothing (None), the reference has a number"),
        ("1.0", 1.0, "value 1 is a text, the reference has a number"),
        (1.0, "1.0", "value 1 is a number, the reference has a text"),
        ([1], [1, 2], "value 1 has the length 1, the reference has 2"),
        ([1, "x"], [1, None], "value 1[1] is a text, the reference has nothing (None)"),
        ([1, 3], [1, 2], "value 1 is not what the reference has"),
        ({"a": 1}, {"b": 1}, "value 1 has other keys than the reference"),
        ([1], {"0": 1}, "value 1 is a list, the reference has a map"),
        ("a", "b", "value 1 is not what the reference has"),
        (np.full((3, 4), np.nan), ARRAY, "value 1 holds values that are not finite"),
        (np.array([np.inf]), np.array([1.0]), "value 1 holds values that are not finite"),
        (2**100, 2**100 + 1, "value 1 is not what the reference has"),
        (7.4, 7, "value 1 is not what the reference has"),
        (float("nan"), 7, "value 1 is not what the reference has"),
        (True, None, "value 1 is a number, the reference has nothing (None)"),
        (np.zeros((0, 3)), np.zeros((0, 2)), "value 1 has shape (0, 3), the reference has (0, 2)"),
    ],
)
def test_what_is_not_right_and_why(found, expected, why):
    assert reason(found, expected) == why


def test_a_suite_states_a_tolerance_for_one_test_or_for_all():
    stated = {"*": Tolerance(rtol=0.1), "strict": Tolerance(rtol=0.0, atol=0.0)}

    assert reason(1.05, 1.0, tolerance_for("any", stated)) is None
    assert reason(1.05, 1.0, tolerance_for("strict", stated)) is not None
    assert tolerance_for("any", {}) is None


@pytest.mark.parametrize("width", [np.float16, np.float32, np.float64, np.complex64])
def test_an_error_of_one_per_cent_is_rejected_and_one_of_rounding_is_not(width):
    rng = np.random.default_rng(0)
    for _ in range(200):
        expected = rng.uniform(0.5, 2.0, (3, 4)).astype(width)
        wrong = expected.copy()
        wrong[tuple(rng.integers(size) for size in wrong.shape)] *= 1.01

        assert reason(wrong, expected) is not None
        assert reason((expected * (1 + 1e-7)).astype(width), expected) is None


@given(found=plain, expected=plain)
def test_any_two_values_can_be_compared(found, expected):
    compare("value 1", found, expected, None)
    assert reason(expected, expected) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (ARRAY * 0, ARRAY),
        (ARRAY + 1e-3, ARRAY),
        (1.0, 3.25),
        ([1.0, 2.0], [1.0, 3.25]),
        (ARRAY * 2, np.full((3, 4), 3.25)),
    ],
)
def test_a_reason_tells_nothing_of_the_references_values(found, expected):
    mismatch = compare("value 1", found, expected, None)

    difference = mismatch.difference
    assert difference.reason == "value 1 is not what the reference has"
    assert (difference.expected, difference.worst_index, difference.relative_error) == ("", None, None)
    assert "3.25" not in mismatch.hint


def test_a_hint_names_a_pattern_only_where_the_answer_is_there_already():
    assert "constant factor" in compare("value 1", ARRAY * 2, ARRAY, None).hint
    assert "transposition" in compare("value 1", ARRAY.T.copy(), ARRAY, None).hint
    assert compare("value 1", np.ones((3, 4)), np.full((3, 4), 3.0), None).hint == ""
    assert compare("value 1", 2.0, 1.0, None).hint == ""
