"""Pages of the editor: what each shows, whichever form it holds."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from coursehub.courses.models import Change
from coursehub.publishing.differences import DateEffect, Difference
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.frame import Frame
from coursehub.web.pages.scheme_effect import EffectPanel
from grading.assessments.models import AnchoredDate
from grading.deadlines.models import LatePolicy
from grading.gradebook.models import GradeNode

NOTHING = "nothing"
_LONG = 80
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "aggregation": {str(value): str(label).lower() for value, label in GradeNode.Aggregation.choices},
    "form": {str(value): str(label).lower() for value, label in LatePolicy.Form.choices},
}
_NAMES: Mapping[str, str] = {
    "body_md": "text",
    "start": "from",
    "end": "to",
    "location": "place",
    "max_points": "points",
    "publish_at": "shown from",
    "starts_on": "begins on",
    "ends_on": "ends on",
    "unit": "weight is of",
    "aggregation": "counted as",
    "drop_lowest": "lowest dropped",
    "drop_highest": "highest dropped",
    "cap": "at most",
    "expected_count": "planned",
    "letter_on": "letters are read from",
    "due_at": "due",
    "closes_at": "closes",
    "has_no_end": "never due",
    "time_factor": "times the length",
    "reason_shown": "told the student",
    "reason_private": "for staff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line of a text: new, gone, or as it was."""

    kind: str
    """``new``, ``gone`` or empty."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a thing: before and after, or for a long text its lines."""

    name: str
    before: str
    after: str
    lines: tuple[TextLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One thing that differs."""

    sentence: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectLine:
    """A date that follows an event and moves with it."""

    title: str
    which: str
    before: Moment | None
    after: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One change that was made: who, when, what, from what, to what, and why."""

    at: Moment
    who: str
    title: str
    reason: str
    source: str
    is_shown: bool
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaken:
    """Somebody else saved in between: what they changed, and what saving now would change."""

    others: tuple[HistoryLine, ...]
    mine: tuple[ChangeLine, ...]
    effects: tuple[EffectLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What every form of the editor carries along."""

    version: int
    overtaken: Overtaken | None
    draft: str
    """Under which name the browser keeps what is typed until it is saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage:
    """What would change, which dates follow, and the question why."""

    frame: Frame
    heading: str
    changes: tuple[ChangeLine, ...]
    effects: tuple[EffectLine, ...]
    of_scheme: EffectPanel | None
    """What it does to the totals of the class; None: nothing, as far as one can say."""
    hidden: tuple[tuple[str, str], ...]
    held: Held
    was_overtaken: bool
    asks_reason: bool
    reason: str
    error: str


def confirm_page(frame: Frame, **values: Any) -> ConfirmPage:
    """Build the page."""
    return ConfirmPage(frame=frame, **values)


def change_lines(differing: Sequence[Difference], zone: ZoneInfo) -> tuple[ChangeLine, ...]:
    """Return the differences as lines, field by field where something is changed and not new."""
    return tuple(
        ChangeLine(
            # Beside the fields, a sentence would say the same twice.
            sentence=one.title if one.before is not None and one.after is not None else one.sentence,
            fields=field_changes(one.before, one.after),
        )
        for one in differing
    )


def effect_lines(effects: Sequence[DateEffect], zone: ZoneInfo, *, now: datetime) -> tuple[EffectLine, ...]:
    """Return the dates that follow."""
    return tuple(
        EffectLine(
            title=effect.title,
            which=AnchoredDate.Which(effect.which).label,
            before=moment(effect.before, zone, now=now) if effect.before else None,
            after=moment(effect.after, zone, now=now) if effect.after else None,
        )
        for effect in effects
    )


def history_lines(changes: Sequence[Change], zone: ZoneInfo, *, now: datetime) -> tuple[HistoryLine, ...]:
    """Return changes that were made, as they are given."""
    return tuple(
        HistoryLine(
            at=moment(change.made_at, zone, now=now),
            who=change.made_by.name if change.made_by else "The system",
            title=change.title,
            reason=change.reason,
            source=change.get_source_display(),
            is_shown=change.is_shown,
            fields=field_changes(change.before, change.after),
        )
        for change in changes
    )


def field_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> tuple[FieldChange, ...]:
    """Return what changed, field by field; of what is new or gone, the fields that say something."""
    old, new = before or {}, after or {}
    found = []
    for name in dict.fromkeys([*old, *new]):
        one, other = old.get(name), new.get(name)
        if one == other or (not one and not other):
            continue
        texts = _said_of(name, one), _said_of(name, other)
        is_long = any("\n" in text or len(text) > _LONG for text in texts)
        lines = _text_lines(*texts) if is_long and one and other else ()
        label = words.sentence_case(_NAMES.get(name, name).replace("_", " "))
        # Of what is new or gone there is only one side to show.
        shown = texts[0] if before is not None else "", texts[1] if after is not None else ""
        found.append(FieldChange(name=label, before=shown[0], after=shown[1], lines=lines))
    return tuple(found)


def _said_of(name: str, value: Any) -> str:
    """Return the value of a field as text; what is chosen from a list, as the list calls it."""
    called = _CHOICES.get(name, {}).get(value) if isinstance(value, str) else None
    return called or said(value)


def said(value: Any) -> str:
    """Return a value of a change as text."""
    match value:
        case None | "" | []:
            return NOTHING
        case dict() if not value:  # the pattern {} would be any mapping
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case list():
            return "\n".join(said(item) for item in value)
        case dict():
            return ", ".join(f"{name.replace('_', ' ')} {said(item)}" for name, item in value.items() if item)
        case str() if _DAY.fullmatch(value):
            day = date.fromisoformat(value)
            return f"{day:%a} {day.day} {day:%b %Y}"
        case str() if _MOMENT.fullmatch(value):
            at = datetime.fromisoformat(value)
            return f"{at:%a} {at.day} {at:%b %Y, %H:%M}"
        case _:
            return str(value)


def _text_lines(before: str, after: str) -> tuple[TextLine, ...]:
    kinds = {"+ ": "new", "- ": "gone", "  ": ""}
    compared = difflib.ndiff(before.splitlines(), after.splitlines())
    return tuple(TextLine(kind=kinds[line[:2]], text=line[2:]) for line in compared if line[:2] in kinds)
