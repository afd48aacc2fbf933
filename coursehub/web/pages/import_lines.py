"""What a file changes, line by line, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from coursehub.web import words
from coursehub.web.words import Look
from grading.gradebook.imports.plans import (
    CanvasPersonChange,
    CellChange,
    Change,
    CountChange,
    CountFacts,
    Effect,
    LineItem,
    LineItemChange,
    PersonChange,
    PersonFacts,
)
from grading.interchange.tables import number_text

LOOKS: Mapping[Effect, Look] = MappingProxyType(
    {
        Effect.ADDED: Look(key="passed", mark="+", word="New"),
        Effect.CHANGED: Look(key="partial", mark="→", word="Changed"),
        Effect.DROPPED: Look(key="failed", mark=words.MINUS, word="Dropped"),
        Effect.SAME: Look(key="queued", mark="=", word="The same"),
    }
)
_FACTS = (
    ("name", "Name"), ("preferred_name", "Preferred name"), ("roles", "Role"), ("status", "Status"),
    ("time_factor", "Time factor"), ("sections", "Section"), ("cohorts", "Cohort"), ("teams", "Team"), ("ids", "ID"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One thing before and after; empty where there is none."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """One person or grade. ``line`` is empty for who is not in the file."""

    line: str
    look: Look
    who: str
    note: str
    fields: tuple[FieldChange, ...]


def preview_line(change: Change) -> PreviewLine:
    """Return a change as the preview shows it."""
    look = LOOKS[change.effect]
    match change:
        case PersonChange():
            note = change.email if change.line else f"{change.email}, not in the file"
            return PreviewLine(
                line=str(change.line or ""), look=look, who=change.after.name, note=note,
                fields=_of_person(change.before, change.after),
            )  # fmt: skip
        case CellChange():
            fields = () if change.is_same else (
                FieldChange(label=change.what, before=change.before, after=change.after),
            )  # fmt: skip
            if change.comment:
                fields = (*fields, FieldChange(label=f"Comment, {change.what}", before="", after=change.comment))
            return PreviewLine(line=str(change.line), look=look, who=change.who, note="", fields=fields)
        case CountChange():
            field = FieldChange(label=change.metric, before=_count(change.before), after=_count(change.after))
            return PreviewLine(line=str(change.line), look=look, who=change.who, note="", fields=(field,))
        case CanvasPersonChange():
            return PreviewLine(
                line=str(change.line or ""), look=look, who=change.who, note=change.reason,
                fields=_of_ids(change.before, change.after),
            )  # fmt: skip
        case LineItemChange():
            field = FieldChange(label="Column", before=_heading(change.before), after=_heading(change.after))
            return PreviewLine(line="", look=look, who=change.what, note=change.reason, fields=(field,))
    assert_never(change)


def _of_person(before: PersonFacts | None, after: PersonFacts) -> tuple[FieldChange, ...]:
    fields = []
    for name, label in _FACTS:
        old, new = _said(before, name), _said(after, name)
        if old != new and not (before is None and name in {"name", "status"}):
            fields.append(FieldChange(label=label, before=old, after=new))
    return tuple(fields)


def _said(facts: PersonFacts | None, name: str) -> str:
    if facts is None:
        return ""
    value = getattr(facts, name)
    if isinstance(value, dict):
        return ", ".join(f"{key} {text}" for key, text in sorted(value.items()))
    if isinstance(value, tuple):
        return ", ".join(value)
    return value if isinstance(value, str) else number_text(value)


def _of_ids(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(label=system, before=before.get(system, ""), after=after.get(system, ""))
        for system in sorted(before.keys() | after.keys())
        if before.get(system) != after.get(system)
    )


def _count(facts: CountFacts | None) -> str:
    if facts is None:
        return ""
    total = "" if facts.total is None else f" of {number_text(facts.total)}"
    excused = f", {number_text(facts.excused)} excused" if facts.excused else ""
    return f"{number_text(facts.count)}{total}{excused}"


def _heading(item: LineItem | None) -> str:
    return item.heading if item else ""
