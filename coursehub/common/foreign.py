"""Text that a sandbox wrote, as HTML that is safe to show, in each of the formats that it may be meant in.

Nothing is trusted: what is meant as HTML goes through a list of what is allowed, everything else is escaped. No style,
no class, no id, no form, no picture from elsewhere and no address but ``http``, ``https`` and ``mailto`` comes through.
"""

import re

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from coursehub.common.ansi import ansi_html, without_escapes
from coursehub.common.markdown import to_html
from runners.protocol import TextFormat

MOST_MARKED_UP = 20_000
"""Longer texts are shown as they are: what is written to be slow to parse takes time that grows with its square."""
MOST_MARKED_UP_IN_ALL = 50_000
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "dfn", "div", "dl", "dt", "em", "h3", "h4",
    "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_ADDRESS = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_HIGH_HEADING = re.compile(r"(</?)h[12](?=[\s>/])", re.IGNORECASE)


class ForeignTexts:
    """The texts of one page: together they may take only so much to mark up, whoever wrote them."""

    def __init__(self) -> None:
        self._left = MOST_MARKED_UP_IN_ALL

    def html(self, text: str, text_format: TextFormat) -> SafeString:
        """Return a text in its format as one block of HTML, or nothing for an empty one. Headings begin at ``h3``."""
        if not text.strip():
            return SafeString()
        if text_format is TextFormat.TEXT or len(text) > min(MOST_MARKED_UP, self._left):
            return _block("pre", escape(without_escapes(text)))
        self._left -= len(text)
        match text_format:
            case TextFormat.ANSI:
                return _block("pre", ansi_html(text))
            case TextFormat.MARKDOWN:
                return _block("div", _filtered(to_html(text, below=2)))
            case TextFormat.HTML:
                return _block("div", _filtered(text))
            case TextFormat.SIMPLE_FORMAT:
                return _block("div", _simple(text))

    def console(self, text: str) -> SafeString:
        """Return what was printed to a terminal, or nothing for an empty text: colours stay where there are any."""
        return self.html(text, TextFormat.ANSI)


def _block(tag: str, inner: str) -> SafeString:
    # A line break right after <pre> would be swallowed by the browser.
    start = '<pre class="output" tabindex="0">\n' if tag == "pre" else '<div class="foreign prose">'
    return mark_safe(f"{start}{inner}</{tag}>")  # noqa: S308  # every caller has escaped or filtered `inner`


def _simple(text: str) -> str:
    paragraphs = re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").strip("\n"))
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def _filtered(html: str) -> str:
    return nh3.clean(
        _HIGH_HEADING.sub(r"\1h3", html),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        set_tag_attribute_values={"img": {"alt": "Picture from the autograder"}},
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name == "href":
        return value if _ADDRESS.match(value.strip()) else None
    if name in {"colspan", "rowspan", "start"}:
        return value if value.isascii() and value.isdecimal() and len(value) < 4 else None
    if name == "align":
        return value if value in {"left", "right", "center"} else None
    return value
