"""The words of one's own grades: states, totals, and how a number came about."""

from collections.abc import Mapping
from fractions import Fraction

from coursehub.web import words
from coursehub.web.words import Look
from grading.engine.goals import Answer, Assumption, Need
from grading.engine.items import ItemState
from grading.engine.nodes import Mode
from grading.engine.points import rounded, told
from grading.engine.trace import ItemTrace, NodeTrace

NOTHING_YET = Look(key="queued", mark=words.DASH, word="Nothing yet")
FULL = Look(key="passed", mark="✓", word="Full points")
SOME = words.GRADED
NONE = Look(key="failed", mark="✗", word="Graded")
TO_COME = Look(key="queued", mark="…", word="Still to come")
STATES: Mapping[ItemState, Look] = {
    ItemState.NOT_ASSIGNED: Look(key="queued", mark=words.DASH, word="Not assigned to you"),
    ItemState.EXCUSED: Look(key="queued", mark=words.DASH, word="Excused"),
    ItemState.OVERRIDDEN: Look(key="queued", mark="✓", word="Set by staff"),
    ItemState.ZEROED: Look(key="failed", mark="✗", word="Set to 0"),
    ItemState.SUBMITTED_UNGRADED: Look(key="queued", mark="…", word="Waits for its grade"),
    ItemState.NOT_DUE: Look(key="queued", mark=words.DASH, word="Not due yet"),
    ItemState.MISSING: Look(key="failed", mark="✗", word="Missing"),
}
TOTALS: Mapping[Mode, tuple[str, str]] = {
    Mode.CURRENT: (
        "Current",
        "What is graded so far, as if it were the whole course. What is missing counts as 0; what is pending, not.",
    ),
    Mode.FLOOR: ("Floor", "Where you end if everything that is still pending earns nothing."),
    Mode.CEILING: ("Ceiling", "Where you end if everything that is still pending earns full marks."),
}
SETTLED = "Nothing is pending any more: this is where you stand at the end."
ASSUMED: Mapping[Assumption, str] = {
    Assumption.FLOOR: "everything else that is pending earns nothing",
    Assumption.CURRENT: "everything else that is pending goes as well as what counts so far in the same part",
    Assumption.CEILING: "everything else that is pending earns full marks",
}


def look_of(item: ItemTrace) -> Look:
    """Return how the state of an item is shown."""
    if item.state is None:
        return TO_COME
    if item.state is not ItemState.SCORED:
        return STATES[item.state]
    if not item.points:
        return NONE
    return FULL if item.max_points is not None and item.points >= item.max_points else SOME


def shown(value: Fraction | None, decimals: int) -> str:
    """Return a number rounded once, or a dash."""
    return words.DASH if value is None else f"{rounded(value, decimals):f}".replace("-", words.MINUS)


def exactly(value: Fraction, decimals: int) -> str:
    """Return the exact fraction where rounding hides something, else nothing."""
    if Fraction(rounded(value, decimals)) == value:
        return ""
    return f"{value.numerator}/{value.denominator}"


def percent(part: Fraction, whole: Fraction, decimals: int) -> str:
    """Return a part of a whole as a percentage."""
    return f"{shown(part * 100 / whole, decimals)} %"


def item_sum(item: ItemTrace, parent: NodeTrace | None, decimals: int) -> str:
    """Return how an item came to what it adds, in words and numbers."""
    if item.points is None or not item.worth or parent is None:
        return ""
    if not item.max_points:
        return f"{told(item.points)} points on top add {shown(item.contribution, decimals)} course points."
    together = parent.worth * item.weight / item.worth
    return (
        f"{told(item.points)} of {told(item.max_points)} points is {percent(item.points, item.max_points, decimals)}. "
        f"It weighs {told(item.weight)} of the {told(together)} that count in {parent.path[-1]}, so full marks would "
        f"add {shown(item.worth, decimals)} course points and this adds {shown(item.contribution, decimals)}."
    )


def node_sum(node: NodeTrace, parent: NodeTrace | None, decimals: int) -> str:
    """Return how a part came to what it adds, in words and numbers."""
    if node.percent is None or not node.worth:
        return ""
    return (
        f"{_stands_for(node, parent, decimals)}"
        f"{shown(node.percent, decimals)} % of {shown(node.worth, decimals)} course points is "
        f"{shown(node.contribution, decimals)}."
    )


def _stands_for(node: NodeTrace, parent: NodeTrace | None, decimals: int) -> str:
    worth = shown(node.worth, decimals)
    if parent is not None:
        return f"It stands for {worth} of the {shown(parent.worth, decimals)} course points of {parent.path[-1]}. "
    if node.is_extra or node.worth == node.weight:
        return ""
    return f"It weighs {told(node.weight)} of the {told(node.weight * 100 / node.worth)} that count: {worth} of 100. "


def need_sentence(need: Need, *, title: str, most: Fraction, goal: str, decimals: int) -> str:
    """Return what a goal asks for, as one sentence."""
    total = shown(need.total, decimals)
    if need.answer is Answer.REACHED:
        return f"{words.sentence_case(goal)} is safe already: even 0 on {title} leaves {total}."
    if need.answer is Answer.IMPOSSIBLE or need.points is None:
        return f"{words.sentence_case(goal)} is out of reach: the best possible is {total}, with full marks on {title}."
    points = Fraction(need.points)
    return (
        f"You need at least {told(points)} of {told(most)} points ({percent(points, most, decimals)}) on {title} for "
        f"{goal}. The total is then {total}."
    )
