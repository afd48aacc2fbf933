"""What became better and what worse between two reports."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grading.engine.comparison import Change, CheckFact, changes, counted, told

FACTS = some.builds(
    CheckFact,
    id=some.sampled_from("abcde"),
    passed=some.booleans(),
    share=some.fractions(min_value=0, max_value=1, max_denominator=4),
)
REPORT = some.lists(FACTS, unique_by=lambda fact: fact.id)


def fact(passed: bool, share: str) -> CheckFact:
    return CheckFact(id="a", passed=passed, share=Fraction(share))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (fact(False, "0"), fact(True, "1"), Change.FIXED),
        (fact(False, "1/2"), fact(True, "1"), Change.FIXED),
        (fact(True, "1"), fact(False, "1/2"), Change.BROKEN),
        (fact(False, "1/3"), fact(False, "1/2"), Change.BETTER),
        (fact(False, "1/2"), fact(False, "1/3"), Change.WORSE),
        (fact(False, "1/2"), fact(False, "0"), Change.BROKEN),
        (fact(False, "1/2"), fact(False, "1/2"), Change.SAME),
        (fact(True, "1"), fact(True, "1"), Change.SAME),
        (fact(True, "0"), fact(True, "0"), Change.SAME),
    ],
)
def test_a_check_changes_by_whether_it_passes_and_by_its_part(
    before: CheckFact, after: CheckFact, change: Change
) -> None:
    assert changes([before], [after]) == {"a": change}


def test_a_check_that_was_not_there_is_new_and_one_that_is_gone_is_left_out() -> None:
    gone = CheckFact(id="gone", passed=True, share=Fraction(1))

    assert changes([gone], [fact(False, "0")]) == {"a": Change.NEW}


@settings(deadline=None)
@given(REPORT)
def test_nothing_changes_against_itself(report: list[CheckFact]) -> None:
    assert set(changes(report, report).values()) <= {Change.SAME}


@settings(deadline=None)
@given(REPORT, REPORT)
def test_what_is_fixed_one_way_is_broken_the_other_way(one: list[CheckFact], other: list[CheckFact]) -> None:
    there, back = changes(one, other), changes(other, one)

    for case, change in there.items():
        if change is Change.FIXED:
            assert back[case] is Change.BROKEN
    assert list(there) == [each.id for each in other]


def test_the_words_count_what_changed() -> None:
    found = {"a": Change.BROKEN, "b": Change.FIXED, "c": Change.FIXED, "d": Change.SAME}

    assert told(counted(found)) == "2 fixed, 1 broken"
    assert told(counted({"d": Change.SAME})) == "Nothing changed"
