"""Terminal colours as HTML: text is escaped, colours become classes, and every other escape sequence is dropped."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_STYLES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 9: "strike"}
_ENDS = {22: {"bold", "dim"}, 23: {"italic"}, 24: {"underline"}, 29: {"strike"}}
# CSI … final byte; OSC and its kin … BEL or ST, or as far as they go; a choice of characters; any other escape.
_SEQUENCE = re.compile(
    r"\x1b\[([0-9;:]{0,80})([ -/]*)([@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b[ -/]{1,3}[0-~]|\x1b[ -~]?"
)


def ansi_html(text: str) -> SafeString:
    """Return the text as HTML without any block around it. Its classes begin with ``ansi-``."""
    parts: list[str] = []
    on: set[str] = set()
    at = 0
    for match in _SEQUENCE.finditer(text):
        parts.append(_span(text[at : match.start()], on))
        at = match.end()
        if match[3] == "m" and not match[2]:
            _apply(on, match[1] or "")
    parts.append(_span(text[at:], on))
    return mark_safe("".join(parts))  # noqa: S308  # every text is escaped, and every class is one of ours


def without_escapes(text: str) -> str:
    """Return the text without any escape sequence."""
    return _SEQUENCE.sub("", text)


def _span(text: str, on: set[str]) -> str:
    if not text:
        return ""
    classes = " ".join(sorted(f"ansi-{name}" for name in on))
    return f'<span class="{classes}">{escape(text)}</span>' if classes else escape(text)


def _apply(on: set[str], codes: str) -> None:
    numbers = [int(code) if len(code) < 4 and code.isdecimal() else 0 for code in re.split("[;:]", codes)]
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            on.clear()
        elif number in _STYLES:
            on.add(_STYLES[number])
        elif number in _ENDS:
            on -= _ENDS[number]
        elif number in (38, 48):
            # A colour of 256, or of 16 million: it has no name here, so the text keeps the colour of text.
            del numbers[: 2 if numbers[:1] == [5] else 4]
        elif 30 <= number <= 39 or 90 <= number <= 97:
            on -= set(_COLOURS)
            if number != 39:
                on.add(_COLOURS[number % 10])
