"""The home page of a course's Jekyll site: its header, its syllabus, its table of weights, its times and places."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser

from coursehub.courses.models import Prerequisite, StaffMember, SyllabusBlock
from coursehub.publishing.content import BlockContent
from coursehub.publishing.jekyll_logistics import read_logistics
from coursehub.publishing.jekyll_text import Section, quoted, sections, words_only
from coursehub.publishing.paste import free_key
from coursehub.publishing.refusals import NotATable
from coursehub.publishing.schema import (
    AssumptionEntry,
    GradingFile,
    NodeEntry,
    PrerequisiteEntry,
    SeriesEntry,
    StaffEntry,
)
from coursehub.publishing.tables import Table, read_table

_TITLE = re.compile(r"^([A-Z][A-Z&-]{0,9}[ -]?\d[\w.-]*)\s*[:\N{EN DASH}\N{EM DASH}-]\s*(.+)$")
_HONORIFIC = re.compile(r"^((?:Prof(?:essor|\.)?|Dr\.?|Mr\.?|Ms\.?|Mrs\.?)\s+)(.+)$", re.IGNORECASE)
_ITEM = re.compile(r"^(\s*)(?:[-*+]|\d+[.)])\s+(.*)$")
_KINDS: tuple[tuple[str, SyllabusBlock.Kind], ...] = (
    ("overview|about|description", SyllabusBlock.Kind.OVERVIEW),
    ("motivation|^why", SyllabusBlock.Kind.MOTIVATION),
    ("objective|outcome", SyllabusBlock.Kind.OBJECTIVES),
    ("aim|goal", SyllabusBlock.Kind.AIMS),
    ("theme|topic", SyllabusBlock.Kind.THEMES),
    ("question", SyllabusBlock.Kind.QUESTIONS),
    ("structure|format", SyllabusBlock.Kind.STRUCTURE),
    ("notice", SyllabusBlock.Kind.NOTICE),
    ("logistics", SyllabusBlock.Kind.LOGISTICS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the block at the top of the page says; empty where it says nothing."""

    code: str = ""
    title: str = ""
    term: str = ""
    organization: str = ""
    instructors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What the page says below its header."""

    blocks: dict[str, BlockContent]
    prerequisites: tuple[PrerequisiteEntry, ...]
    grading: GradingFile
    series: tuple[SeriesEntry, ...]
    assumptions: tuple[AssumptionEntry, ...]


def read_header(text: str) -> tuple[Header, str]:
    """Return the header in raw HTML and the text without it."""
    match = re.search(r"<div[^>]*class=[\"'][^\"']*header[^\"']*[\"'][^>]*>.*?</div>", text, re.DOTALL | re.IGNORECASE)
    if match is None:
        return Header(), text
    reader = _HeaderReader()
    reader.feed(match[0])
    code, title = code_and_title(reader.said.get("h1", ""))
    term, _, organization = (part.strip() for part in reader.said.get("subtitle", "").partition("|"))
    named = reader.said.get("instructor", "").partition(":")
    people = re.split(r"\s*(?:,|&|;|\band\b)\s*", named[2] or named[0])
    header = Header(
        code=code,
        title=title,
        term=term,
        organization=organization,
        instructors=tuple(person.strip() for person in people if person.strip()),
    )
    return header, text[: match.start()] + text[match.end() :]


def code_and_title(heading: str) -> tuple[str, str]:
    """Return the code and the title of a course from “AB123: Title”; the code is empty where there is none."""
    match = _TITLE.match(heading.strip())
    return (match[1], match[2]) if match else ("", heading.strip())


def instructors(names: Sequence[str]) -> list[StaffEntry]:
    """Return the people whom the header names."""
    found: list[StaffEntry] = []
    for said in names:
        match = _HONORIFIC.match(said)
        name = match[2] if match else said
        found.append(
            StaffEntry(
                key=free_key(name, [person.key for person in found], fallback="instructor"),
                name=name,
                position=StaffMember.Position.INSTRUCTOR,
                credentials=match[1].strip() if match else "",
            )
        )
    return found


def read_home(text: str, *, staff: Sequence[str]) -> Home:
    """Return what a page in Markdown says; `staff` are the keys of who holds the office hours."""
    blocks: dict[str, BlockContent] = {}
    prerequisites: list[PrerequisiteEntry] = []
    grading = GradingFile()
    series: list[SeriesEntry] = []
    assumptions: list[AssumptionEntry] = []
    for section in sections(text):
        said = section.heading.lower()
        if "prerequisite" in said or "pre-req" in said:
            prerequisites += _prerequisites(section.text)
        elif re.search(r"grading|grades|evaluation|assessment", said) and (table := _weights_in(section.text)):
            grading = GradingFile(nodes=_nodes(table), note=_without_table(section.text))
        elif "logistics" in said or "meeting" in said:
            made, questions, rest = read_logistics(section.text, staff=staff)
            series += made
            assumptions += questions
            _add(blocks, section.heading, rest)
        else:
            for part in _apart(section):
                _add(blocks, part.heading, part.text)
    return Home(
        blocks=blocks,
        prerequisites=tuple(prerequisites),
        grading=grading,
        series=tuple(series),
        assumptions=tuple(assumptions),
    )


def _add(blocks: dict[str, BlockContent], heading: str, text: str) -> None:
    if text:
        heading = words_only(heading) or "Overview"
        said = heading.lower()
        kind = next((kind for pattern, kind in _KINDS if re.search(pattern, said)), SyllabusBlock.Kind.CUSTOM)
        key = free_key(heading, blocks, fallback="block")
        blocks[key] = BlockContent(heading=heading[:200], kind=kind, body_md=text)


def _apart(section: Section) -> Iterator[Section]:
    # A last paragraph of quoted questions is a part of its own.
    before, _, last = section.text.rpartition("\n\n")
    questions = quoted(last)
    if before and "question" in last.lower() and len(questions) > 1:
        yield Section(heading=section.heading, text=before)
        yield Section(heading="Recurring questions", text="\n".join(f"- {question}" for question in questions))
    else:
        yield section


def _prerequisites(text: str) -> Iterator[PrerequisiteEntry]:
    level = Prerequisite.Level.REQUIRED
    for line in text.splitlines():
        match = _ITEM.match(line)
        if match is None:
            if line.strip():
                yield PrerequisiteEntry(level=level, text=line.strip())
            continue
        said = match[2]
        label = re.match(r"\*\*(.+?):?\*\*:?\s*(.*)$", said)
        if label and (named := _level(label[1])):
            level, said = named, label[2]
        elif not match[1]:
            level = Prerequisite.Level.REQUIRED
        if said:
            yield PrerequisiteEntry(level=level, text=said)


def _level(label: str) -> Prerequisite.Level | None:
    if re.search("recommended|helpful|desired|suggested", label, re.IGNORECASE):
        return Prerequisite.Level.RECOMMENDED
    return Prerequisite.Level.REQUIRED if re.search("required", label, re.IGNORECASE) else None


def _weights_in(text: str) -> Table | None:
    try:
        table = read_table("\n".join(line for line in text.splitlines() if line.strip().startswith("|")))
    except NotATable:
        return None
    return table if any(_weight(cell) is not None for row in table.rows for cell in row) else None


def _nodes(table: Table) -> list[NodeEntry]:
    head = [cell.lower() for cell in table.header]
    at = next((place for place, cell in enumerate(head) if re.search(r"weight|percent|points|%", cell)), 1)
    describes = next((place for place, cell in enumerate(head) if re.search("descri|detail|note", cell)), None)
    rows = [row for row in table.rows if row[0] and words_only(row[0]).lower() != "total"]
    weights = [_weight(row[at]) for row in rows]
    # A table that does not add up says something that we do not understand; it is shown as it stands.
    adds_up = None not in weights and sum(weight for weight in weights if weight is not None) == 100
    found: list[NodeEntry] = []
    for row, weight in zip(rows, weights, strict=True):
        said = words_only(row[describes]) if describes is not None else ""
        found.append(
            NodeEntry(
                key=free_key(words_only(row[0]), [node.key for node in found], fallback="part"),
                label=words_only(row[0])[:120],
                description=(said if adds_up else " · ".join(part for part in (row[at], said) if part))[:300],
                weight=weight if adds_up else None,
            )
        )
    return found


def _weight(cell: str) -> Decimal | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:%|points?|pts?)?", words_only(cell))
    try:
        return Decimal(match[1]) if match else None
    except InvalidOperation:
        return None


def _without_table(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("|")).strip()


class _HeaderReader(HTMLParser):
    """Collects the text of the heading and of the paragraphs by their class."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self._place = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notice which part begins."""
        name = tag if tag == "h1" else (dict(attrs).get("class") or "").split(" ")[0]
        if tag in {"h1", "h2", "p", "span"} and name:
            self._place = name

    def handle_endtag(self, tag: str) -> None:
        """Notice that a part ends."""
        if tag in {"h1", "h2", "p"}:
            self._place = ""

    def handle_data(self, data: str) -> None:
        """Keep the text of the part."""
        if self._place:
            self.said[self._place] = " ".join(f"{self.said.get(self._place, '')} {data}".split())
