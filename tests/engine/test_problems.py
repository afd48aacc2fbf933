"""A scheme that cannot be published says why."""

from dataclasses import replace
from decimal import Decimal

import pytest

from grading.engine.participation import Below, ParticipationRule
from grading.engine.problems import SchemeCannotBeComputed, check_computable, problems
from grading.engine.scheme import Aggregation, DropBy, LetterCutoff, Node, Scheme
from tests.engine.building import CANVAS, item, node, scheme

POINTS, MEAN, WEIGHTED, COURSE = (
    Aggregation.POINTS, Aggregation.MEAN, Aggregation.WEIGHTED, Aggregation.COURSE_POINTS
)  # fmt: skip
TWO = (item("a"), item("b"))
RULE = ParticipationRule(below=Below.LINEAR, threshold=5)


def lettered(*bounds: str, labels: str = "ABCDEF") -> Scheme:
    cutoffs = tuple(
        LetterCutoff(label=label, lower_bound=Decimal(bound)) for label, bound in zip(labels, bounds, strict=False)
    )  # fmt: skip
    return scheme(node("work", MEAN, *TWO), letters=cutoffs)


@pytest.mark.parametrize(
    ("of", "words", "stops"),
    [
        (scheme(), "has no nodes", False),
        (scheme(node("work", MEAN, *TWO, weight="99.99")), "make 99.99, not 100", False),
        (scheme(node("work", MEAN, *TWO, weight=100), node("more", MEAN, item("c"), weight=1)), "make 101", False),
        (scheme(node("work", MEAN, item("a"), item("a"))), "in the scheme 2 times", True),
        (scheme(node("work", MEAN, *TWO), decimals=7), "0 to 6 decimals", True),
        (lettered("90", "60"), "must start at 0", False),
        (lettered("90", "90", "0"), "same total", False),
        (lettered("90", "0", labels="AA"), "there twice", False),
        (scheme(node("work", None, *TWO)), "the sum of points or the mean of percentages", True),
        (scheme(node("work", MEAN, rule=RULE)), "go together", True),
        (scheme(node("work", Aggregation.RULE)), "go together", True),
        (scheme(node("work", None, rule=RULE)), "say how its items count", False),
        (scheme(node("work", Aggregation.RULE, *TWO, rule=RULE)), "no items below it", False),
        (scheme(node("work", Aggregation.RULE, rule=replace(RULE, threshold=None))), "how many are enough", True),
        (scheme(node("work", Aggregation.RULE, rule=replace(RULE, bonus_top_n=5))), "most active needs both", False),
        (scheme(node("work", MEAN, *TWO, cap_percent=Decimal(-1))), "cap cannot be negative", False),
        (scheme(node("work", COURSE, item("a", weight=40), item("b", weight=50))), "make 90 course points", False),
        (scheme(node("work", WEIGHTED, item("a", weight=1), expected_count=3)), "must be named", False),
        (scheme(node("work", WEIGHTED, item("a", weight=0))), "weight above 0", False),
        (scheme(node("work", WEIGHTED, item("a"))), "A has no weight", True),
        (scheme(Node(key="work", aggregation=MEAN, children=TWO)), "work has no weight", True),
        (scheme(node("work", MEAN, item("a", weight=-1))), "weight cannot be negative", True),
        (scheme(node("work", MEAN, *TWO, drop_lowest=-1)), "cannot be negative", True),
        (scheme(node("work", POINTS, *TWO, drop_highest=1)), "only from a mean", True),
        (scheme(node("work", POINTS, *TWO, drop_lowest=1, drop_by=DropBy.PERCENT)), "drop what helps most", False),
        (scheme(node("work", MEAN, *TWO, drop_lowest=2)), "drops 2 of 2", False),
        (scheme(node("work", POINTS, node("inner", MEAN, *TWO))), "how many points it has in all", True),
        (scheme(node("work", MEAN, item("a", -1))), "points cannot be negative", True),
        (scheme(node("work", MEAN, item("a", 0, extra_credit=True))), "0 possible points", False),
        (scheme(node("work", MEAN, item("a", granularity=Decimal(0)))), "step of a score", True),
    ],
)  # fmt: skip
def test_each_problem_is_a_sentence(of: Scheme, words: str, stops: bool) -> None:
    found = [problem for problem in problems(of) if words in problem.sentence]

    assert [problem.stops_totals for problem in found] == [stops]
    assert found[0].sentence.endswith((".", "percentages."))
    if stops:
        with pytest.raises(SchemeCannotBeComputed, match=words):
            check_computable(of)
    else:
        check_computable(of)


def test_a_scheme_without_problems_can_be_published() -> None:
    of = scheme(
        node("work", POINTS, *TWO, item("more", 0, extra_credit=True), weight=60, drop_lowest=1, expected_count=5),
        node("project", COURSE, item("x", weight=10), item("y", weight=30), weight=40),
        node("bonus", MEAN, item("z"), weight=2, extra_credit=True),
        letters=CANVAS,
    )

    assert problems(of) == []


def test_one_item_needs_no_word_on_how_it_counts() -> None:
    assert problems(scheme(node("exam", None, item("e")))) == []


def test_an_alternative_is_held_to_the_same_rules_and_needs_no_letters() -> None:
    other = scheme(node("work", MEAN, item("a"), weight=90), name="Final only")
    deep = replace(other, alternatives=(other,))

    sentences = [problem.sentence for problem in problems(scheme(node("work", MEAN, *TWO), alternatives=(deep,)))]

    assert (
        "Final only: The weights make 90, not 100: change them so that they do. Extra credit is not counted."
        in sentences
    )
    assert "An alternative cannot have alternatives of its own." in sentences
