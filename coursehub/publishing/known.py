"""Which keys a content has, for everything that points at one."""

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coursehub.publishing.content import Finding, OfferingContent
from coursehub.publishing.schema import NodeEntry

Path = tuple[str | int, ...]
Keys = Collection[str] | None
"""None: not known, because the file could not be read; then nothing is a stranger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The keys of every collection."""

    staff: Keys
    cohorts: Keys
    team_sets: Keys
    assessments: Keys
    modules: Keys
    materials: Keys
    events: Keys
    series: Keys
    groups: Keys
    nodes: Keys
    subjects: Mapping[str, Keys]
    """By the kind that an assumption may name before the colon, where that is a collection."""

    @classmethod
    def of(cls, content: OfferingContent, *, unsure: Collection[str]) -> "Known":
        """Collect the keys; the parts in `unsure` have none that are known."""

        def keys(part: str, found: list[str]) -> Keys:
            return None if part in unsure else frozenset(found)

        schedule, file = content.schedule, content.offering
        staff = keys("offering", [item.key for item in file.staff])
        cohorts = keys("offering", [item.key for item in file.cohorts])
        team_sets = keys("offering", [item.key for item in file.team_sets])
        assessments = keys("assessments", list(content.assessments))
        modules = keys("modules", [item.key for item in content.modules.modules])
        materials = keys("materials", [item.key for item in content.materials.materials])
        events = keys("schedule", [item.key for item in schedule.events])
        series = keys("schedule", [item.key for item in schedule.series])
        groups = keys("schedule", [item.key for item in schedule.groups])
        nodes = keys("grading", [node.key for _, node in nodes_of(content.grading.nodes)])
        return cls(
            staff=staff,
            cohorts=cohorts,
            team_sets=team_sets,
            assessments=assessments,
            modules=modules,
            materials=materials,
            events=events,
            series=series,
            groups=groups,
            nodes=nodes,
            subjects={
                "staff": staff,
                "cohort": cohorts,
                "team_set": team_sets,
                "assessment": assessments,
                "module": modules,
                "material": materials,
                "event": events,
                "series": series,
                "grade_node": nodes,
                "policy": keys("policies", list(content.policies)),
                "block": keys("syllabus", list(content.blocks)),
                "page": keys("pages", list(content.pages)),
                "link": keys("offering", [item.key for item in file.links]),
            },
        )


def nodes_of(nodes: Sequence[NodeEntry], path: Path = ("grading", "nodes")) -> Iterator[tuple[Path, NodeEntry]]:
    """Yield every row of a grading table with its place, the outer before the inner."""
    for index, node in enumerate(nodes):
        yield (*path, index), node
        yield from nodes_of(node.parts, (*path, index, "parts"))


def strangers(path: Path, named: str | Sequence[str] | None, known: Keys, what: str) -> Iterator[Finding]:
    """Yield a finding for each key that points nowhere or stands twice, with the nearest that exists."""
    if known is None or named is None:
        return
    if isinstance(named, str):
        if named not in known:
            yield Finding(path, f"There is no {what} “{named}”.{_nearest(named, known)}")
        return
    for index, key in enumerate(named):
        yield from strangers((*path, index), key, known, what)
        if key in named[:index]:
            yield Finding((*path, index), f"“{key}” stands here twice.")


def _nearest(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1)
    return f" Did you mean “{near[0]}”?" if near else ""
