"""What is wrong with a scheme, as sentences for its author. A scheme with problems is not published."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from grading.engine.participation import Below, ParticipationRule
from grading.engine.scheme import Aggregation, DropBy, Item, Key, Node, Scheme

HUNDRED = Decimal(100)
_BY_WEIGHT = frozenset({Aggregation.WEIGHTED, Aggregation.COURSE_POINTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that keeps a scheme from being published. `key` names the node or item; None: the scheme itself."""

    key: Key | None
    sentence: str
    stops_totals: bool = False
    """Whether totals cannot be computed at all, so that there is no preview either."""


class SchemeCannotBeComputed(ValueError):
    """The scheme leaves open how totals are made. The message holds its problems as sentences."""


def problems(scheme: Scheme) -> list[Problem]:
    """Return everything that is wrong with the scheme and its alternatives; nothing where it can be published."""
    found = [*_of_tree(scheme), *_of_letters(scheme)]
    for alternative in scheme.alternatives:
        name = alternative.name or "The other way to weigh"
        found += [replace(problem, sentence=f"{name}: {problem.sentence}") for problem in _of_tree(alternative)]
        if alternative.alternatives:
            found.append(Problem(key=None, sentence="An alternative cannot have alternatives of its own."))
    return found


def check_computable(scheme: Scheme) -> None:
    """Raise ``SchemeCannotBeComputed`` where totals cannot be made."""
    sentences = [problem.sentence for problem in problems(scheme) if problem.stops_totals]
    if sentences:
        raise SchemeCannotBeComputed(" ".join(sentences))


def _of_tree(scheme: Scheme) -> Iterator[Problem]:
    yield from _of_totals(scheme)
    for path, child in scheme.walk():
        if isinstance(child, Node):
            yield from _of_node(child)
            yield from _of_drops(child)
        yield from _of_place(path[-1] if path else None, child)


def _of_totals(scheme: Scheme) -> Iterator[Problem]:
    if not scheme.nodes:
        yield Problem(key=None, sentence="The scheme has no nodes: add what the course counts.")
        return
    total = sum((node.weight or Decimal(0) for node in scheme.nodes if not node.extra_credit), Decimal(0))
    if total != HUNDRED:
        sentence = f"The weights make {total:f}, not 100: change them so that they do. Extra credit is not counted."
        yield Problem(key=None, sentence=sentence)
    keys = Counter(child.key for _, child in scheme.walk())
    for key, number in keys.items():
        if number > 1:
            yield Problem(key=key, sentence=f"{key} is in the scheme {number} times: keep one.", stops_totals=True)
    if not 0 <= scheme.decimals <= 6:
        yield Problem(key=None, sentence="Totals are shown with 0 to 6 decimals.", stops_totals=True)


def _of_letters(scheme: Scheme) -> Iterator[Problem]:
    bounds = [cutoff.lower_bound for cutoff in scheme.letters]
    if bounds and min(bounds) != 0:
        yield Problem(key=None, sentence="The lowest letter must start at 0, so that every total has a letter.")
    if len(set(bounds)) < len(bounds):
        yield Problem(key=None, sentence="Two letters start at the same total: give each its own.")
    if len({cutoff.label for cutoff in scheme.letters}) < len(bounds):
        yield Problem(key=None, sentence="A letter is there twice: name each once.")


def _of_node(node: Node) -> Iterator[Problem]:
    if node.aggregation is None and (len(node.children) > 1 or node.rule is not None):
        sentence = f"{node.name}: say how its items count together: the sum of points or the mean of percentages."
        yield Problem(key=node.key, sentence=sentence, stops_totals=len(node.children) > 1)
    if (node.counts_by is Aggregation.RULE) != (node.rule is not None) and node.aggregation is not None:
        sentence = f"{node.name}: a rule of taking part and the aggregation “rule” go together."
        yield Problem(key=node.key, sentence=sentence, stops_totals=True)
    if node.rule is not None:
        yield from _of_rule(node, node.rule)
        if node.children:
            yield Problem(key=node.key, sentence=f"{node.name}: a rule counts events, so it has no items below it.")
    if node.cap_percent is not None and node.cap_percent < 0:
        yield Problem(key=node.key, sentence=f"{node.name}: the cap cannot be negative.")
    if node.counts_by is Aggregation.COURSE_POINTS and node.children:
        parts = sum((child.weight or Decimal(0) for child in node.children if not child.extra_credit), Decimal(0))
        if parts != (node.weight or Decimal(0)):
            sentence = f"{node.name}: its parts make {parts:f} course points, not {node.weight or 0}: change one."
            yield Problem(key=node.key, sentence=sentence)
    if node.expected_count is not None and node.counts_by in _BY_WEIGHT:
        sentence = (
            f"{node.name}: with weights of their own, items to come must be named; an expected number is not enough."
        )
        yield Problem(key=node.key, sentence=sentence)
    if node.counts_by is Aggregation.WEIGHTED and node.children:
        yield from _of_weights(node)


def _of_weights(node: Node) -> Iterator[Problem]:
    if not any(child.weight for child in node.children if not child.extra_credit):
        yield Problem(key=node.key, sentence=f"{node.name}: none of its children has a weight above 0.")


def _of_rule(node: Node, rule: ParticipationRule) -> Iterator[Problem]:
    if rule.below is not Below.RATIO and (rule.threshold is None or rule.threshold < 1):
        yield Problem(
            key=node.key, sentence=f"{node.name}: say how many are enough for full credit.", stops_totals=True
        )
    if rule.bonus_top_n < 0 or (rule.bonus_top_n > 0) != (rule.bonus_course_points > 0):
        sentence = f"{node.name}: a bonus for the most active needs both how many get it and how many course points."
        yield Problem(key=node.key, sentence=sentence)


def _of_drops(node: Node) -> Iterator[Problem]:
    if min(node.drop_lowest, node.drop_highest) < 0:
        sentence = f"{node.name}: a number of dropped items cannot be negative."
        yield Problem(key=node.key, sentence=sentence, stops_totals=True)
    if node.drop_highest and node.counts_by is not Aggregation.MEAN:
        sentence = f"{node.name}: the highest can be dropped only from a mean; otherwise better work could cost points."
        yield Problem(key=node.key, sentence=sentence, stops_totals=True)
    if node.drop_by is not DropBy.OPTIMAL:
        sentence = (
            f"{node.name}: dropping the lowest {node.drop_by} lets better work cost points: drop what helps most."
        )
        yield Problem(key=node.key, sentence=sentence)
    dropped = node.drop_lowest + node.drop_highest
    droppable = sum(1 for child in node.children if child.droppable and not child.extra_credit)
    expected = max(droppable, node.expected_count or 0)
    if dropped and expected and dropped >= expected:
        yield Problem(key=node.key, sentence=f"{node.name}: it drops {dropped} of {expected}, which leaves none.")


def _of_place(parent: Node | None, child: Item | Node) -> Iterable[Problem]:
    name = child.title or str(child.key)
    if child.weight is None and (parent is None or parent.counts_by in _BY_WEIGHT):
        yield Problem(key=child.key, sentence=f"{name} has no weight: give it one, or 0.", stops_totals=True)
    if child.weight is not None and child.weight < 0:
        yield Problem(key=child.key, sentence=f"{name}: a weight cannot be negative.", stops_totals=True)
    beside_points = parent is not None and parent.counts_by is Aggregation.POINTS
    if isinstance(child, Node):
        if beside_points and not child.max_points:
            sentence = f"{name} stands in a sum of points: say how many points it has in all."
            yield Problem(key=child.key, sentence=sentence, stops_totals=True)
        return
    if child.max_points < 0:
        yield Problem(key=child.key, sentence=f"{name}: its points cannot be negative.", stops_totals=True)
    if child.max_points == 0 and not (child.extra_credit and beside_points):
        sentence = f"{name} has 0 possible points; only extra credit in a sum of points can."
        yield Problem(key=child.key, sentence=sentence)
    if child.granularity <= 0:
        sentence = f"{name}: the step of a score, {child.granularity:f}, must be above 0."
        yield Problem(key=child.key, sentence=sentence, stops_totals=True)
