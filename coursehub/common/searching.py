"""Finding things by words: pure, the same on every database, whatever the case and accents.

Every word that is asked for must occur. A title counts more than a keyword, a keyword more than the text; a whole word
more than the beginning of one, and that more than its inside. A short word is not looked for inside others, or “ai”
would find “training”. Words between quotation marks are looked for together.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

MAX_CHARACTERS = 200
_MAX_WORDS = 8
_INSIDE_FROM = 4
_BEFORE, _LENGTH = 60, 200
_TITLE, _KEYWORDS, _BODY = 12, 5, 2
_WHOLE, _START, _INSIDE = 3, 2, 1
_EDGES = " .,;:!?()[]{}<>'`*_|/\\"
_MARKDOWN = (
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s{0,3}(?:#{1,6}|>|[-*+]|\d+[.)])\s+", re.MULTILINE), ""),
    (re.compile(r"[*_`~|]+"), ""),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Generic[Thing]):
    """Something that can be found."""

    thing: Thing
    title: str
    keywords: str = ""
    body_md: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text, and whether it is what was looked for."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Generic[Thing]):
    """Something that was found, and where the words stand in it."""

    thing: Thing
    score: int
    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]


def words_of(text: str) -> tuple[str, ...]:
    """Return the words and quoted phrases that a query asks for, each once."""
    parts = re.findall(r'["“”]([^"“”]+)["“”]|(\S+)', text[:MAX_CHARACTERS])
    found = (" ".join(folded(phrase or word).strip(_EDGES + '"“”').split()) for phrase, word in parts)
    return tuple(dict.fromkeys(word for word in found if word))[:_MAX_WORDS]


def ranked(text: str, documents: Iterable[Document[Thing]]) -> list[Hit[Thing]]:
    """Return what holds every word, best first; of equals, in the order in which they came."""
    words = words_of(text)
    patterns = [_pattern(word) for word in words]
    phrase = " ".join(words)
    found = [
        Hit(
            thing=document.thing,
            score=score,
            title=pieces(document.title, words),
            excerpt=excerpt(document.body_md, words),
        )
        for document in documents
        if words and (score := _score(document, patterns, phrase))
    ]
    return sorted(found, key=lambda hit: -hit.score)


def folded(text: str) -> str:
    """Return the text in lower case and without accents."""
    if text.isascii():
        return text.lower()
    return "".join(mark for mark in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(mark))


def plain(markdown: str) -> str:
    """Return Markdown as one line of text, near enough to be read."""
    for pattern, instead in _MARKDOWN:
        markdown = pattern.sub(instead, markdown)
    return markdown.strip()


def excerpt(markdown: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """Return the stretch of a text around the first of the words, or its beginning."""
    text = plain(markdown)
    first = next(iter(_spans(text, words)), (0, 0))[0]
    start = 0 if first <= _BEFORE else text.find(" ", first - _BEFORE) + 1
    end = len(text) if len(text) - start <= _LENGTH else text.rfind(" ", start, start + _LENGTH)
    end = end if end > first else min(len(text), start + _LENGTH)
    shown = f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
    return pieces(shown, words)


def pieces(text: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """Return the text cut where the words begin and end."""
    found, at = [], 0
    for start, end in _spans(text, words):
        found.append(Piece(text=text[at:start], is_match=False))
        found.append(Piece(text=text[start:end], is_match=True))
        at = end
    found.append(Piece(text=text[at:], is_match=False))
    return tuple(piece for piece in found if piece.text)


def _score(document: Document[Thing], patterns: Sequence[re.Pattern[str]], phrase: str) -> int:
    fields = ((folded(document.title), _TITLE), (folded(document.keywords), _KEYWORDS))
    body = folded(document.body_md)
    total = 0
    for pattern in patterns:
        best = max(_quality(pattern, text) * weight for text, weight in (*fields, (body, _BODY)))
        if not best:
            return 0
        total += best
    return total + (_TITLE if phrase in fields[0][0] else 0)


def _pattern(word: str) -> re.Pattern[str]:
    escaped = re.escape(word).replace(r"\ ", r"\s+")
    inside = rf"|(?P<inside>{escaped})" if len(word) >= _INSIDE_FROM else ""
    return re.compile(rf"(?<!\w)(?:(?P<whole>{escaped}(?!\w))|(?P<start>{escaped})){inside}")


def _quality(pattern: re.Pattern[str], text: str) -> int:
    worth = {"whole": _WHOLE, "start": _START, "inside": _INSIDE}
    best = 0
    for match in pattern.finditer(text):
        best = max(best, worth[match.lastgroup or "inside"])
        if best == _WHOLE:
            break
    return best


def _spans(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    # Folding may make one letter two, so each folded letter remembers where it came from.
    letters = (
        list(zip(text.lower(), range(len(text)), strict=True))
        if text.isascii()
        else [(letter, at) for at, mark in enumerate(text) for letter in folded(mark)]
    )
    line = "".join(letter for letter, _ in letters)
    found = sorted(match.span() for word in words for match in _pattern(word).finditer(line))
    last = 0
    for start, end in found:
        first, beyond = letters[start][1], letters[end - 1][1] + 1
        if first >= last:
            yield first, beyond
            last = beyond
