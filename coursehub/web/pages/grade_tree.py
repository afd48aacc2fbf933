"""The scheme with every item of one student, as a page shows it."""

from dataclasses import dataclass
from fractions import Fraction

from coursehub.web import words
from coursehub.web.pages import own_words
from coursehub.web.pages.grade_items import Around, ItemPart, alone_part, item_part
from grading.engine.points import told
from grading.engine.scheme import Item, Node
from grading.engine.trace import ItemTrace, NodeTrace, Trace
from grading.gradebook.own import OwnGrades


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePart:
    """A part of the grade. ``items`` stand in it, ``parts`` are further ones below it."""

    id: str
    title: str
    level: int
    percent: str
    weight: str
    worth: str
    contribution: str
    exact: str
    formula: str
    said: str
    is_extra: bool
    is_dropped: bool
    items: tuple[ItemPart, ...]
    parts: tuple["NodePart", ...]


def tree_of(grades: OwnGrades, trace: Trace | None, around: Around) -> tuple[NodePart, ...]:
    """Return the parts of the grade; without a trace only what stands in them."""
    if grades.scheme is None:
        return ()
    if trace is None:
        return tuple(_bare(grades, node, around, level=0) for node in grades.scheme.nodes)
    return tuple(_node(grades, node, around, decimals=trace.decimals) for node in trace.nodes)


def apart_of(grades: OwnGrades, around: Around) -> tuple[ItemPart, ...]:
    """Return the assessments that do not count."""
    return tuple(alone_part(grades, one, around) for one in grades.apart)


def _node(
    grades: OwnGrades, node: NodeTrace, around: Around, *, decimals: int, parent: NodeTrace | None = None
) -> NodePart:
    said = [own_words.node_sum(node, parent, decimals), *node.sentences]
    if node.cap_effect:
        said.append(f"The cap takes {own_words.shown(-node.cap_effect, decimals)} course points.")
    return NodePart(
        id=f"part-{node.key}", title=node.path[-1], level=len(node.path) - 1,
        percent=words.DASH if node.percent is None else f"{own_words.shown(node.percent, decimals)} %",
        weight=told(node.weight), worth=own_words.shown(node.worth, decimals) if node.worth else "",
        contribution=own_words.shown(node.contribution, decimals),
        exact=own_words.exactly(node.contribution, decimals), formula=words.sentence_case(node.formula),
        said=" ".join(sentence for sentence in said if sentence), is_extra=node.is_extra,
        is_dropped=node.is_dropped,
        items=tuple(
            item_part(grades, child, around, decimals=decimals, parent=node)
            for child in node.children
            if isinstance(child, ItemTrace)
        ),
        parts=tuple(
            _node(grades, child, around, decimals=decimals, parent=node)
            for child in node.children
            if isinstance(child, NodeTrace)
        ),
    )  # fmt: skip


def _bare(grades: OwnGrades, node: Node, around: Around, *, level: int) -> NodePart:
    known = {one.pk: one for one in grades.assessments}
    return NodePart(
        id=f"part-{node.key}", title=node.name, level=level, percent="",
        weight="" if node.weight is None else told(Fraction(node.weight)), worth="", contribution="", exact="",
        formula="", said="", is_extra=node.extra_credit, is_dropped=False,
        items=tuple(
            alone_part(grades, known[child.key], around)
            for child in node.children
            if isinstance(child, Item) and isinstance(child.key, int) and child.key in known
        ),
        parts=tuple(
            _bare(grades, child, around, level=level + 1) for child in node.children if isinstance(child, Node)
        ),
    )  # fmt: skip
