"""Slides, readings and notebooks, grouped as a reader needs them: what must be read first, what may be skipped."""

from collections.abc import Sequence
from dataclasses import dataclass

from coursehub.schedule.models import MaterialLink, Requirement
from coursehub.web import words
from grading.assessments.models import AssessmentMaterial

READINGS = frozenset({"paper", "book", "chapter", "notes", "reading", "article", "text", "blog", "documentation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialItem:
    """One thing to read, watch or run; without an address it is still to come."""

    title: str
    url: str
    source: str
    """Who wrote it and when, and where in it to read."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialGroup:
    """Materials under one heading; slides and the like have none."""

    heading: str
    items: tuple[MaterialItem, ...]


def material_groups(
    uses: Sequence[MaterialLink | AssessmentMaterial], *, with_notes: bool = True
) -> tuple[MaterialGroup, ...]:
    """Return materials by how much they are asked for: slides and notebooks, required, not said, optional.

    Without `with_notes` only what is special about a use is said, not what holds for a material everywhere.
    """
    plain = [use for use in uses if use.requirement == Requirement.PLAIN]
    groups = [
        ("", [use for use in plain if use.material.kind not in READINGS]),
        ("Required", [use for use in uses if use.requirement == Requirement.REQUIRED]),
        ("plain", [use for use in plain if use.material.kind in READINGS]),
        ("Optional", [use for use in uses if use.requirement == Requirement.OPTIONAL]),
    ]
    return tuple(
        MaterialGroup(heading=_heading(level, members), items=tuple(_item(use, with_notes) for use in members))
        for level, members in groups
        if members
    )


def _heading(level: str, members: Sequence[MaterialLink | AssessmentMaterial]) -> str:
    if not level:
        return ""
    noun = "reading" if all(use.material.kind in READINGS for use in members) else "material"
    return words.sentence_case(f"{'' if level == 'plain' else level + ' '}{noun}{'s' if len(members) > 1 else ''}")


def _item(use: MaterialLink | AssessmentMaterial, with_notes: bool) -> MaterialItem:
    material = use.material
    year = str(material.year) if material.year else ""
    locator = use.locator if isinstance(use, MaterialLink) else ""
    return MaterialItem(
        title=material.title,
        url=material.url,
        source=", ".join(part for part in (material.authors, year, locator) if part),
        note="; ".join(part for part in (use.note, material.note if with_notes else "") if part),
    )
