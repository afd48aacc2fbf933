"""Every comparator, by property: a right value always passes; what is wrong in one entry, or of another kind, never."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from runners.comparators import RuleInvalid, compare, is_custom
from runners.comparators.custom import Judgement, barred, judged
from runners.protocol import ManifestCase, Outcome
from runners.runs import CaseRun, Ending, Record
from runners.verdict import check_report, shown_inputs

CASE = ManifestCase(id="layer", title="a layer", points=4)
FINITE = {np.float64: st.floats(-1e6, 1e6), np.float32: st.floats(-1e6, 1e6, width=32)}
REAL = st.sampled_from(list(FINITE)).flatmap(
    lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, max_side=5), elements=FINITE[kind])
)
ROWS = hnp.arrays(
    np.int64, hnp.array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=5), elements=st.integers(-3, 3)
)
TOLERANCES = {"f8": 1e-9, "f4": 1e-4}
CLOSE = {"kind": "close", "rtol": TOLERANCES, "atol": TOLERANCES}
EXACT = {"kind": "exact"}
SET = {"kind": "same_set", "repeats": True, "rtol": 0.0, "atol": 0.0}
SORTED = SET | {"rtol": 1e-9, "atol": 1e-12}
SEEDS = st.integers(0, 2**32 - 1)


def record(value, rule=EXACT, name="x"):
    return Record(name=name, rule=rule, value=value)


def reason(found, expected, rule):
    """Return why a value is wrong, or None where it is right."""
    wrong = compare(record(found), record(expected, rule))
    return wrong.difference.reason if wrong else None


def statistic(**more):
    return {"kind": "statistic", "mean": None, "variance": None, "kurtosis": 3.0, "per_entry": False} | more


NEVER_RIGHT = {
    "nan": lambda array: np.where(np.arange(array.size).reshape(array.shape) == 0, np.nan, array).astype(array.dtype),
    "inf": lambda array: np.where(np.arange(array.size).reshape(array.shape) == 0, np.inf, array).astype(array.dtype),
    "dtype": lambda array: array.astype(np.float32 if array.dtype == np.float64 else np.float64),
    "complex": lambda array: array.astype(np.complex128),
    "shape": lambda array: array[None],
    "list": lambda array: array.tolist(),
    "nothing": lambda array: None,
    "text": str,
    "map": lambda array: {"x": array},
    "true": lambda array: True,
}


@pytest.mark.parametrize("change", NEVER_RIGHT.values(), ids=NEVER_RIGHT)
@given(array=REAL.filter(lambda array: array.ndim == 1))
def test_what_is_not_finite_or_of_another_kind_is_never_right(change, array):
    large = np.resize(array, 64)

    assert reason(change(array), array, CLOSE)
    assert reason(change(array), array, EXACT)
    assert reason(change(array), array, SET)
    if array.dtype == np.float64:
        assert reason(change(array), array, SORTED)
    assert reason(change(large), large, statistic(mean=float(large.mean()), variance=float(large.var()) + 1e-9))
    assert barred(record(change(array)), record(array)) or change is NEVER_RIGHT["shape"]


@given(REAL, st.data())
def test_close_accepts_what_is_within_the_tolerance_of_its_dtype(array, data):
    tolerance = TOLERANCES[array.dtype.str[1:]]
    size = tolerance * 0.4 * (1 + np.abs(array.astype(np.float64)))
    share = data.draw(hnp.arrays(np.float64, array.shape, elements=st.floats(-1, 1)))

    assert reason(np.asarray(array + share * size, array.dtype), array, CLOSE) is None


@given(REAL, st.data())
def test_close_rejects_one_entry_that_is_off_by_more_than_the_tolerance(array, data):
    place = data.draw(st.integers(0, array.size - 1))
    found = array.copy()
    found.flat[place] += array.dtype.type(3 * TOLERANCES[array.dtype.str[1:]] * (1 + abs(float(array.flat[place]))))

    assert reason(found, array, CLOSE)


@given(REAL, st.data())
def test_exact_accepts_a_copy_and_rejects_any_single_change(array, data):
    place = data.draw(st.integers(0, array.size - 1))
    changed = array.copy()
    changed.flat[place] = np.nextafter(changed.flat[place], array.dtype.type(np.inf))

    assert reason(array.copy(), array, EXACT) is None
    assert reason(changed, array, EXACT)


@given(ROWS, SEEDS)
def test_a_set_may_stand_in_any_order(array, seed):
    assert reason(np.random.default_rng(seed).permutation(array), array, SET) is None
    assert reason(array.tolist()[::-1], array.tolist(), SET) is None


@given(ROWS, st.data())
def test_a_set_with_one_entry_changed_is_wrong(array, data):
    place = data.draw(st.integers(0, array.size - 1))
    changed = array.copy()
    changed.flat[place] += data.draw(st.sampled_from([-100, 100]))

    assert reason(changed, array, SET)
    assert reason(changed.tolist(), array.tolist(), SET)
    assert reason(array.tolist() + array.tolist()[:1], array.tolist(), SET)
    assert reason(array.tolist()[1:], array.tolist(), SET)


@given(ROWS)
def test_a_set_without_repeats_holds_each_at_least_once(array):
    rule = SET | {"repeats": False}
    items = array.tolist()

    assert reason(items + items, items, rule) is None
    assert reason([*items, [99] * 9], items, rule)


@given(hnp.arrays(np.float64, st.integers(1, 12), elements=st.floats(-1e6, 1e6)), st.data())
def test_real_numbers_in_any_order_are_right_within_a_tolerance_and_wrong_beyond(array, data):
    shuffled = np.random.default_rng(data.draw(SEEDS)).permutation(array)
    far = shuffled.copy()
    # Further than any other number, so that it cannot be taken for another one.
    far[data.draw(st.integers(0, array.size - 1))] = 2e6

    assert reason(shuffled * (1 + 4e-10), array, SORTED) is None
    assert reason(far, array, SORTED)


@pytest.mark.parametrize("draw", ["standard_normal", "random", "standard_exponential"])
@given(seed=SEEDS, size=st.sampled_from([40, 400, 4_000]))
def test_draws_of_the_right_distribution_always_pass(draw, seed, size):
    mean, variance, kurtosis = {
        "standard_normal": (0.0, 1.0, 3.0),
        "random": (0.5, 1 / 12, 1.8),
        "standard_exponential": (1.0, 1.0, 9.0),
    }[draw]
    size = max(size, 4_000) if draw == "standard_exponential" else max(size, 400)
    found, expected = (getattr(np.random.default_rng([seed, number]), draw)(size) for number in range(2))

    assert reason(found, expected, statistic(mean=mean, variance=variance, kurtosis=kurtosis)) is None
    assert reason(found, expected, statistic(kurtosis=kurtosis)) is None


@given(SEEDS, st.floats(0.05, 0.95))
def test_a_dropout_mask_is_right_by_its_share_per_entry(seed, share):
    rng = np.random.default_rng(seed)
    kurtosis = (1 - 3 * share * (1 - share)) / (share * (1 - share))
    rule = statistic(mean=share, variance=share * (1 - share), kurtosis=kurtosis, per_entry=True)
    expected = (rng.random((8_000, 2, 3)) < share).astype(np.float64)
    found = (rng.random((8_000, 2, 3)) < share).astype(np.float64)
    wrong = found.copy()
    wrong[:, 1, 2] = 1.0

    assert reason(found, expected, rule) is None
    assert "of x at [1, 2] is" in reason(wrong, expected, rule)


@given(SEEDS, st.sampled_from([lambda x: x + 0.2, lambda x: 1.25 * x, lambda x: 0.8 * x, lambda x: 0 * x, np.abs]))
def test_draws_with_another_mean_or_variance_are_always_wrong(seed, change):
    found, expected = (np.random.default_rng([seed, number]).standard_normal(10_000) for number in range(2))

    assert reason(change(found), expected, statistic(mean=0.0, variance=1.0))
    assert reason(change(found), expected, statistic())


@given(REAL, st.floats(0, 1))
def test_a_comparators_share_below_one_is_never_right(array, share):
    wrong = judged(record(array), record(array), Judgement(share=share))

    assert (wrong is None) == (share == 1.0)
    assert judged(record(array), record(array), None)
    assert judged(record(array), record(array), Judgement(share=0.0, message="ValueError", raised=True))


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (np.ones(3), {"kind": "close", "rtol": {"f4": 1e-5}, "atol": 0.0}),
        (np.ones(3), {"kind": "close", "rtol": -1.0, "atol": 0.0}),
        (np.ones(3), {"kind": "close", "rtol": float("nan"), "atol": 0.0}),
        (np.ones(3), {"kind": "close", "rtol": 1, "atol": 0.0}),
        (3, SET),
        (np.ones((2, 2)), SORTED),
        (np.ones(2, complex), SORTED),
        (np.array([np.nan]), SORTED),
        ([1.0], SORTED),
        (np.ones(2), SORTED | {"repeats": False}),
        (np.ones(3), statistic()),
        (np.ones(100), {"kind": "statistic"}),
        (np.ones(100, complex), statistic()),
        (np.full(100, np.inf), statistic()),
        ([1.0] * 100, statistic()),
        (np.random.default_rng(0).random(30), statistic(kurtosis=60.0)),
        (np.ones(3), {"kind": "custom", "comparator": "same_span", "parameters": {}}),
        (np.ones(3), {"kind": "input"}),
    ],
    ids=range(18),
)
def test_a_rule_that_cannot_be_meant_is_our_fault(value, rule):
    with pytest.raises(RuleInvalid):
        compare(record(value), record(value, rule))


def test_a_comparator_of_the_suite_that_nobody_can_ask_is_our_fault():
    expected = CaseRun(id="layer", ending=Ending.DONE, records=(record(1, {"kind": "custom", "comparator": "x"}),))

    assert is_custom(expected.records[0])
    with pytest.raises(RuleInvalid, match="values for a comparator of the suite"):
        check_report(CASE, expected, expected)


def test_a_case_without_part_points_is_worth_what_its_worst_value_is():
    custom = {"kind": "custom", "comparator": "x", "parameters": {}}
    run = CaseRun(id="layer", ending=Ending.DONE, records=(record(1, custom, "a"), record(2, custom, "b")))
    shares = {"a": Judgement(share=0.75), "b": Judgement(share=0.5)}

    whole = check_report(CASE, run, run, judge=lambda case, pairs: shares)
    parts = check_report(CASE.model_copy(update={"partial": True}), run, run, judge=lambda case, pairs: shares)

    assert (whole.outcome, whole.points) == (Outcome.PARTIAL, 2)
    assert (parts.outcome, parts.points) == (Outcome.PARTIAL, 2.5)


def test_a_comparator_is_asked_once_for_all_values_of_a_case():
    custom = {"kind": "custom", "comparator": "x", "parameters": {}}
    run = CaseRun(id="layer", ending=Ending.DONE, records=(record(1, custom, "a"), record(2, custom, "b")))
    asked = []

    def judge(case, pairs):
        asked.append([expected.name for _, expected in pairs])
        return {name: Judgement(share=1.0) for name in "ab"}

    assert check_report(CASE, run, run, judge=judge).outcome is Outcome.PASSED
    assert asked == [["a", "b"]]


def test_inputs_are_shown_and_never_compared():
    inputs = record(np.array([[1.0, 2.5]]), {"kind": "input"}, "a")
    expected = CaseRun(id="layer", ending=Ending.DONE, records=(inputs, record(1, EXACT, "y")))
    others = CaseRun(id="layer", ending=Ending.DONE, records=(record("a lie", EXACT, "a"), record(1, EXACT, "y")))
    without = CaseRun(id="layer", ending=Ending.DONE, records=(record(1, EXACT, "y"),))

    assert check_report(CASE, others, expected).outcome is Outcome.PASSED
    assert check_report(CASE, without, expected).outcome is Outcome.PASSED
    assert shown_inputs(expected) == "  a = [[1, 2.5]]"


def test_a_large_input_is_shown_by_its_shape_and_its_beginning():
    value = {"shape": [100, 3], "dtype": "float64", "first": np.arange(4.0)}
    expected = CaseRun(id="layer", ending=Ending.DONE, records=(record(value, {"kind": "input"}, "a"),))

    assert shown_inputs(expected) == "  a = float64, 100 x 3, beginning [0, 1, 2, 3, …]"


def test_the_reason_of_a_tolerance_is_said_where_the_value_is_wrong():
    rule = {"kind": "close", "rtol": 1e-5, "atol": 1e-7, "why": "float32 carries 7 digits."}

    assert reason(np.ones(2), np.full(2, 1.5), rule).endswith(
        "(allowed is 1e-05 of the value plus 1e-07: float32 carries 7 digits)"
    )
    assert "allowed" not in reason(np.full(2, np.nan), np.ones(2), rule)


@pytest.mark.parametrize("name", ["gradient of x", "grad"])
def test_a_gradient_that_is_none_has_a_hint(name):
    wrong = compare(record(None, EXACT, name), record(np.ones(2), CLOSE, name))

    assert "cut off from the graph" in wrong.hint


def test_large_arrays_are_compared_piece_by_piece_to_the_last():
    array = np.ones(300_000)
    found = array.copy()
    found[-1] += 1e-3

    assert reason(array.copy(), array, CLOSE) is None
    assert "differs in 1 of 300000 values; at [299999]" in reason(found, array, CLOSE)
