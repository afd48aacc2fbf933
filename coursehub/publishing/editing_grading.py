"""Changes to the grading table as a value: rows that change, move and go, and what counts in which."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing import changed_entry
from coursehub.publishing.schema import NodeEntry
from grading.gradebook.models import GradingScheme


class Move(StrEnum):
    """Where a row of the table goes."""

    UP = "up"
    DOWN = "down"
    INSIDE = "inside"
    """Into the row before it, as its last part."""
    OUTSIDE = "outside"
    """Out of the row that it is a part of, right behind that."""


def replace_grading(
    content: OfferingContent, *, rows: Mapping[str, Mapping[str, Any]], **totals: Any
) -> OfferingContent:
    """Set fields of rows by key, and of the table as a whole; a row that is not named goes with the rows inside it."""

    def kept(nodes: Sequence[NodeEntry]) -> list[NodeEntry]:
        return [
            changed_entry(node, {**rows[node.key], "parts": kept(node.parts)}) for node in nodes if node.key in rows
        ]

    return _with(content, nodes=kept(content.grading.nodes), **totals)


def publish_grading(content: OfferingContent) -> OfferingContent:
    """Say that the table holds. Saving it then needs a table without problems."""
    return _with(content, status=GradingScheme.Status.PUBLISHED)


def add_node(content: OfferingContent, node: NodeEntry, *, inside: str = "") -> OfferingContent:
    """Add a row to the grading table, inside another one or at the end."""

    def grown(nodes: Sequence[NodeEntry]) -> list[NodeEntry]:
        return [
            changed_entry(row, {"parts": [*grown(row.parts), *([node] if row.key == inside else [])]}) for row in nodes
        ]

    return _with(content, nodes=grown(content.grading.nodes) if inside else [*content.grading.nodes, node])


def move_node(content: OfferingContent, key: str, *, to: Move) -> OfferingContent:
    """Move a row one step; where there is no such step, nothing changes."""
    return _with(content, nodes=_moved(content.grading.nodes, key, to))


def count_in(content: OfferingContent, assessment: str, *, node: str) -> OfferingContent:
    """Let an assessment count in one row of the grading table and in no other; in none where `node` is empty."""

    def counted(nodes: Sequence[NodeEntry]) -> list[NodeEntry]:
        return [
            changed_entry(
                row,
                {
                    "parts": counted(row.parts),
                    "assessments": [
                        *(key for key in row.assessments if key != assessment),
                        *([assessment] if row.key == node else []),
                    ],
                },
            )
            for row in nodes
        ]

    return _with(content, nodes=counted(content.grading.nodes))


def flat_nodes(nodes: Sequence[NodeEntry], depth: int = 0) -> list[tuple[int, NodeEntry]]:
    """Return the rows of the grading table with how deep each stands."""
    return [line for node in nodes for line in ((depth, node), *flat_nodes(node.parts, depth + 1))]


def moves_of(nodes: Sequence[NodeEntry], *, is_inside: bool = False) -> dict[str, tuple[Move, ...]]:
    """Return for each row the steps that it can take."""
    found: dict[str, tuple[Move, ...]] = {}
    for at, node in enumerate(nodes):
        steps = {
            Move.UP: at > 0,
            Move.DOWN: at < len(nodes) - 1,
            Move.INSIDE: at > 0,
            Move.OUTSIDE: is_inside,
        }
        found[node.key] = tuple(step for step, can in steps.items() if can)
        found |= moves_of(node.parts, is_inside=True)
    return found


def _moved(nodes: Sequence[NodeEntry], key: str, to: Move) -> list[NodeEntry]:
    found = list(nodes)
    at = next((at for at, node in enumerate(found) if node.key == key), None)
    if at is not None:
        if to is Move.INSIDE and at > 0:
            node = found.pop(at)
            found[at - 1] = changed_entry(found[at - 1], {"parts": [*found[at - 1].parts, node]})
        elif to in {Move.UP, Move.DOWN}:
            other = max(0, at + (1 if to is Move.DOWN else -1))
            found.insert(other, found.pop(at))
        return found
    for at, node in enumerate(found):
        part = next((part for part in node.parts if part.key == key), None)
        if part is not None and to is Move.OUTSIDE:
            left = [other for other in node.parts if other is not part]
            return [*found[:at], changed_entry(node, {"parts": left}), part, *found[at + 1 :]]
    return [changed_entry(node, {"parts": _moved(node.parts, key, to)}) for node in found]


def _with(content: OfferingContent, **values: Any) -> OfferingContent:
    return content.model_copy(update={"grading": changed_entry(content.grading, values)})
