"""Why a total is what it is."""

import json
from dataclasses import replace
from decimal import Decimal

from grading.engine.items import ItemFacts, ItemRules, ScoredTry, item_value
from grading.engine.nodes import Mode
from grading.engine.participation import Below, Count, ParticipationRule
from grading.engine.scheme import Aggregation, LetterOn
from grading.engine.trace import ItemTrace, NodeTrace, Trace, traced
from tests.engine.building import (
    CANVAS,
    EXCUSED,
    MISSING,
    NOT_DUE,
    UNGRADED,
    item,
    node,
    row,
    scheme,
    sheet,
)
from tests.engine.test_late_work import DUE, NEW_YORK

POINTS, MEAN = Aggregation.POINTS, Aggregation.MEAN


def said(trace: Trace | NodeTrace) -> list[str]:
    """Return every sentence of a trace."""
    below = trace.nodes if isinstance(trace, Trace) else trace.children
    inner = [list(each.sentences) if isinstance(each, ItemTrace) else said(each) for each in below]
    return [*trace.sentences, *(sentence for sentences in inner for sentence in sentences)]


def test_a_dropped_item_says_what_keeping_it_would_give() -> None:
    of, student = sheet(MEAN, "80/100 88/100 75.6/100", drop_lowest=1)

    trace = traced(of, student)

    assert "Q3 was dropped: keeping it would give 81.20, dropping it gives 84.00." in said(trace)
    assert "3 of 3 graded; drops 1." in said(trace)
    assert [child.is_dropped for child in trace.nodes[0].children] == [False, False, True]
    assert [child.contribution for child in trace.nodes[0].children] == [40, 44, 0]
    assert trace.nodes[0].formula == "the mean of the percentages, 1 dropped so that the rest is worth most"


def test_a_dropped_node_says_so_too() -> None:
    labs = [node(f"lab{number}", MEAN, item(f"l{number}"), weight=1) for number in range(2)]
    of = scheme(node("labs", MEAN, *labs, drop_lowest=1))

    trace = traced(of, row({"l0": 50, "l1": 90}))

    assert "Lab0 was dropped: keeping it would give 70.00, dropping it gives 90.00." in said(trace)
    assert [child.contribution for child in trace.nodes[0].children] == [0, 90]


def test_each_state_is_said_in_words() -> None:
    of = scheme(node("work", MEAN, *(item(key) for key in "abcdef"), expected_count=7))
    student = row({"a": MISSING, "b": EXCUSED, "c": UNGRADED, "d": NOT_DUE, "e": 80})

    sentences = said(traced(of, student))

    assert sentences == [
        "What counts so far, as if it made 100.",
        "2 of 5 graded.",
        "Missing: counts as 0, in the current total too.",
        "Excused: not counted.",
        "Handed in, not graded yet: not counted in the current total.",
        "Not due yet: not counted in the current total.",
        "Not assigned to you: not counted.",
        "Expected, not there yet: not counted in the current total.",
    ]
    assert "Not due yet: taken as full marks." in said(traced(of, student, mode=Mode.CEILING))
    assert "Everything that is pending taken as 0." in said(traced(of, student, mode=Mode.FLOOR))
    assert "Nothing is pending." in said(traced(scheme(node("work", MEAN, item("e"))), student, mode=Mode.FLOOR))
    assert "Nothing is pending." in said(traced(scheme(node("work", MEAN, item("e"))), student, mode=Mode.CEILING))
    as_pending = said(traced(replace(of, missing_is_pending=True), student))
    assert "Missing, and taken as pending: not counted in the current total." in as_pending


def test_lateness_and_its_penalty_travel_with_the_item() -> None:
    from_late = ItemRules(max_points=Decimal(100), zone=NEW_YORK)
    late = item_value(
        from_late, ItemFacts(tries=(ScoredTry(number=1, submitted_at=DUE, raw=Decimal(90)),), due_at=DUE), at=DUE
    )  # fmt: skip

    found = traced(scheme(node("work", MEAN, item("a"))), row({"a": late})).nodes[0].children[0]

    assert (found.raw, found.days_late, found.penalty) == (90, 0, 0)
    assert found.sentences == ("90 of 100 points.",)


def test_caps_and_extra_credit_are_components() -> None:
    of = scheme(
        node("work", POINTS, item("a", 50), cap_percent=Decimal(100)),
        node("bonus", MEAN, item("b"), weight=5, extra_credit=True),
        cap=Decimal(104), letters=CANVAS, letter_on=LetterOn.ROUNDED,
    )  # fmt: skip

    trace = traced(of, row({"a": 52, "b": 100}, extra=1), mode=Mode.FLOOR)

    assert trace.total == 104
    assert sorted(filter(None, trace.components())) == [-4, -2, 1, 5, 104]
    assert {
        "104.00 % is held to 100.00 %.",
        "Extra credit: added on top.",
        "The total is held to 104; the cap takes 2.",
        "The letter is read from the total as shown.",
    } <= set(said(trace))
    assert trace.nodes[0].formula == "all points earned, of all points possible, at most 100 %"


def test_a_rule_says_what_was_counted() -> None:
    ratio = ParticipationRule(below=Below.RATIO)
    linear = ParticipationRule(below=Below.LINEAR, threshold=5)
    step = ParticipationRule(below=Below.STEP, threshold=5)
    of = scheme(
        node("polls", Aggregation.RULE, rule=ratio, weight=50),
        node("forum", Aggregation.RULE, rule=linear, weight=25),
        node("talks", Aggregation.RULE, rule=step, weight=25),
    )
    counts = {"polls": Count(count=18, of=21, excused=1), "forum": Count(count=4, still_to_come=None),
              "talks": Count(count=2, still_to_come=3)}  # fmt: skip

    trace = traced(of, row({}, counts=counts))

    assert [one.formula for one in trace.nodes] == [
        "the part of what there was", "the part of 5 that was reached, at most all", "all for 5 or more, nothing below",
    ]  # fmt: skip
    assert [one.sentences[0] for one in trace.nodes] == [
        "18 counted of 21, 1 excused.", "4 counted so far.", "2 counted, 3 still to come.",
    ]  # fmt: skip
    assert "Nothing counts here yet, so that the rest counts for more." in trace.nodes[1].sentences
    assert "What counts weighs 50 and is taken as 100." in trace.sentences


def test_who_is_excused_reads_that_the_rest_counts_for_more() -> None:
    of = scheme(node("a", MEAN, item("x"), weight=50), node("b", MEAN, item("y"), weight=50), letters=CANVAS)

    trace = traced(of, row({"x": EXCUSED, "y": 80}))

    assert "Nothing counts here for you, so that the rest counts for more." in said(trace)
    assert "The letter is read from the unrounded total." in said(trace)
    assert trace.letter == "B-"


def test_without_anything_that_counts_there_is_nothing_to_add_up() -> None:
    trace = traced(scheme(node("a", MEAN, item("x"))), row({"x": NOT_DUE}, extra=1))

    assert trace.total is None
    assert list(trace.components()) == [0, 0, 0]
    assert "Nothing counts yet, so there is no total." in trace.sentences
    assert trace.to_json()["total"] is None


def test_the_best_way_to_weigh_is_named() -> None:
    other = scheme(node("f", MEAN, item("y")), name="the final alone")
    of = scheme(node("a", MEAN, item("x")), alternatives=(other,))

    assert "By the final alone, the best of 2 ways to weigh." in traced(of, row({"x": 50, "y": 60})).sentences
    assert "By the first way, the best of 2 ways to weigh." in traced(of, row({"x": 60, "y": 60})).sentences


def test_a_trace_travels_as_json_with_exact_fractions() -> None:
    inner = node("inner", MEAN, item("a", 3), item("b", 7), weight=1)
    of = scheme(node("outer", MEAN, inner, item("c")))

    found = json.loads(json.dumps(traced(of, row({"a": 1, "b": 7, "c": 0}, extra=2)).to_json()))

    assert found["total"] == {"exact": "106/3", "shown": "35.33"}
    assert found["nodes"][0]["children"][0]["path"] == ["Outer", "Inner"]
    assert found["nodes"][0]["children"][0]["children"][0]["contribution"] == {"exact": "25/3", "shown": "8.33"}
    assert found["nodes"][0]["children"][1]["state"] == "scored"
    assert found["adjustments"] == [{"contribution": {"exact": "2/1", "shown": "2.00"}, "reason": "Extra credit"}]
