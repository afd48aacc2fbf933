"""What a scheme's sentences leave open, in numbers: the class computed as written, and as somebody else may read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from grading.engine.class_totals import totals_of_class
from grading.engine.participation import Below, Ties
from grading.engine.rows import StudentRow
from grading.engine.scheme import Aggregation, DropBy, Item, Key, LetterOn, Node, Scheme

_WAYS = {Aggregation.POINTS: "sum of grades", Aggregation.MEAN: "mean of percentages"}
_DROPS = {
    DropBy.OPTIMAL: "dropping what helps most",
    DropBy.PERCENT: "dropping the lowest percentage",
    DropBy.POINTS: "dropping the fewest points",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A choice and its other reading. `key` names the node, None the whole scheme; both are compared as shown."""

    key: Key | None
    choice: str
    other: str
    students: int
    differing: int
    letters: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variant:
    key: Key | None
    name: str
    choice: str
    other: str
    scheme: Scheme


def readings(scheme: Scheme, rows: Sequence[StudentRow]) -> list[Reading]:
    """Return every other way to read the scheme and whom it would change; where nobody has said, against the sum.

    Compares current totals. Raises ``SchemeCannotBeComputed`` where something else keeps totals from being made.
    """
    said = _said(scheme)
    return [_compared(said, variant, rows) for variant in _variants(said)]


def with_node(scheme: Scheme, changed: Node) -> Scheme:
    """Return the scheme with another node in the place of the one with its key."""
    return replace(scheme, nodes=tuple(_with_node(node, changed) for node in scheme.nodes))


def _with_node(node: Node, changed: Node) -> Node:
    if node.key == changed.key:
        return changed
    children = tuple(_with_node(child, changed) if isinstance(child, Node) else child for child in node.children)
    return replace(node, children=children)  # fmt: skip


def _said(scheme: Scheme) -> Scheme:
    for _, node in scheme.walk():
        if isinstance(node, Node) and node.aggregation is None and node.rule is None:
            way = Aggregation.POINTS if _can_be_a_sum(node) else Aggregation.MEAN
            scheme = _with_aggregation(scheme, node.key, way)
    return scheme


def _with_aggregation(scheme: Scheme, key: Key, way: Aggregation) -> Scheme:
    node = next(child for _, child in scheme.walk() if isinstance(child, Node) and child.key == key)
    return with_node(scheme, replace(node, aggregation=way))


def _variants(scheme: Scheme) -> Iterator[_Variant]:
    for _, node in scheme.walk():
        if isinstance(node, Node):
            for choice, other, changed in _of_node(node):
                yield _Variant(
                    key=node.key, name=node.name, choice=choice, other=other, scheme=with_node(scheme, changed)
                )
    if scheme.letters:
        other_on = LetterOn.ROUNDED if scheme.letter_on is LetterOn.UNROUNDED else LetterOn.UNROUNDED
        yield _Variant(
            key=None, name="Letters", choice=f"letters from {scheme.letter_on} totals",
            other=f"letters from {other_on} totals", scheme=replace(scheme, letter_on=other_on),
        )  # fmt: skip
    ways = ("missing work as 0", "missing work as pending")
    yield _Variant(
        key=None, name="Missing work", choice=ways[scheme.missing_is_pending],
        other=ways[not scheme.missing_is_pending],
        scheme=replace(scheme, missing_is_pending=not scheme.missing_is_pending),
    )  # fmt: skip


def _of_node(node: Node) -> Iterator[tuple[str, str, Node]]:
    several = sum(1 for child in node.children if not child.extra_credit) > 1
    if several and node.counts_by is Aggregation.MEAN and _can_be_a_sum(node):
        yield _WAYS[Aggregation.MEAN], _WAYS[Aggregation.POINTS], replace(node, aggregation=Aggregation.POINTS)
    if several and node.counts_by is Aggregation.POINTS and not _has_points_out_of_nothing(node):
        yield _WAYS[Aggregation.POINTS], _WAYS[Aggregation.MEAN], replace(node, aggregation=Aggregation.MEAN)
    if node.drop_lowest and not node.drop_highest and node.counts_by is not Aggregation.MEAN:
        for by in DropBy:
            if by is not node.drop_by:
                yield _DROPS[node.drop_by], _DROPS[by], replace(node, drop_by=by)
    rule = node.rule
    if rule is None:
        return
    if rule.below is not Below.RATIO:
        other = Below.STEP if rule.below is Below.LINEAR else Below.LINEAR
        words = {Below.LINEAR: "a part for fewer", Below.STEP: "nothing for fewer"}
        yield words[rule.below], words[other], replace(node, rule=replace(rule, below=other))
    if rule.bonus_top_n:
        ties = Ties.EXCLUDE if rule.ties is Ties.INCLUDE else Ties.INCLUDE
        choice, other_words = f"ties for the bonus {rule.ties}d", f"ties for the bonus {ties}d"
        yield choice, other_words, replace(node, rule=replace(rule, ties=ties))
    shrinks = ("excuses left in the number asked for", "excuses taken off the number asked for")
    changed = replace(rule, excused_shrinks=not rule.excused_shrinks)
    yield shrinks[rule.excused_shrinks], shrinks[not rule.excused_shrinks], replace(node, rule=changed)


def _can_be_a_sum(node: Node) -> bool:
    return not node.drop_highest and all(isinstance(child, Item) or child.max_points for child in node.children)


def _has_points_out_of_nothing(node: Node) -> bool:
    return any(isinstance(child, Item) and not child.max_points for child in node.children)


def _compared(scheme: Scheme, variant: _Variant, rows: Sequence[StudentRow]) -> Reading:
    one, two = totals_of_class(scheme, rows), totals_of_class(variant.scheme, rows)
    pairs = list(zip(one, two, strict=True))
    differing = sum(1 for here, there in pairs if _shown(scheme, here.current) != _shown(scheme, there.current))
    letters = sum(1 for here, there in pairs if here.current_letter != there.current_letter)
    many = f"{letters} letter{'' if letters == 1 else 's'}"
    counted = (
        f"differ for {differing} of {len(rows)} students, {many}" if differing or letters else "make no difference"
    )
    return Reading(
        key=variant.key, choice=variant.choice, other=variant.other, students=len(rows), differing=differing,
        letters=letters, sentence=f"{variant.name}: {variant.choice} and {variant.other} {counted}.",
    )  # fmt: skip


def _shown(scheme: Scheme, total: Fraction | None) -> Decimal | None:
    return None if total is None else scheme.shown(total)
