"""From the rows of a scheme to the engine's value of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.engine.participation import Below, Ties
from grading.engine.participation import ParticipationRule as EngineRule
from grading.engine.scheme import Aggregation, Item, LetterOn, Node, Scheme
from grading.engine.scheme import LetterCutoff as EngineCutoff
from grading.gradebook.models import GradeNode, GradingScheme, LetterCutoff, ParticipationRule

HUNDRED = Decimal(100)
_Children = Mapping[int | None, list[GradeNode]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeRows:
    """The rows of a scheme, and all assessments of its offering."""

    scheme: GradingScheme | None
    nodes: tuple[GradeNode, ...]
    """In order, each with its ``rule`` where it has one."""
    letters: tuple[LetterCutoff, ...]
    assessments: tuple[Assessment, ...]
    """Those that stand in no node too, each once, in order."""
    placed: Mapping[int, list[Assessment]]
    """By the primary key of their node."""

    @classmethod
    def of(cls, offering: Offering) -> "SchemeRows":
        """Fetch them, in two queries: each node once for every letter, each assessment once for every node."""
        rows = GradeNode.objects.filter(scheme__offering=offering).select_related("rule", "scheme")
        nodes: dict[int, GradeNode] = {}
        letters: dict[str, LetterCutoff] = {}
        for node in rows.annotate(letter=F("scheme__letters__label"), bound=F("scheme__letters__lower_bound")).order_by(
            "order", "pk"
        ):
            nodes.setdefault(node.pk, node)
            if node.letter is not None:
                letters.setdefault(node.letter, LetterCutoff(label=node.letter, lower_bound=node.bound))
        some = next(iter(nodes.values()), None)
        scheme = some.scheme if some else GradingScheme.objects.filter(offering=offering).first()
        placements = Assessment.objects.filter(offering=offering).annotate(node=F("grade_nodes"))
        found: dict[int, Assessment] = {}
        placed: dict[int, list[Assessment]] = {}
        for row in placements.order_by("order", "due_at", "pk"):
            row.offering = offering
            one = found.setdefault(row.pk, row)
            if row.node is not None:
                placed.setdefault(row.node, []).append(one)
        return cls(
            scheme=scheme, nodes=tuple(nodes.values()),
            letters=tuple(sorted(letters.values(), key=lambda one: one.lower_bound, reverse=True)),
            assessments=tuple(found.values()), placed=placed,
        )  # fmt: skip

    def as_scheme(self) -> Scheme | None:
        """Return the engine's value of it, or None where nobody has written one."""
        if self.scheme is None:
            return None
        children: dict[int | None, list[GradeNode]] = {}
        for node in self.nodes:
            children.setdefault(node.parent_id, []).append(node)
        row = self.scheme
        return Scheme(
            nodes=tuple(_node(node, None, children, self.placed) for node in children.get(None, ())),
            letters=tuple(EngineCutoff(label=one.label, lower_bound=one.lower_bound) for one in self.letters),
            decimals=row.decimals, letter_on=LetterOn(row.letter_on), cap=row.cap,
            missing_is_pending=row.missing_is_pending,
        )  # fmt: skip

    def rules(self) -> dict[str, ParticipationRule]:
        """Return the rules of taking part, each with its ``node``, by the node's key."""
        return {node.key: node.rule for node in self.nodes if hasattr(node, "rule")}


def scheme_of(offering: Offering) -> Scheme | None:
    """Return how the offering grades, in two queries, or None where nobody has written it.

    What is not said stays unsaid: ``grading.engine.problems`` tells, and totals are refused where it matters. Keys are
    primary keys for assessments and the nodes' own keys for nodes. What stands in no node does not count.
    """
    return SchemeRows.of(offering).as_scheme()


def _node(
    node: GradeNode, parent: GradeNode | None, children: _Children, assessments: Mapping[int, list[Assessment]]
) -> Node:
    rule: ParticipationRule | None = getattr(node, "rule", None)
    inner = [_node(child, node, children, assessments) for child in children.get(node.pk, ())]
    items = [_item(one) for one in assessments.get(node.pk, ())]
    is_unsaid = node.aggregation == GradeNode.Aggregation.UNSAID or (
        rule is not None and rule.below == ParticipationRule.Below.UNSAID
    )
    return Node(
        key=node.key, title=node.label, weight=_weight(node, parent),
        aggregation=None if is_unsaid else Aggregation(node.aggregation), children=(*items, *inner),
        rule=None if rule is None else _rule(rule), drop_lowest=node.drop_lowest, drop_highest=node.drop_highest,
        extra_credit=node.is_extra_credit, cap_percent=node.cap, expected_count=node.expected_count,
        max_points=_points_in_all(items, inner) if parent and parent.aggregation == Aggregation.POINTS else None,
    )  # fmt: skip


def _weight(node: GradeNode, parent: GradeNode | None) -> Decimal | None:
    """Return a weight in the unit that the parent adds up in: a share becomes course points where those are summed."""
    is_share = node.weight_unit == GradeNode.WeightUnit.SHARE
    if node.weight is None or parent is None or not is_share:
        return node.weight
    if parent.aggregation == GradeNode.Aggregation.COURSE_POINTS and parent.weight is not None:
        return parent.weight * node.weight / HUNDRED
    return node.weight


def _points_in_all(items: list[Item], inner: list[Node]) -> Decimal:
    own = sum((item.max_points for item in items), Decimal(0))
    return own + sum((node.max_points or Decimal(0) for node in inner), Decimal(0))


def _item(assessment: Assessment) -> Item:
    return Item(
        key=assessment.pk, title=assessment.title, max_points=assessment.max_points, due_at=assessment.due_at
    )  # fmt: skip


def _rule(rule: ParticipationRule) -> EngineRule:
    """Return the rule; where nobody said what fewer are worth, in proportion, and the node stays unsaid."""
    below = rule.below
    if below == ParticipationRule.Below.UNSAID:
        below = Below.RATIO if rule.threshold is None else Below.LINEAR
    bonus = rule.bonus_top if rule.bonus_course_points else None
    return EngineRule(
        below=Below(below), threshold=rule.threshold, excused_shrinks=rule.excused_shrinks, bonus_top_n=bonus or 0,
        bonus_course_points=rule.bonus_course_points or Decimal(0), ties=Ties(rule.ties),
    )  # fmt: skip
