"""A content's grading table as the scheme that the engine computes with, and what keeps it from being published."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.known import Path, nodes_of
from coursehub.publishing.moments import moments_of
from coursehub.publishing.schema import NodeEntry, RuleEntry
from grading.engine.participation import Below, ParticipationRule, Ties
from grading.engine.problems import problems
from grading.engine.scheme import Aggregation, Item, Key, LetterCutoff, LetterOn, Node, Scheme
from grading.gradebook.models import GradeNode
from grading.gradebook.models import ParticipationRule as RuleRow

HUNDRED = Decimal(100)
ZERO = Decimal(0)
_SHARE = GradeNode.WeightUnit.SHARE


def item_key(assessment: str) -> Key:
    """Return the key of an assessment in a scheme: a row of the table may be called the same."""
    return f"assessment:{assessment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeProblem:
    """What keeps a scheme from being published. `node` is the row it is about; empty: the table as a whole."""

    node: str
    path: Path
    sentence: str
    stops_totals: bool


def scheme_of(
    content: OfferingContent,
    *,
    item: Callable[[str], Key] = item_key,
    node: Callable[[str], Key] = str,
) -> Scheme:
    """Return the scheme of a content. `item` and `node` give the keys of assessments and of rows."""
    file = content.grading
    made = _Making(content=content, due=_due(content), item=item, node=node)
    return Scheme(
        nodes=tuple(made.node_of(entry, whole=None, above=None) for entry in file.nodes),
        name=content.offering.course.title,
        letters=tuple(LetterCutoff(label=label, lower_bound=bound) for label, bound in file.letters.items()),
        decimals=file.decimals,
        letter_on=LetterOn(file.letter_on.value),
        cap=file.cap,
        missing_is_pending=file.missing_is_pending,
    )


def problems_of(content: OfferingContent) -> tuple[SchemeProblem, ...]:
    """Return everything that keeps the grading table from being published, the table as a whole first."""
    places = {entry.key: path for path, entry in nodes_of(content.grading.nodes)}
    rows = {key: key for key in places}
    titles: dict[str, str] = {}
    for _, entry in nodes_of(content.grading.nodes):
        for key in entry.assessments:
            rows[str(item_key(key))] = entry.key
            titles[str(item_key(key))] = content.assessments[key].title if key in content.assessments else key
    found = [
        SchemeProblem(
            node=(row := "" if problem.key is None else rows.get(str(problem.key), "")),
            path=places.get(row, ("grading", "nodes")),
            sentence=_titled(problem.sentence, titles),
            stops_totals=problem.stops_totals,
        )
        for problem in problems(scheme_of(content))
    ]
    found += _unsaid(content)
    return tuple(sorted(found, key=lambda problem: problem.node != ""))


def course_points_of(content: OfferingContent) -> dict[str, Decimal | None]:
    """Return what each row is worth of the course's hundred, by key, whichever way it is written; None: not said."""

    def found(entries: Sequence[NodeEntry], whole: Decimal | None) -> Iterator[tuple[str, Decimal | None]]:
        for entry in entries:
            points = _course_points(entry, whole)
            yield entry.key, points
            yield from found(entry.parts, points)

    return dict(found(content.grading.nodes, HUNDRED))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    content: OfferingContent
    due: Mapping[str, datetime | None]
    item: Callable[[str], Key]
    node: Callable[[str], Key]

    def node_of(self, entry: NodeEntry, *, whole: Decimal | None, above: Aggregation | None) -> Node:
        """Return a row; `whole` is the weight of the row above, and `above` how that one counts."""
        weight = (
            _course_points(entry, whole) if above is Aggregation.COURSE_POINTS and whole is not None else entry.weight
        )
        way = None if entry.aggregation is GradeNode.Aggregation.UNSAID else Aggregation(entry.aggregation.value)
        items = [self._item(key) for key in entry.assessments if key in self.content.assessments]
        parts = [self.node_of(part, whole=weight, above=way) for part in entry.parts]
        own = sum((one.max_points for one in items), ZERO) + sum((part.max_points or ZERO for part in parts), ZERO)
        return Node(
            key=self.node(entry.key),
            title=entry.label,
            weight=weight,
            aggregation=way,
            children=(*items, *parts),
            rule=_rule(entry.rule),
            drop_lowest=entry.drop_lowest,
            drop_highest=entry.drop_highest,
            extra_credit=entry.extra_credit,
            cap_percent=entry.cap,
            max_points=own if above is Aggregation.POINTS else None,
            expected_count=entry.expected_count,
        )

    def _item(self, key: str) -> Item:
        assessment = self.content.assessments[key]
        return Item(
            key=self.item(key), max_points=assessment.max_points, title=assessment.title, due_at=self.due.get(key)
        )


def _course_points(entry: NodeEntry, whole: Decimal | None) -> Decimal | None:
    if entry.weight is None or entry.unit is not _SHARE:
        return entry.weight
    return None if whole is None else entry.weight * whole / HUNDRED


def _rule(entry: RuleEntry | None) -> ParticipationRule | None:
    if entry is None:
        return None
    unsaid = Below.RATIO if entry.threshold is None else Below.LINEAR
    return ParticipationRule(
        below=unsaid if entry.below is RuleRow.Below.UNSAID else Below(entry.below.value),
        threshold=entry.threshold,
        excused_shrinks=entry.excused_shrinks,
        bonus_top_n=entry.bonus_top or 0,
        bonus_course_points=entry.bonus_course_points or ZERO,
        ties=Ties(entry.ties.value),
    )


def _due(content: OfferingContent) -> dict[str, datetime | None]:
    return {key: moment for (key, which), moment in moments_of(content).items() if which == "due"}


def _titled(sentence: str, titles: Mapping[str, str]) -> str:
    for key, title in sorted(titles.items(), key=itemgetter(0), reverse=True):
        sentence = sentence.replace(key, f"“{title}”")
    return sentence


def _unsaid(content: OfferingContent) -> Iterator[SchemeProblem]:
    for path, entry in nodes_of(content.grading.nodes):
        if entry.rule is not None and entry.rule.below is RuleRow.Below.UNSAID:
            sentence = f"{entry.label}: say what counts below full credit: in proportion, nothing, or the part of all."
            yield SchemeProblem(node=entry.key, path=path, sentence=sentence, stops_totals=False)
        shares = [part for part in entry.parts if part.unit is _SHARE and not part.extra_credit]
        said = [part.weight for part in shares if part.weight is not None]
        if said and len(said) == len(shares) == len(entry.parts) and sum(said) != HUNDRED:
            sentence = f"{entry.label}: the shares of its parts make {sum(said):f}, not 100: change one."
            yield SchemeProblem(node=entry.key, path=path, sentence=sentence, stops_totals=False)
        if len({part.unit for part in entry.parts if part.weight is not None}) > 1:
            sentence = f"{entry.label}: its parts are weighed partly in course points and partly in shares: choose one."
            yield SchemeProblem(node=entry.key, path=path, sentence=sentence, stops_totals=False)
