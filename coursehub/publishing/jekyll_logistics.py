"""When and where a course meets, as a page says it in a list: “**Time**: Tuesday/Thursday 3:30-5:00 PM”."""

import re
from collections.abc import Sequence

from coursehub.publishing.jekyll_text import words_only
from coursehub.publishing.said import WEEKDAYS, Unreadable, read_times
from coursehub.publishing.schema import AssumptionEntry, SeriesEntry
from coursehub.schedule.models import EventKind

_FACT = re.compile(r"^\s*[-*]\s+\*\*(.+?):?\*\*:?\s*(.*)$")
_UNKNOWN = re.compile(r"^(?:tbd|tba|to be (?:announced|determined)|\?*)$", re.IGNORECASE)
_WHEN = ("time", "times", "when", "lectures", "lecture", "class")
_WHERE = ("location", "room", "where", "place")
_HOURS = ("office hours", "office hour")
_ROUND = re.compile(r"\(([^)]*)\)")
_DAYS = re.compile(
    r"\b(?:(mon|m)|(tues?|tu|t)|(wednes|wed|w)|(thurs?|thu|th|r)|(fri|f)|(satur|sat)|(sun))(?:day)?s?\b", re.IGNORECASE
)
_RUN_TOGETHER = re.compile(r"\b(?=[MTWRF])M?(?:T(?!h))?W?(?:Th|R)?F?\b")


def read_logistics(text: str, *, staff: Sequence[str]) -> tuple[list[SeriesEntry], list[AssumptionEntry], str]:
    """Return the lectures and office hours, what is still to be announced about them, and the rest of the text."""
    facts: dict[str, str] = {}
    rest: list[str] = []
    for line in text.splitlines():
        match = _FACT.match(line)
        if match:
            facts[match[1].strip().lower()] = words_only(match[2])
        else:
            rest.append(line)
    when = _first(facts, _WHEN)
    where = _first(facts, _WHERE)
    hours = _first(facts, _HOURS)
    made: list[SeriesEntry] = []
    questions: list[AssumptionEntry] = []
    if when is not None or where is not None:
        made.append(_series("lectures", EventKind.LECTURE, "Lectures", when or "", place=where or "", staff=staff))
    if hours is not None:
        made.append(_series("office-hours", EventKind.OFFICE_HOURS, "Office hours", hours, place="", staff=staff))
    for key, name, said in (
        ("lecture-times", "lectures", when),
        ("lecture-place", "lectures", where),
        ("office-hours", "office-hours", hours),
    ):
        if said is not None and _UNKNOWN.match(said):
            what = {"lecture-times": "When are the lectures?", "lecture-place": "Where are the lectures?"}
            question = what.get(key, "When and where are the office hours?")
            questions.append(
                AssumptionEntry(key=key, about=f"series:{name}", question=f"{question} The page says {said or 'TBD'}.")
            )
    known = {"time", "times", "when", "lectures", "lecture", "class", "location", "room", "where", "place"}
    kept = [
        f"- **{name.capitalize()}**: {said}" for name, said in facts.items() if name not in known | {"office hours"}
    ]
    return made, questions, "\n".join([*kept, *rest]).strip()


def weekdays_in(text: str) -> list[str]:
    """Return the weekdays that a text names, in full, by letters or run together as in “TTh”."""
    before = re.split(r"\d", text, maxsplit=1)[0]
    found = {place for match in _DAYS.finditer(before) for place, group in enumerate(match.groups()) if group}
    for match in _RUN_TOGETHER.finditer(before):
        letters = re.findall("Th|[MTWRF]", match[0]) if len(match[0]) > 1 else []
        found |= {{"M": 0, "T": 1, "W": 2, "Th": 3, "R": 3, "F": 4}[letter] for letter in letters}
    return [WEEKDAYS[place] for place in sorted(found)]


def _series(key: str, kind: EventKind, title: str, said: str, *, place: str, staff: Sequence[str]) -> SeriesEntry:
    start = end = None
    note = ""
    days: list[str] = []
    if said and not _UNKNOWN.match(said):
        notes = [aside.strip() for aside in _ROUND.findall(said)]
        plain, _, otherwise = _ROUND.sub(" ", said).partition(" or ")
        notes += [f"or {otherwise.strip()}"] if otherwise.strip() else []
        try:
            start, end = read_times(plain)
            days = weekdays_in(plain)
            note = ", ".join(notes)
        except Unreadable:
            note = said
    return SeriesEntry.model_validate(
        {
            "key": key,
            "kind": kind,
            "title": title,
            "weekdays": days,
            "start": start,
            "end": end,
            "location": "" if _UNKNOWN.match(place) else place[:120],
            "note": note[:300],
            "staff": list(staff),
        }
    )


def _first(facts: dict[str, str], names: Sequence[str]) -> str | None:
    return next((facts[name] for name in names if name in facts), None)
