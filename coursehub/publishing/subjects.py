"""A content as one flat list of things, each with a name of its own: what can differ, and what a change is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.known import nodes_of
from coursehub.publishing.plain import whole
from coursehub.publishing.schema import EventEntry, GradingFile, NodeEntry, WeekEntry

_LISTS = frozenset({"links", "staff", "cohorts", "team_sets"})
_PARTS = frozenset({"parts"})
_KEY = frozenset({"key"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing of an offering: ``event:lecture-5``, called “Lecture “Convolutions””, and its fields."""

    subject: str
    title: str
    fields: Mapping[str, Any]


def things_of(content: OfferingContent) -> dict[str, Thing]:
    """Return everything in a content by its subject, in the order of the pages."""
    return {thing.subject: thing for thing in _things(content)}


def orders_of(content: OfferingContent) -> dict[str, list[str]]:
    """Return the order of each collection whose order says something."""
    file = content.offering
    return {
        "links": [item.key for item in file.links],
        "staff": [item.key for item in file.staff],
        "cohorts": [item.key for item in file.cohorts],
        "blocks": list(content.blocks),
        "policies": list(content.policies),
        "pages": list(content.pages),
        "assessments": list(content.assessments),
        "series": [item.key for item in content.schedule.series],
        "events": [item.key for item in content.schedule.events],
        "grade_nodes": [node.key for _, node in nodes_of(content.grading.nodes)],
        "assumptions": [item.key for item in content.assumptions.assumptions],
    }


def grading_things(file: GradingFile) -> Iterator[Thing]:
    """Yield everything in a grading table."""
    yield Thing(subject="grading:note", title="The note on grading", fields={"note": file.note})
    fields = whole(file, without=frozenset({"note", "nodes"}))
    yield Thing(subject="grading:totals", title="Totals and letters", fields=fields)
    yield from _nodes(file.nodes, None)


def _things(content: OfferingContent) -> Iterator[Thing]:
    file, schedule = content.offering, content.schedule
    yield Thing(subject=f"offering:{file.slug}", title="The course", fields=whole(file, without=_LISTS))
    for kind, label, entries in (
        ("link", "Link", file.links),
        ("staff", "Staff", file.staff),
        ("cohort", "Cohort", file.cohorts),
        ("team_set", "Teams", file.team_sets),
    ):
        for entry in entries:
            yield _keyed(kind, label, entry)
    for kind, label, texts in (
        ("block", "Syllabus", content.blocks),
        ("policy", "Policy", content.policies),
        ("page", "Page", content.pages),
        ("announcement", "Announcement", content.announcements),
        ("assessment", "Assessment", content.assessments),
    ):
        for key, text in texts.items():
            name = getattr(text, "heading", "") or getattr(text, "title", "")
            yield Thing(subject=f"{kind}:{key}", title=f"{label} “{name}”", fields=whole(text))
    for week in schedule.weeks:
        yield Thing(subject=f"week:{week.number}", title=_week(week), fields=whole(week, without=frozenset({"number"})))
    for series in schedule.series:
        yield _keyed("series", "Weekly", series)
    for group in schedule.groups:
        yield _keyed("group", "Sessions", group)
    for event in schedule.events:
        yield Thing(subject=f"event:{event.key}", title=_event(event), fields=whole(event, without=_KEY))
    for module in content.modules.modules:
        yield _keyed("module", f"Module {module.number}", module)
    for scheme, groups in content.modules.groupings.items():
        for grouping in groups:
            title = f"{scheme.capitalize()} {grouping.number} “{grouping.title}”"
            fields = whole(grouping, without=frozenset({"number"}))
            yield Thing(subject=f"grouping:{scheme}-{grouping.number}", title=title, fields=fields)
    for material in content.materials.materials:
        yield _keyed("material", "Material", material)
    yield from grading_things(content.grading)
    yield from _lateness(content)
    for assumption in content.assumptions.assumptions:
        yield _keyed("assumption", "Assumption", assumption)


def _lateness(content: OfferingContent) -> Iterator[Thing]:
    for policy in content.deadlines.late_policies:
        yield _keyed("late_policy", "Late policy", policy)
    if content.deadlines.slip_days is not None:
        yield Thing(subject="slip_days:policy", title="Slip days", fields=whole(content.deadlines.slip_days))
    for entry in content.deadlines.assessments:
        work = content.assessments.get(entry.assessment)
        title = f"Late work of “{work.title if work else entry.assessment}”"
        fields = whole(entry, without=frozenset({"assessment"}))
        yield Thing(subject=f"lateness:{entry.assessment}", title=title, fields=fields)


def _nodes(nodes: list[NodeEntry], parent: str | None) -> Iterator[Thing]:
    for node in nodes:
        fields = {**whole(node, without=_KEY | _PARTS), "parent": parent}
        yield Thing(subject=f"grade_node:{node.key}", title=f"Grading “{node.label}”", fields=fields)
        yield from _nodes(node.parts, node.key)


def _keyed(kind: str, label: str, entry: BaseModel) -> Thing:
    names = (getattr(entry, name, "") for name in ("title", "name", "label", "question"))
    name = next(filter(None, names), "")
    return Thing(
        subject=f"{kind}:{getattr(entry, 'key', '')}", title=f"{label} “{name}”", fields=whole(entry, without=_KEY)
    )


def _event(event: EventEntry) -> str:
    return f"{event.kind.label} “{event.title}”"


def _week(week: WeekEntry) -> str:
    return f"Week {week.number}" if not week.label else f"Week {week.number} “{week.label}”"
