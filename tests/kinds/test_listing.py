"""What the tests of a suite are worth, and the ids that they get."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_worker.harness.tests_of_suite import prefix_of, safe_name
from runners.kinds.listing import Test, shared_out
from runners.protocol import Visibility
from runners.suite import SuiteInvalid


def saying(**points: int | None) -> list[Test]:
    """Return tests by name, with what each says that it is worth."""
    return [
        Test(
            id=name,
            title=name,
            group="",
            points=None if worth is None else Decimal(worth),
            seconds=None,
            number="",
            visibility=Visibility.VISIBLE,
            is_submission=False,
        )
        for name, worth in points.items()
    ]


def shares(settings: dict[str, object], **points: int | None) -> dict[str, Decimal]:
    """Return what tests are worth with these settings."""
    return shared_out(Path("suite"), saying(**points), settings)


def test_tests_that_say_nothing_share_a_hundred_points():
    assert shares({}, a=None, b=None, c=None) == {"a": Decimal("33.34"), "b": Decimal("33.33"), "c": Decimal("33.33")}


def test_tests_that_say_nothing_are_worth_nothing_beside_some_that_do():
    assert shares({}, a=3, b=None) == {"a": 3, "b": 0}


def test_what_is_left_of_the_points_is_shared_by_those_that_say_nothing():
    assert shares({"points": 10}, a=4, b=None, c=None) == {"a": 4, "b": 3, "c": 3}


def test_the_suites_own_table_counts_before_what_a_test_says():
    assert shares({"case_points": {"a": "2.5"}, "points": 10}, a=4, b=None) == {
        "a": Decimal("2.5"),
        "b": Decimal("7.5"),
    }


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ({"points": 3}, "points is 3, but the tests say themselves that they are worth 4"),
        ({"points": 5}, "points is 5, but the tests say themselves that they are worth 4"),
        ({"points": "many"}, "points is a number from 0 on"),
        ({"case_points": {"nowhere": 1}}, "case_points names 'nowhere', which is none of the tests"),
        ({"case_points": 3}, "case_points is a table of ids and points"),
    ],
)
def test_points_that_cannot_be_are_named(toml, sentence):
    with pytest.raises(SuiteInvalid, match=sentence):
        shares(toml, a=4)


@given(points=st.decimals(0, 1000, places=4), count=st.integers(1, 500))
def test_shares_add_up_exactly(points, count):
    worth = shares({"points": points}, **{f"t{number}": None for number in range(count)})

    assert sum(worth.values()) == points
    assert all(each >= 0 for each in worth.values())
    assert max(worth.values()) - min(worth.values()) <= Decimal("0.02")


def test_an_id_is_the_node_id_in_a_form_that_is_safe_everywhere():
    assert safe_name("tests/hw1/test_a.py::TestIt::test_b[1-x]") == "hw1.test_a.TestIt.test_b[1-x]"
    assert prefix_of("tests/hw1/test_a.py") == "hw1.test_a."


@given(st.text(max_size=300), st.text(max_size=300))
def test_ids_are_safe_short_and_different_for_different_tests(one, other):
    first, second = safe_name(f"tests/test_a.py::test[{one}]"), safe_name(f"tests/test_a.py::test[{other}]")

    assert 0 < len(first) <= 120
    assert first.isascii()
    assert first.isprintable()
    assert " " not in first
    assert (first == second) is (one == other)
    assert first.startswith("test_a.test[")
