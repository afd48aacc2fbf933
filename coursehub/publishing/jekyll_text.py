"""Jekyll's text as plain Markdown: front matter, Liquid, kramdown's attributes, raw HTML, links between pages."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

import yaml

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_COMMENT = re.compile(r"<!--.*?-->|\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
_OUTPUT = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")
_STATEMENT = re.compile(r"\{%-?.*?-?%\}", re.DOTALL)
_ATTRIBUTES = re.compile(r"\{:[^}\n]*\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]*)(?:\s+\"[^\"]*\")?\)")
_SECTION = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_QUOTED = re.compile(r"[\"“]([^\"“”]{4,}?),?[\"”]")
_OURS = {"schedule": "schedule/", "calendar": "schedule/", "staff": "staff/", "announcements": "announcements/"}
_HOMES = frozenset({"", "index", "home"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file of a Jekyll site: its fields, and its text as it stands."""

    fields: Mapping[str, Any]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it, up to the next one of its level; the first may have no heading."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in a text. The address is empty where it is no address of another site."""

    label: str
    url: str


def read_source(text: str) -> Source:
    """Split a file into front matter and text. Raises ``yaml.YAMLError``."""
    text = _UNSTORABLE.sub("", text.replace("\r\n", "\n"))
    match = _FRONT.match(text)
    if match is None:
        return Source(fields={}, text=text)
    fields = yaml.safe_load(match[1])
    return Source(fields=fields if isinstance(fields, dict) else {}, text=text[match.end() :])


def cleaned(text: str, site: Mapping[str, Any]) -> str:
    """Return the text without what only Jekyll understands; `site` are the values of ``_config.yml``."""
    # What stands between fences is code, and there a brace or a tag is meant.
    parts = re.split(r"(^```.*?^```[ \t]*$)", _COMMENT.sub("", text), flags=re.DOTALL | re.MULTILINE)
    text = "".join(part if part.startswith("```") else _plain(part, site) for part in parts)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def sections(text: str, *, level: int = 2) -> tuple[Section, ...]:
    """Return the text cut at headings of this level and above."""
    found: list[Section] = []
    heading, at = "", 0
    for match in _SECTION.finditer(text):
        if len(match[1]) <= level:
            found.append(Section(heading=heading, text=text[at : match.start()].strip()))
            heading, at = match[2].strip(), match.end()
    found.append(Section(heading=heading, text=text[at:].strip()))
    return tuple(section for section in found if section.heading or section.text)


def links_in(text: str) -> tuple[Link, ...]:
    """Return the links of a text in order."""
    return tuple(
        Link(label=match[1].strip(), url=match[2] if match[2].startswith(("http://", "https://")) else "")
        for match in _LINK.finditer(text)
    )


def relinked(text: str, *, slug: str, pages: Collection[str]) -> str:
    """Point links between the pages of the site at the pages of the offering; what leads nowhere becomes its words."""

    def point(match: re.Match[str]) -> str:
        label, address = match[1], match[2]
        if address.startswith(("http://", "https://", "mailto:")):
            return match[0]
        name = page_name(address)
        if name in _HOMES:
            return f"[{label}](/courses/{slug}/)" if address not in {"", "#"} else label
        if name in pages:
            return f"[{label}](/courses/{slug}/pages/{name}/)"
        return f"[{label}](/courses/{slug}/{_OURS[name]})" if name in _OURS else label

    return _LINK.sub(point, text)


def page_name(address: str) -> str:
    """Return the name of the page of a site that a relative address means: ``resources`` of ``/x/resources.html#a``."""
    path = address.partition("#")[0].partition("?")[0].strip("/")
    return re.sub(r"\.(?:html?|md)$", "", path.rpartition("/")[2])


def pages_linked_from(text: str) -> tuple[str, ...]:
    """Return the names of the site's own pages that a text points at, but for those that every course has."""
    names = (
        page_name(match[2])
        for match in _LINK.finditer(text)
        if match[2] and not match[2].startswith("#") and ":" not in match[2] and "." not in page_name(match[2])
    )
    return tuple(dict.fromkeys(name for name in names if name not in _HOMES and name not in _OURS))


def quoted(text: str) -> tuple[str, ...]:
    """Return what stands between quotation marks."""
    return tuple(match[1].strip() for match in _QUOTED.finditer(text))


def words_only(text: str) -> str:
    """Return a short text without emphasis and links, on one line."""
    text = _LINK.sub(r"\1", text)
    return " ".join(re.sub(r"\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)", "", text).split())


def _plain(text: str, site: Mapping[str, Any]) -> str:
    text = _OUTPUT.sub(lambda match: _value(match[1], site), text)
    text = _ATTRIBUTES.sub("", _STATEMENT.sub("", text))
    return unescape(_TAG.sub("", text))


def _value(expression: str, site: Mapping[str, Any]) -> str:
    name, _, filters = expression.partition("|")
    literal = re.fullmatch(r"['\"](.*)['\"]", name.strip())
    if literal:
        return literal[1]
    if name.strip().startswith("site.") and "markdownify" not in filters:
        value = site.get(name.strip().removeprefix("site."))
        return str(value) if isinstance(value, str | int | float) else ""
    return ""
