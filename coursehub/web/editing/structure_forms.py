"""What holds the rest together, as lines: weeks, repeated sessions, parts of the class, teams, groups of modules."""

import datetime as dt
from typing import Any

from django import forms

from coursehub.courses.models import Cohort
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.paste import free_key
from coursehub.publishing.schema import CohortEntry, GroupEntry, GroupingEntry, TeamSetEntry, WeekEntry
from coursehub.web.editing.entry_forms import Typed
from coursehub.web.editing.lines import LinesField, one_of, parts_of


class WeeksField(LinesField):
    """Weeks: ``3 | 2026-09-14 | Attention``; all but the number may be left out."""

    def line(self, entry: WeekEntry) -> str:
        day = entry.starts_on.isoformat() if entry.starts_on else ""
        return f"{entry.number} | {day} | {entry.label}".rstrip(" |")

    def entry(self, line: str, before: list[Any]) -> WeekEntry:
        number, day, label = parts_of(line, 3)
        return WeekEntry(number=_number(number), label=label, starts_on=dt.date.fromisoformat(day) if day else None)


class GroupsField(LinesField):
    """Several sessions of one thing: ``pytorch-tutorial | Tutorial | attend any one``."""

    def line(self, entry: GroupEntry) -> str:
        return f"{entry.key} | {entry.title} | {entry.note}".rstrip(" |")

    def entry(self, line: str, before: list[Any]) -> GroupEntry:
        key, title, note = parts_of(line, 3)
        return GroupEntry(key=key, title=title or key, note=note)


class CohortsField(LinesField):
    """Parts of the class: ``group-a | rotation | Group A``."""

    def line(self, entry: CohortEntry) -> str:
        return f"{entry.key} | {entry.kind.value} | {entry.name}"

    def entry(self, line: str, before: list[Any]) -> CohortEntry:
        key, kind, name = parts_of(line, 3)
        return CohortEntry(key=key, kind=one_of(Cohort.Kind, kind or "section"), name=name or key)


class TeamSetsField(LinesField):
    """Ways of forming teams: ``project | Project teams | 2-3 | only | what else there is to say``."""

    def line(self, entry: TeamSetEntry) -> str:
        least, most = ("" if size is None else str(size) for size in (entry.min_size, entry.max_size))
        sizes = f"{least}-{most}" if least or most else ""
        note = " ".join(entry.note.split())
        return f"{entry.key} | {entry.title} | {sizes} | {'only' if entry.hard else ''} | {note}".rstrip(" |")

    def entry(self, line: str, before: list[Any]) -> TeamSetEntry:
        key, title, sizes, hard, note = parts_of(line, 5)
        least, _, most = sizes.partition("-")
        return TeamSetEntry(
            key=key,
            title=title or key,
            min_size=_number(least) if least.strip() else None,
            max_size=_number(most) if most.strip() else None,
            hard=hard.lower() == "only",
            note=note,
        )


class GroupingsField(LinesField):
    """Groups of modules: ``phase | 1 | Foundations | m1, m2, m3``; one way of grouping may stand beside another."""

    def line(self, entry: tuple[str, GroupingEntry]) -> str:
        scheme, group = entry
        more = " ".join(group.description.split())
        return f"{scheme} | {group.number} | {group.title} | {', '.join(group.modules)} | {more}".rstrip(" |")

    def entry(self, line: str, before: list[Any]) -> tuple[str, GroupingEntry]:
        scheme, number, title, modules, more = parts_of(line, 5)
        keys = [key.strip() for key in modules.split(",") if key.strip()]
        return free_key(scheme, ()), GroupingEntry(number=_number(number), title=title, modules=keys, description=more)


class StructureForm(forms.Form):
    """Everything of this kind on one page."""

    weeks = WeeksField(label="Weeks", rows=10, help_text="number | day on which it starts | label")
    groups = GroupsField(label="Several sessions of one thing", help_text="key | title | note")
    cohorts = CohortsField(label="Parts of the class", help_text="key | section or rotation | name")
    team_sets = TeamSetsField(label="Teams", help_text="key | title | smallest-largest | only | note")
    groupings = GroupingsField(
        label="Groups of modules", rows=8, help_text="way of grouping | number | title | keys of modules | description"
    )

    def __init__(self, data: Typed, *, content: OfferingContent) -> None:
        self.content = content
        groupings = [(scheme, group) for scheme, groups in content.modules.groupings.items() for group in groups]
        super().__init__(
            data,
            initial={
                "weeks": content.schedule.weeks,
                "groups": content.schedule.groups,
                "cohorts": content.offering.cohorts,
                "team_sets": content.offering.team_sets,
                "groupings": groupings,
            },
        )

    def changed(self) -> OfferingContent:
        """Return the content with what was touched."""
        content, said = self.content, self.cleaned_data
        update: dict[str, dict[str, Any]] = {"schedule": {}, "offering": {}, "modules": {}}
        for name, part in (("weeks", "schedule"), ("groups", "schedule"), ("cohorts", "offering"),
                           ("team_sets", "offering")):  # fmt: skip
            if name in self.changed_data:
                update[part][name] = said[name]
        if "groupings" in self.changed_data:
            grouped: dict[str, list[GroupingEntry]] = {}
            for scheme, group in said["groupings"]:
                grouped.setdefault(scheme, []).append(group)
            update["modules"]["groupings"] = grouped
        return content.model_copy(
            update={part: getattr(content, part).model_copy(update=values) for part, values in update.items()}
        )


def _number(said: str) -> int:
    if not said.strip().isdecimal():
        message = f"“{said}” is not a number"
        raise ValueError(message)
    return int(said)
