"""The sentences of an explanation."""

from collections.abc import Iterator
from fractions import Fraction
from typing import assert_never

from grading.engine.items import ItemState
from grading.engine.nodes import ChildValue, Mode, NodeValue
from grading.engine.participation import Below, Count
from grading.engine.points import rounded, told
from grading.engine.scheme import Aggregation, LetterOn, Node, Scheme
from grading.engine.totals import HUNDRED, Sum

_FORMULAS = {
    Aggregation.POINTS: "all points earned, of all points possible",
    Aggregation.MEAN: "the mean of the percentages",
    Aggregation.WEIGHTED: "the percentages by their weights",
    Aggregation.COURSE_POINTS: "the percentages by the course points that each is worth",
    Aggregation.RULE: "a count",
}
_STATES = {
    ItemState.NOT_ASSIGNED: "Not assigned to you: not counted.",
    ItemState.EXCUSED: "Excused: not counted.",
    ItemState.OVERRIDDEN: "Set by staff.",
    ItemState.ZEROED: "Set to 0 for a matter of integrity.",
    ItemState.SUBMITTED_UNGRADED: "Handed in, not graded yet",
    ItemState.NOT_DUE: "Not due yet",
    ItemState.MISSING: "Missing: counts as 0, in the current total too.",
}
_PENDING = {
    Mode.CURRENT: "not counted in the current total.",
    Mode.FLOOR: "taken as 0.",
    Mode.CEILING: "taken as full marks.",
}


def formula(node: Node) -> str:
    """Return in words how the node's value is made."""
    words = _rule(node) if node.rule else _FORMULAS[node.counts_by]
    if node.drop_lowest:
        words += f", {node.drop_lowest} dropped so that the rest is worth most"
    if node.drop_highest:
        words += f", without the {node.drop_highest} highest"
    if node.cap_percent is not None:
        words += f", at most {told(Fraction(node.cap_percent))} %"
    return words


def item_sentences(value: NodeValue, child: ChildValue, decimals: int, mode: Mode) -> Iterator[str]:
    """Yield what there is to say of an item."""
    if child.value is None:
        yield f"Expected, not there yet: {_PENDING[mode]}"
    elif child.is_pending and child.value.state is ItemState.MISSING:
        yield f"Missing, and taken as pending: {_PENDING[mode]}"
    elif child.is_pending:
        yield f"{_STATES[child.value.state]}: {_PENDING[mode]}"
    elif child.value.steps:
        yield from (step.sentence for step in child.value.steps)
    elif child.value.state in _STATES:
        yield _STATES[child.value.state]
    if child.is_dropped:
        yield _dropped(value, child, decimals)


def node_sentences(value: NodeValue, decimals: int) -> Iterator[str]:
    """Yield what there is to say of a node."""
    node = value.node
    children = [child for child in value.children if not child.is_extra]
    graded = sum(1 for child in children if child.earned is not None and not child.is_pending)
    pending = sum(1 for child in children if child.is_pending)
    drops = sum(1 for child in children if child.is_dropped)
    if pending or drops:
        ending = f"; drops {drops}" if node.drop_lowest or node.drop_highest else ""
        yield f"{graded} of {graded + pending} graded{ending}."
    for child in children:
        if child.is_dropped and child.node is not None:
            yield _dropped(value, child, decimals)
    if value.count is not None:
        yield _counted(value.count)
    if value.ratio is None:
        yield (
            "Nothing counts here yet, so that the rest counts for more."
            if value.is_pending
            else ("Nothing counts here for you, so that the rest counts for more.")
        )
    elif value.is_extra_alone or node.extra_credit:
        yield "Extra credit: added on top."
    if value.ratio is not None and value.uncapped is not None and value.ratio < value.uncapped:
        yield f"{_percent(value.uncapped, decimals)} is held to {_percent(value.ratio, decimals)}."


def total_sentences(scheme: Scheme, found: Sum, mode: Mode, cap_effect: Fraction) -> Iterator[str]:
    """Yield what there is to say of a total."""
    match mode:
        case Mode.CURRENT:
            yield "What counts so far, as if it made 100."
        case Mode.FLOOR:
            yield "Everything that is pending taken as 0." if found.is_pending else "Nothing is pending."
        case Mode.CEILING:
            yield "Everything that is pending taken as full marks." if found.is_pending else "Nothing is pending."
        case _:  # pragma: no cover
            assert_never(mode)
    if scheme.alternatives:
        yield f"By {found.scheme.name or 'the first way'}, the best of {1 + len(scheme.alternatives)} ways to weigh."
    if found.total is None:
        yield "Nothing counts yet, so there is no total."
        return
    if found.weight != HUNDRED:
        yield f"What counts weighs {told(found.weight)} and is taken as 100."
    if cap_effect:
        yield f"The total is held to {told(found.total)}; the cap takes {told(-cap_effect)}."
    if scheme.letters:
        read = "the total as shown" if scheme.letter_on is LetterOn.ROUNDED else "the unrounded total"
        yield f"The letter is read from {read}."


def _dropped(value: NodeValue, child: ChildValue, decimals: int) -> str:
    """Say what the node would be worth if this child counted beside all that count."""
    earned = (value.uncapped or Fraction(0)) * value.weight + (child.earned or Fraction(0))
    keeping = _shown(earned / (value.weight + child.weight) * HUNDRED, decimals)
    dropping = _shown((value.uncapped or Fraction(0)) * HUNDRED, decimals)
    return f"{child.title} was dropped: keeping it would give {keeping}, dropping it gives {dropping}."


def _rule(node: Node) -> str:
    rule = node.rule
    if rule is None or rule.below is Below.RATIO:
        return "the part of what there was"
    if rule.below is Below.STEP:
        return f"all for {rule.threshold} or more, nothing below"
    return f"the part of {rule.threshold} that was reached, at most all"


def _counted(count: Count) -> str:
    words = f"{count.count} counted"
    if count.of:
        words += f" of {count.of}"
    if count.excused:
        words += f", {count.excused} excused"
    if count.still_to_come:
        words += f", {count.still_to_come} still to come"
    elif count.still_to_come is None:
        words += " so far"
    return f"{words}."


def _percent(ratio: Fraction, decimals: int) -> str:
    return f"{_shown(ratio * HUNDRED, decimals)} %"


def _shown(value: Fraction, decimals: int) -> str:
    return f"{rounded(value, decimals):f}"
