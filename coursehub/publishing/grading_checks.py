"""Whether the rows of a grading table point somewhere, and, as far as it is asked, add up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from coursehub.publishing.content import Finding, OfferingContent
from coursehub.publishing.known import Known, Path, nodes_of, strangers
from coursehub.publishing.schema import NodeEntry
from coursehub.publishing.schemes import problems_of
from grading.gradebook.models import GradeNode, GradingScheme

HUNDRED = Decimal(100)


def findings(content: OfferingContent, known: Known) -> Iterator[Finding]:
    """Yield rows that point nowhere, and everything that keeps a table from being published where it says it is."""
    seen: Counter[str] = Counter()
    for path, node in nodes_of(content.grading.nodes):
        seen[node.key] += 1
        if seen[node.key] == 2:
            yield Finding((*path, "key"), f"“{node.key}” is the key of another row; each needs its own.")
        yield from strangers((*path, "assessments"), node.assessments, known.assessments, "assessment")
    starts: dict[Decimal, str] = {}
    for label, bound in content.grading.letters.items():
        if (other := starts.setdefault(bound, label)) != label:
            yield Finding(("grading", "letters", label), f"“{other}” starts at {bound:f} too; each needs its own.")
    is_known = known.nodes is not None and known.assessments is not None
    if content.grading.status is GradingScheme.Status.PUBLISHED and is_known and max(seen.values(), default=0) < 2:
        for problem in problems_of(content):
            yield Finding(problem.path, problem.sentence)


def sums(content: OfferingContent) -> Iterator[Finding]:
    """Yield parts that do not make up their whole. Only files are asked: a draft in the browser is saved as it is."""
    if content.grading.status is GradingScheme.Status.PUBLISHED:
        return
    for path, node in nodes_of(content.grading.nodes):
        yield from _sum((*path, "parts"), node.parts, node)
    yield from _sum(("grading", "nodes"), content.grading.nodes, None)


def _sum(path: Path, nodes: Sequence[NodeEntry], parent: NodeEntry | None) -> Iterator[Finding]:
    for unit in GradeNode.WeightUnit:
        rows = [node for node in nodes if node.unit == unit and not node.extra_credit]
        whole = HUNDRED if parent is None or unit == GradeNode.WeightUnit.SHARE else parent.weight
        weights = [node.weight for node in rows if node.weight is not None]
        if not rows or whole is None or len(weights) < len(rows) or len(rows) < len(_counting(nodes)):
            continue
        if (total := sum(weights, Decimal(0))) != whole:
            place = "The weights" if parent is None else f"The parts of “{parent.label}”"
            yield Finding(path, f"{place} add up to {total:f}, not to {whole:f}.")


def _counting(nodes: Sequence[NodeEntry]) -> list[NodeEntry]:
    return [node for node in nodes if not node.extra_credit]
