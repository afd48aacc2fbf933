"""The comparison: what is right, what is wrong and why, and what it is worth."""

import tracemalloc
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from runners.conversation import CaseRun, Ending, Record
from runners.protocol import ManifestCase, Outcome
from runners.verdict import RuleInvalid, check_report, compare, not_run

CASE = ManifestCase(id="matmul", title="matmul", points=Decimal(5), hint="Transpose.")
PART = CASE.model_copy(update={"partial": True})
CLOSE = {"kind": "close", "rtol": 1e-9, "atol": 1e-11}
EXACT = {"kind": "exact"}
GRADIENT = np.random.default_rng(5).standard_normal((3, 4))


def record(value, name="gradient of x", rule=CLOSE):
    return Record(name=name, rule=rule, value=value)


def run(*records, ending=Ending.DONE, **more):
    return CaseRun(id="matmul", ending=ending, records=records, **more)


def judge(found, expected=GRADIENT, rule=CLOSE):
    """Compare one value and return the whole check."""
    return check_report(CASE, run(record(found, rule={"kind": "exact"})), run(record(expected, rule=rule)))


ODD = [
    10**400,
    -(2**63) - 1,
    2**64,
    [1.0, [2.0]],
    ["a", "b"],
    [None],
    [{}],
    [10**400],
    [[]],
    {"a": 1},
    "a",
    None,
    2,
    True,
]
"""What a submission may send where a number or a list of numbers belongs."""


@pytest.mark.parametrize("found", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("expected", [1.5, 3, [1.0, 2.0], [1, 2], [[1.0], [2.0]], GRADIENT], ids=range(6))
def test_a_value_that_cannot_be_compared_is_wrong_and_no_fault_of_ours(found, expected):
    assert judge(found, expected).outcome is Outcome.FAILED


def test_a_list_with_one_long_text_does_not_make_room_for_as_many_as_it_has_elements():
    tracemalloc.start()

    check = judge(["x" * 200_000, *[""] * 20_000], [1.0, 2.0])

    assert check.outcome is Outcome.FAILED
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_the_same_values_earn_all_points():
    check = judge(GRADIENT.copy())

    assert (check.outcome, check.points, check.max_points, check.message, check.details) == (
        Outcome.PASSED,
        Decimal(5),
        Decimal(5),
        "",
        [],
    )


@pytest.mark.parametrize(
    "wrong",
    [
        GRADIENT * 1.05,
        GRADIENT + 1e-6,
        GRADIENT.T,
        -GRADIENT,
        np.zeros_like(GRADIENT),
        GRADIENT[:, :1],
        GRADIENT[None],
        GRADIENT.astype(np.float32),
        GRADIENT.astype(np.complex128),
        np.full_like(GRADIENT, np.nan),
        np.full_like(GRADIENT, np.inf),
        np.float64(1.0).reshape(()),
        GRADIENT.tolist(),
        1.0,
        True,
        None,
        "passed",
        {"gradient": GRADIENT},
    ],
    ids=repr,
)
def test_a_wrong_gradient_is_rejected(wrong):
    check = judge(wrong)

    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))
    assert check.message.startswith("Gradient of x ")


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (np.ones((3, 3)), "Gradient of x has shape (3, 3), the reference has (3, 4)."),
        (np.ones((3, 1)), "Gradient of x has shape (3, 1), the reference has (3, 4)."),
        (GRADIENT.astype(np.float32), "Gradient of x is float32, the reference is float64."),
        (GRADIENT.tolist(), "Gradient of x is a list, the reference has an array."),
        (None, "Gradient of x is nothing (None), the reference has an array."),
        (True, "Gradient of x is true or false, the reference has an array."),
        (3, "Gradient of x is a whole number, the reference has an array."),
        (0.5, "Gradient of x is a number, the reference has an array."),
        ("x", "Gradient of x is a text, the reference has an array."),
        ({}, "Gradient of x is of type dict, the reference has an array."),
    ],
)
def test_another_kind_of_value_is_named(found, message):
    assert judge(found).message == message


def test_a_wrong_value_is_named_with_its_place_both_numbers_and_the_relative_error():
    found, expected = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])

    check = judge(found, expected)

    assert check.message == "Gradient of x differs in 1 of 4 values; at [1, 1] it is 5, the reference has 4."
    (detail,) = check.details
    assert (detail.name, detail.found, detail.expected, detail.worst_index) == ("gradient of x", "5", "4", [1, 1])
    assert detail.relative_error == pytest.approx(0.25)


def test_a_single_number_has_no_place():
    check = judge(np.asarray(2.5), np.asarray(2.0))

    assert check.message == "Gradient of x is 2.5, the reference has 2."


def test_a_value_that_is_not_finite_fails_for_that_reason():
    found = GRADIENT.copy()
    found[1, 2] = np.nan

    check = judge(found)

    assert check.message.startswith("Gradient of x is not finite in 1 of 12 values; at [1, 2] it is nan")
    assert "division by zero" in check.hint


def test_infinity_is_right_where_the_reference_has_it():
    expected = np.array([np.inf, 1.0])

    assert judge(expected.copy(), expected).outcome is Outcome.PASSED
    assert judge(np.array([1.0, 1.0]), expected).outcome is Outcome.FAILED
    assert judge(np.array([np.nan, 1.0]), expected).outcome is Outcome.FAILED


def test_the_hint_of_the_pattern_comes_before_the_hint_of_the_case():
    assert "exchanged" in judge(GRADIENT.T).hint
    assert judge(GRADIENT**2).hint == "Transpose."


def test_only_the_rule_of_the_reference_counts():
    lenient = {"kind": "close", "rtol": 1e9, "atol": 1e9}

    check = check_report(CASE, run(record(GRADIENT + 1, rule=lenient)), run(record(GRADIENT)))

    assert check.outcome is Outcome.FAILED


def test_a_value_that_was_not_recorded_fails():
    check = check_report(CASE, run(), run(record(GRADIENT), record(GRADIENT, "value")))

    assert (check.outcome, check.message) == (
        Outcome.FAILED,
        "Gradient of x was not recorded. 1 more value is wrong.",
    )


def test_a_value_more_than_the_reference_has_fails_even_where_all_others_are_right():
    check = check_report(PART, run(record(GRADIENT), record(1.0, "extra")), run(record(GRADIENT)))

    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))
    assert check.message == "The check recorded 1 value that the reference does not have."


def test_a_value_recorded_twice_fails():
    check = check_report(PART, run(record(GRADIENT), record(GRADIENT)), run(record(GRADIENT)))

    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending.TIMEOUT, Outcome.TIMEOUT),
        (Ending.MEMORY, Outcome.MEMORY),
        (Ending.CRASHED, Outcome.CRASHED),
        (Ending.OUTPUT, Outcome.CRASHED),
        (Ending.PROTOCOL, Outcome.CRASHED),
        (Ending.MISSING, Outcome.NOT_RUN),
        (Ending.RAISED, Outcome.FAILED),
    ],
)
def test_a_case_that_did_not_come_to_its_end_earns_nothing_even_with_the_right_values(ending, outcome):
    check = check_report(
        CASE, run(record(GRADIENT), ending=ending, output="so far", seconds=1.5), run(record(GRADIENT))
    )

    assert (check.outcome, check.points, check.output, check.seconds) == (outcome, Decimal(0), "so far", 1.5)
    assert check.message


@pytest.mark.parametrize("ending", [Ending.TIMEOUT, Ending.MEMORY, Ending.CRASHED, Ending.OUTPUT, Ending.PROTOCOL])
def test_part_points_are_for_cases_that_ended_or_raised_only(ending):
    records = [record(GRADIENT), record(GRADIENT, "value")]

    check = check_report(PART, run(records[0], ending=ending), run(*records))

    assert check.points == 0


def test_a_case_without_an_answer_is_not_run():
    check = check_report(CASE, None, run(record(GRADIENT)))

    assert (check.outcome, check.points, check.message) == (Outcome.NOT_RUN, Decimal(0), "This check did not run.")


def test_a_submission_that_could_not_be_loaded_says_so_once_and_not_for_every_check():
    check = not_run(CASE)

    assert (check.outcome, check.points, check.message) == (Outcome.NOT_RUN, Decimal(0), "")


def test_part_points_are_shared_out_equally_over_the_values_of_the_reference():
    expected = run(record(GRADIENT, "value"), record(GRADIENT, "gradient of a"), record(GRADIENT, "gradient of b"))
    found = run(record(GRADIENT, "value"), record(GRADIENT, "gradient of a"), record(-GRADIENT, "gradient of b"))

    check = check_report(PART, found, expected)

    assert (check.outcome, check.points) == (Outcome.PARTIAL, Decimal("3.33"))
    assert check.hint == "The sign is the opposite one."


def test_without_part_points_one_wrong_value_costs_all():
    expected = run(record(GRADIENT, "value"), record(GRADIENT, "gradient of a"))

    check = check_report(CASE, run(record(GRADIENT, "value"), record(-GRADIENT, "gradient of a")), expected)

    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))


def test_what_was_right_before_an_exception_counts_where_there_are_part_points():
    expected = run(record(GRADIENT, "value"), record(GRADIENT, "gradient of a"))
    found = run(record(GRADIENT, "value"), ending=Ending.RAISED, message="NotImplementedError: Add.gradient")

    check = check_report(PART, found, expected)

    assert (check.outcome, check.points, check.message) == (
        Outcome.PARTIAL,
        Decimal("2.50"),
        "NotImplementedError: Add.gradient",
    )
    assert check.details == []


def test_a_case_that_raised_after_its_last_value_never_earns_all_points():
    check = check_report(PART, run(record(GRADIENT), ending=Ending.RAISED), run(record(GRADIENT)))

    assert (check.outcome, check.points) == (Outcome.FAILED, Decimal(0))


@pytest.mark.parametrize("value", [None, True, 3, -(2**70), 0.1, float("nan"), "text", [1, [2.0, "x"]], {"a": [1]}])
def test_exact_accepts_the_same_value(value):
    assert compare(record(value, rule=EXACT), record(value, rule=EXACT)) is None


@pytest.mark.parametrize("array", [np.arange(3), np.array([np.nan, np.inf]), np.array(True), np.zeros((0, 2))])
def test_exact_accepts_the_same_array(array):
    assert compare(record(array.copy(), rule=EXACT), record(array, rule=EXACT)) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (1, True),
        (True, 1),
        (1, 1.0),
        (0.1, 0.1 + 2e-17),
        (None, False),
        ("a", "b"),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ([True], [1]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ([np.arange(2)], [np.arange(3)]),
        ([np.arange(2.0)], [np.arange(2)]),
        (np.arange(3), np.arange(3)[::-1]),
        (np.arange(3), np.arange(3.0)),
        (np.arange(4), np.arange(4).reshape(2, 2)),
        (2**40_000, 5),
    ],
    ids=lambda value: repr(value) if not isinstance(value, int) or value < 99 else "a huge number",
)
def test_exact_refuses_anything_else(found, expected):
    mismatch = compare(record(found, rule=EXACT), record(expected, rule=EXACT))

    assert mismatch is not None
    assert len(mismatch.difference.found) <= 400


def test_a_long_text_is_cut():
    mismatch = compare(record("a" * 5_000, rule=EXACT), record("b", rule=EXACT))

    assert len(mismatch.difference.found) == 400
    assert mismatch.difference.found.endswith("…")


def ordering(order, pairs=((1, 2), (1, 3), (2, 4), (3, 4)), wanted=(1, 2, 3, 4)):
    rule = {"kind": "ordering", "before": [list(pair) for pair in pairs]}
    mismatch = compare(record(order, "order", EXACT), record(list(wanted), "order", rule))
    return mismatch.difference.reason if mismatch else None


@pytest.mark.parametrize("order", [[1, 2, 3, 4], [1, 3, 2, 4]])
def test_every_order_that_keeps_the_pairs_is_right(order):
    assert ordering(order) is None


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ([1, 4, 2, 3], "order puts 4 before 2, which it needs first"),
        ([1, 2, 3], "order leaves out 4"),
        ([], "order leaves out 1, 2, 3 and 1 more"),
        ([1, 2, 3, 4, 4], "order names 4 too often"),
        ([1, 2, 3, 4, 5], "order names 5 too often"),
        ([1, 2, 3, "4"], "order leaves out 4"),
        ([1, 2, 3, 4.0], "order holds something that was never to be ordered"),
        ([True, 2, 3, 4], "order holds something that was never to be ordered"),
        ([[1], 2, 3, 4], "order holds something that was never to be ordered"),
        (np.array([1, 2, 3, 4]), "order is an array, the reference has a list"),
    ],
)
def test_any_other_order_is_wrong(order, reason):
    assert ordering(order) == reason


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (GRADIENT, {}),
        (GRADIENT, {"kind": "generous"}),
        (GRADIENT, {"kind": "close", "rtol": "0.1", "atol": 0.0}),
        ("text", CLOSE),
        ([[1]], {"kind": "ordering", "before": []}),
        ([1], {"kind": "ordering", "before": [[1, 2]]}),
    ],
)
def test_a_rule_that_makes_no_sense_is_our_fault(value, rule):
    with pytest.raises(RuleInvalid):
        compare(record(value), record(value, rule=rule))


FLOATS = arrays.arrays(
    dtype=st.sampled_from([np.float64, np.float32]),
    shape=arrays.array_shapes(min_dims=0, max_dims=3, max_side=4),
    elements=st.floats(width=32),
)


@given(FLOATS)
def test_equal_arrays_always_pass(array):
    assert judge(array.copy(), array).outcome is Outcome.PASSED


@given(FLOATS, st.data())
def test_a_change_beyond_the_tolerance_always_fails(array, data):
    flat = data.draw(st.integers(0, array.size - 1))
    assume(np.isfinite(array.flat[flat]) and abs(array.flat[flat]) < 1e30)
    found = array.copy()
    found.flat[flat] += array.dtype.type(1e-3) * (1 + abs(found.flat[flat]))

    assert judge(found, array).outcome is Outcome.FAILED


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), FLOATS)
RECORDS = st.lists(
    st.builds(record, VALUES, name=st.sampled_from(["a", "b", "c", "d"]), rule=st.just(EXACT)), max_size=6
)


@given(
    found=RECORDS,
    expected=st.lists(VALUES, min_size=1, max_size=3),
    ending=st.sampled_from(list(Ending)),
    partial=st.booleans(),
    points=st.decimals(0, 100, places=2),
)
def test_no_answer_earns_more_than_a_case_is_worth(found, expected, ending, partial, points):
    case = CASE.model_copy(update={"partial": partial, "points": points})
    reference = run(*(record(value, name, EXACT) for name, value in zip("abc", expected, strict=False)))

    check = check_report(case, run(*found, ending=ending), reference)

    assert 0 <= check.points <= points
    if check.outcome is not Outcome.PASSED and points:
        assert check.points < points
    if check.outcome not in (Outcome.PASSED, Outcome.PARTIAL):
        assert check.points == 0
