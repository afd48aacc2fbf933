"""The usual collections of a course's Jekyll site: staffers, modules, schedules, announcements."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from coursehub.courses.models import Audience, StaffMember
from coursehub.publishing.content import AnnouncementContent, AssessmentContent
from coursehub.publishing.jekyll_text import Source, cleaned, links_in, words_only
from coursehub.publishing.paste import free_key, kind_of
from coursehub.publishing.said import WEEKDAYS, Unreadable, read_date, read_times
from coursehub.publishing.schema import (
    AssumptionEntry,
    DayMoment,
    EventEntry,
    MaterialEntry,
    MaterialUse,
    ModuleEntry,
    SeriesEntry,
    StaffEntry,
    WeekEntry,
)
from coursehub.schedule.models import EventKind

Named = Sequence[tuple[str, Source]]
"""Files of a collection by their names without an ending."""
_TERM = re.compile(r"^(?![:\s>#-])(?P<term>\S.*?)\s*$")
_DETAIL = re.compile(r"^(?P<indent>\s*):\s+(?P<text>.*)$")
_LABEL = re.compile(r"\*\*(?P<words>[^*]+)\*\*\{:[^}]*\blabel\b[^}]*\}")
_DEADLINE = re.compile(r"^(?P<title>.+?)\s+(?P<what>due|out|released|release)$", re.IGNORECASE)
_LABELS: Mapping[str, EventKind] = {
    "section": EventKind.RECITATION,
    "discussion": EventKind.RECITATION,
    "lab": EventKind.TUTORIAL,
    "workshop": EventKind.TUTORIAL,
}
_POSITIONS: tuple[tuple[str, StaffMember.Position], ...] = (
    ("head", StaffMember.Position.HEAD_TA),
    ("instructor|professor|lecturer|faculty", StaffMember.Position.INSTRUCTOR),
    ("course (?:assistant|staff|manager)|coordinator|administrator", StaffMember.Position.COURSE_ASSISTANT),
)
_LAST_MINUTE = dt.time(23, 59)


@dataclass(slots=True, kw_only=True)
class Calendar:
    """What the modules of a site say of its days."""

    weeks: list[WeekEntry] = field(default_factory=list)
    modules: list[ModuleEntry] = field(default_factory=list)
    events: list[EventEntry] = field(default_factory=list)
    materials: list[MaterialEntry] = field(default_factory=list)
    assessments: dict[str, AssessmentContent] = field(default_factory=dict)
    assumptions: list[AssumptionEntry] = field(default_factory=list)


def read_staffers(files: Named) -> list[StaffEntry]:
    """Return who teaches, instructors first."""
    found: list[StaffEntry] = []
    for stem, source in files:
        name = str(source.fields.get("name") or source.fields.get("title") or stem)
        email, website = str(source.fields.get("email") or ""), str(source.fields.get("website") or "")
        found.append(
            StaffEntry(
                key=free_key(name, [person.key for person in found], fallback="person"),
                name=name,
                position=_position(str(source.fields.get("role") or "")),
                email=email if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email) else "",
                website=website if website.startswith(("http://", "https://")) else "",
            )
        )
    order = list(StaffMember.Position)
    return sorted(found, key=lambda person: order.index(person.position))


def read_announcements(files: Named, site: Mapping[str, Any]) -> dict[str, AnnouncementContent]:
    """Return the announcements, oldest first; those without a date are not published yet."""
    found: dict[str, AnnouncementContent] = {}
    for stem, source in files:
        at = source.fields.get("date")
        if isinstance(at, dt.date) and not isinstance(at, dt.datetime):
            at = dt.datetime.combine(at, dt.time())
        title = str(source.fields.get("title") or stem)
        found[free_key(stem, found, fallback="news")] = AnnouncementContent(
            title=title[:200],
            publish_at=at.replace(tzinfo=None) if isinstance(at, dt.datetime) else None,
            audience=Audience.PUBLIC,
            body_md=cleaned(source.text, site),
        )
    return dict(sorted(found.items(), key=lambda item: item[1].publish_at or dt.datetime.max))


def read_schedules(files: Named) -> list[SeriesEntry]:
    """Return what repeats weekly: what is the same on several days is one series."""
    slots: dict[tuple[str, str, str, str, str], list[str]] = {}
    for _, source in files:
        for day in _mappings(source.fields.get("schedule")):
            weekday = str(day.get("name", "")).strip().lower()
            for event in _mappings(day.get("events")):
                slot = tuple(str(event.get(name) or "") for name in ("name", "start", "end", "location", "type"))
                if weekday in WEEKDAYS:
                    slots.setdefault(slot, []).append(weekday)  # type: ignore[arg-type]  # it has five parts
    found: list[SeriesEntry] = []
    for (name, start, end, place, sort), days in slots.items():
        begins, ends = _clock(start), _clock(end)
        title = name or sort or "Lectures"
        found.append(
            SeriesEntry.model_validate(
                {
                    "key": free_key(title, [series.key for series in found], fallback="series"),
                    "kind": _kind(title) or _kind(sort) or EventKind.LECTURE,
                    "title": title[:200],
                    "weekdays": sorted(set(days), key=WEEKDAYS.index),
                    "start": begins,
                    "end": ends if begins and ends and ends > begins else None,
                    "location": place[:120],
                }
            )
        )
    return found


def read_modules(files: Named, site: Mapping[str, Any], *, near: dt.date | None) -> Calendar:
    """Return the days of the course; `near` is a day of its term, without which dates have no year and are left out."""
    calendar = Calendar()
    for number, (stem, source) in enumerate(files, start=1):
        title = str(source.fields.get("title") or stem)[:200]
        key = free_key(title, [module.key for module in calendar.modules], fallback="module")
        days = list(_days(source.text))
        intro = cleaned("\n".join(line for line in source.text.splitlines() if not _belongs_to_list(line, days)), site)
        calendar.modules.append(ModuleEntry(key=key, number=number, title=title, summary=intro))
        if days:
            calendar.weeks.append(WeekEntry(number=number))
        for day, items in days:
            on = _date(day, near=near)
            for text, details in items:
                _take(calendar, text, details, on=on, week=number, module=key)
    if near is None and calendar.events:
        question = "In which year and term are the days? The site does not say, so every date is left out."
        calendar.assumptions.append(AssumptionEntry(key="year", about="offering:term", question=question))
    return calendar


def _take(calendar: Calendar, text: str, details: Sequence[str], *, on: dt.date | None, week: int, module: str) -> None:
    label = match["words"].strip() if (match := _LABEL.search(text)) else ""
    rest = _LABEL.sub("", text).strip()
    said = words_only(rest) or label
    if deadline := _DEADLINE.match(said if not label or rest else label):
        _take_deadline(calendar, deadline, on=on, module=module)
        return
    uses = [_use(calendar, link.label, link.url) for link in links_in(rest) if link.url]
    plain: list[str] = []
    for detail in details:
        links = links_in(detail)
        uses += [_use(calendar, link.label, link.url) for link in links]
        if not links and words_only(detail):
            plain.append(words_only(detail))
    calendar.events.append(
        EventEntry(
            key=free_key(said, [event.key for event in calendar.events], fallback="event"),
            kind=_kind(label) or kind_of(said) or EventKind.LECTURE,
            title=said[:300] or "To be announced",
            week=week,
            date=on,
            details="\n".join(plain),
            modules=[module],
            materials=list({use.material: use for use in uses}.values()),
        )
    )


def _take_deadline(calendar: Calendar, said: re.Match[str], *, on: dt.date | None, module: str) -> None:
    title = said["title"].strip()
    key = next((key for key, work in calendar.assessments.items() if work.title == title), "")
    if not key:
        key = free_key(title, calendar.assessments, fallback="work")
        calendar.assessments[key] = AssessmentContent(title=title[:200], max_points=Decimal(100), modules=[module])
        question = f"How many points is “{title[:120]}” worth, and at what time of the day is it due?"
        calendar.assumptions.append(
            AssumptionEntry(
                key=f"facts-{key}", about=f"assessment:{key}", question=question, assumed="100 points, due at 23:59"
            )
        )
    if on is not None:
        which, at = ("due", _LAST_MINUTE) if said["what"].lower() == "due" else ("release", dt.time())
        calendar.assessments[key] = calendar.assessments[key].model_copy(update={which: DayMoment(date=on, at=at)})


def _use(calendar: Calendar, label: str, url: str) -> MaterialUse:
    title = words_only(label) or "Material"
    known = next((item for item in calendar.materials if (item.title, item.url) == (title, url)), None)
    if known is None:
        key = free_key(title, [item.key for item in calendar.materials], fallback="material", longest=80)
        kind = next(
            (word for word in ("slides", "video", "recording", "notes", "solution") if word in title.lower()), ""
        )
        known = MaterialEntry(key=key, kind=kind or "reading", title=title[:300], url=url[:500])
        calendar.materials.append(known)
    return MaterialUse(material=known.key)


def _days(text: str) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Yield each term of kramdown's definition lists with its items, and under each what is indented below it."""
    term = ""
    items: list[tuple[str, list[str]]] = []
    for line in [*text.splitlines(), ""]:
        detail = _DETAIL.match(line)
        if detail and term:
            if len(detail["indent"]) >= 2 and items:
                items[-1][1].append(detail["text"])
            else:
                items.append((detail["text"], []))
        elif named := _TERM.match(line):
            if items:
                yield term, items
            term, items = named["term"], []
    if items:
        yield term, items


def _belongs_to_list(line: str, days: Iterable[tuple[str, object]]) -> bool:
    return bool(_DETAIL.match(line)) or line.strip() in {term for term, _ in days}


def _date(said: str, *, near: dt.date | None) -> dt.date | None:
    if near is None:
        return None
    try:
        return read_date(words_only(said), near=near)
    except Unreadable:
        return None


def _clock(said: str) -> dt.time | None:
    try:
        return read_times(said)[0]
    except Unreadable:
        return None


def _kind(said: str) -> EventKind | None:
    return _LABELS.get(said.strip().lower().rstrip("s")) or (kind_of(said) if said else None)


def _position(role: str) -> StaffMember.Position:
    said = role.lower()
    return next((found for pattern, found in _POSITIONS if re.search(pattern, said)), StaffMember.Position.TA)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
