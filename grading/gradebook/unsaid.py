"""What a course has not said of its grading yet, in words for students: calm, and without advice to staff."""

from collections.abc import Iterator
from decimal import Decimal

from grading.engine.participation import Below
from grading.engine.scheme import Aggregation, Item, Node, Scheme

_HUNDRED = Decimal(100)
_BY_WEIGHT = frozenset({Aggregation.WEIGHTED, Aggregation.COURSE_POINTS})


def unsaid_of(scheme: Scheme | None) -> tuple[str, ...]:
    """Return what is not said, each as a sentence; empty where everything is."""
    if scheme is None or not scheme.nodes:
        return ("How the grade of this course is made up.",)
    return tuple(_of(scheme))


def _of(scheme: Scheme) -> Iterator[str]:
    for path, child in scheme.walk():
        parent = path[-1] if path else None
        name = child.title or str(child.key)
        if child.weight is None and (parent is None or parent.counts_by in _BY_WEIGHT):
            yield f"What {name} weighs."
        if isinstance(child, Item) or child.aggregation is not None:
            continue
        if child.rule is not None:
            yield _of_rule(child, name)
        elif len(child.children) > 1:
            yield f"How the parts of {name} count together: by their points, or each percentage alike."
    weights = [node.weight for node in scheme.nodes if not node.extra_credit]
    known = [weight for weight in weights if weight is not None]
    together = sum(known, Decimal(0))
    if len(known) == len(weights) and together != _HUNDRED:
        yield f"What makes up the 100 points of the course: the weights that are said make {together.normalize():f}."


def _of_rule(node: Node, name: str) -> str:
    rule = node.rule
    if rule is None or rule.below is Below.RATIO or rule.threshold is None:
        return f"How taking part is counted in {name}; in proportion, as long as nothing else is said."
    return f"What fewer than {rule.threshold} are worth in {name}; in proportion, as long as nothing else is said."
