"""Pasted rows become events: guess what each column holds, let a person correct it, then read the rows.

Pure: nothing is looked up and nothing written. What cannot be read is said row by row, and the row is left out.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.text import slugify
from pydantic import ValidationError

from coursehub.publishing.said import Unreadable, read_date, read_times, weekday_in
from coursehub.publishing.schema import EventEntry, MaterialEntry, MaterialUse, SpeakerEntry
from coursehub.publishing.tables import Table
from coursehub.schedule.models import EventKind, Requirement


class Column(StrEnum):
    """What a pasted column holds."""

    SKIP = "skip", "Leave it out"
    WEEK = "week", "Week number"
    DATE = "date", "Date"
    TIME = "time", "Time (from, or from and to)"
    END = "end", "End time"
    TITLE = "title", "Title"
    KIND = "kind", "Kind of event"
    DETAILS = "details", "Details"
    SPEAKER = "speaker", "Speakers"
    PLACE = "place", "Place"
    REQUIRED = "required", "Required readings"
    OPTIONAL = "optional", "Optional readings"
    MATERIALS = "materials", "Materials"

    label: str

    def __new__(cls, value: str, label: str = "") -> "Column":
        """Make a member with a label for the mapping step."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


_HEADINGS: tuple[tuple[str, Column], ...] = (
    (r"week|wk|#", Column.WEEK),
    (r"date|day|when", Column.DATE),
    (r"end|to|until", Column.END),
    (r"time|start|from|hours?", Column.TIME),
    (r"topics?|title|lecture|subject|session|event|what", Column.TITLE),
    (r"kind|type", Column.KIND),
    (r"details?|description|notes?|summary|abstract", Column.DETAILS),
    (r"speakers?|lecturers?|instructors?|presenters?|who", Column.SPEAKER),
    (r"place|room|location|where", Column.PLACE),
    (r"required\b.*", Column.REQUIRED),
    (r"optional\b.*|further\b.*", Column.OPTIONAL),
    (r"(course )?materials?|readings?|papers?|slides|resources|links?", Column.MATERIALS),
)
_KINDS: tuple[tuple[str, EventKind], ...] = (
    (r"no (class|lecture|session|meeting)|holiday|\bbreak\b|thanksgiving|recess", EventKind.NO_CLASS),
    (r"\bguest\b", EventKind.GUEST_LECTURE),
    (r"project office hours", EventKind.PROJECT_OFFICE_HOURS),
    (r"office hours", EventKind.OFFICE_HOURS),
    (r"\bmidterm\b|\bfinal exam\b|\bexam\b|\bquiz\b", EventKind.EXAM),
    (r"\btutorial\b", EventKind.TUTORIAL),
    (r"\brecitation\b", EventKind.RECITATION),
    (r"\bkick-?off\b", EventKind.KICKOFF),
    (r"\bpresentations?\b", EventKind.PRESENTATIONS),
)
_WEEK_ROW = re.compile(r"^\s*week\s*(\d{1,2})\b", re.IGNORECASE)
_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")
_BARE_ADDRESS = re.compile(r"https?://\S+")
_NAME_AND_PLACE = re.compile(r"^(.*?)\s*(?:\(([^)]*)\)|,\s*(.+))?$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """A row that was left out, and why."""

    row: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """What the rows say."""

    events: tuple[EventEntry, ...]
    materials: tuple[MaterialEntry, ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the course already has, so that pasted rows fit in."""

    near: dt.date
    """A day of the term, which decides the year of dates that say none."""
    staff: Mapping[str, str] = field(default_factory=dict)
    """Keys by name."""
    events: Collection[str] = ()
    materials: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Keys by title and address."""
    weeks: Collection[int] = ()
    day_first: bool = False


def guess_columns(table: Table) -> tuple[Column, ...]:
    """Return what each column seems to hold: by its heading, else by its texts; each kind of column once."""
    guessed: list[Column] = []
    for at in range(table.width):
        head = table.header[at] if table.header else ""
        column = _by_heading(head) or _by_texts([row[at] for row in table.rows])
        guessed.append(Column.SKIP if column in guessed and column is not Column.MATERIALS else column)
    if Column.TITLE not in guessed and Column.SKIP in guessed:
        longest = max(
            (at for at, column in enumerate(guessed) if column is Column.SKIP),
            key=lambda at: sum(len(row[at]) for row in table.rows),
        )
        guessed[longest] = Column.TITLE
    return tuple(guessed)


def read_rows(table: Table, columns: Sequence[Column], around: Around) -> Pasted:
    """Return the events that the rows describe. A row that holds only “Week 3” gives the rows below it their week."""
    reader = _Reader(around)
    for number, row in enumerate(table.rows, start=1):
        filled = [cell for cell in row if cell]
        if len(filled) == 1 and (week := _WEEK_ROW.match(filled[0])):
            reader.week = int(week[1])
            continue
        try:
            reader.read(dict(_cells(row, columns)))
        except (Unreadable, ValidationError) as error:
            sentence = str(error) if isinstance(error, Unreadable) else "something in it is too long or not allowed"
            reader.problems.append(RowProblem(row=number, sentence=f"{sentence[:1].upper()}{sentence[1:]}."))
    return Pasted(
        events=tuple(reader.events),
        materials=tuple(reader.new_materials.values()),
        problems=tuple(reader.problems),
    )


def free_key(wanted: str, taken: Collection[str], *, fallback: str = "entry", longest: int = 60) -> str:
    """Return a key made of a title that is not taken yet."""
    base = slugify(wanted)[: longest - 4].strip("-_") or fallback
    base = re.sub(r"[-_]+", "-", base)
    if base not in taken:
        return base
    return next(key for number in range(2, len(taken) + 3) if (key := f"{base}-{number}") not in taken)


def kind_of(text: str) -> EventKind | None:
    """Return the kind of event that a text names, or None."""
    said = text.strip().lower()
    for kind in EventKind:
        if said in {kind.value, kind.label.lower()}:
            return kind
    return next((kind for pattern, kind in _KINDS if re.search(pattern, said)), None)


def plain(text: str) -> str:
    """Return a cell in one line, links replaced by their words."""
    return " ".join(_LINK.sub(r"\1", text).split())


class _Reader:
    """Reads row after row; what it has met so far decides keys and weeks."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.week: int | None = None
        self.events: list[EventEntry] = []
        self.problems: list[RowProblem] = []
        self.new_materials: dict[str, MaterialEntry] = {}
        self._keys = set(around.events)
        self._materials = dict(around.materials)

    def read(self, cells: Mapping[Column, list[str]]) -> None:
        def cell(column: Column) -> str:
            return "\n".join(text for text in cells.get(column, []) if text)

        title = plain(cell(Column.TITLE))
        if not title:
            message = "it has no title"
            raise Unreadable(message)
        start, end = read_times(plain(cell(Column.TIME)))
        if plain(cell(Column.END)):
            end = read_times(plain(cell(Column.END)))[0]
        kind = kind_of(plain(cell(Column.KIND))) or kind_of(title) or EventKind.LECTURE
        date = read_date(plain(cell(Column.DATE)), near=self.around.near, day_first=self.around.day_first)
        if end is not None and (start is None or end <= start):
            message = f"it ends at {end:%H:%M}, before it starts"
            raise Unreadable(message)
        week = self._week(plain(cell(Column.WEEK)))
        key = free_key(title, self._keys, fallback="event")
        self._keys.add(key)
        self.events.append(
            EventEntry(
                key=key, kind=kind, title=title[:300], week=week, date=date, start=start, end=end,
                location=plain(cell(Column.PLACE))[:120], details=cell(Column.DETAILS),
                speakers=self._speakers(plain(cell(Column.SPEAKER))),
                materials=[
                    *self._uses(cell(Column.REQUIRED), Requirement.REQUIRED),
                    *self._uses(cell(Column.OPTIONAL), Requirement.OPTIONAL),
                    *self._uses(cell(Column.MATERIALS), Requirement.PLAIN),
                ],
            )
        )  # fmt: skip

    def _week(self, said: str) -> int | None:
        digits = re.search(r"\d{1,2}", said)
        return int(digits[0]) if digits else self.week

    def _speakers(self, said: str) -> list[SpeakerEntry]:
        found = []
        for part in re.split(r"\s*(?:;|&|\band\b|\n)\s*", said):
            match = _NAME_AND_PLACE.match(part.strip())
            name = match[1].strip() if match else ""
            if not match or not name:
                continue
            key = self.around.staff.get(name)
            affiliation = (match[2] or match[3] or "").strip()
            found.append(SpeakerEntry(staff=key) if key else SpeakerEntry(name=name[:150], affiliation=affiliation))
        return found

    def _uses(self, text: str, requirement: Requirement) -> list[MaterialUse]:
        uses = []
        for line in re.split(r"\n|;\s+", text):
            link = _LINK.search(line)
            bare = None if link else _BARE_ADDRESS.search(line)
            url = link[2] if link else bare[0] if bare else ""
            title = plain(line.replace(bare[0], "") if bare else line).strip(" -\N{EN DASH}\N{BULLET}*:") or url
            if title:
                uses.append(MaterialUse(material=self._material(title[:300], url), requirement=requirement))
        return uses

    def _material(self, title: str, url: str) -> str:
        if (title, url) not in self._materials:
            key = free_key(title, self._materials.values(), fallback="material", longest=80)
            self._materials[title, url] = key
            kind = "slides" if title.lower() == "slides" else "paper" if "arxiv" in url else "link" if url else "paper"
            self.new_materials[key] = MaterialEntry(key=key, kind=kind, title=title, url=url)
        return self._materials[title, url]


def _cells(row: Sequence[str], columns: Sequence[Column]) -> list[tuple[Column, list[str]]]:
    return [
        (column, [text for text, its in zip(row, columns, strict=False) if its is column])
        for column in set(columns) - {Column.SKIP}
    ]


def _by_heading(head: str) -> Column | None:
    said = head.strip().lower().rstrip(":")
    return next((column for pattern, column in _HEADINGS if re.fullmatch(pattern, said)), None)


def _by_texts(texts: Sequence[str]) -> Column:
    said = [text for text in texts if text][:12]
    if said and all(_reads_as_date(text) for text in said):
        return Column.DATE
    if said and all(":" in text and _reads_as_time(text) for text in said):
        return Column.TIME
    return Column.SKIP


def _reads_as_date(text: str) -> bool:
    try:
        return read_date(text, near=dt.date.today()) is not None or weekday_in(text) is not None
    except Unreadable:
        return False


def _reads_as_time(text: str) -> bool:
    try:
        return read_times(text)[0] is not None
    except Unreadable:
        return False
