"""Markdown from people to HTML that is safe to show: no raw HTML goes in, and what comes out is filtered again."""

from collections.abc import Sequence
from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
    "code": {"class"},
}
_SCHEMES = {"http", "https", "mailto"}
_MAX_CHARACTERS = 200_000


def to_safe_html(text: str, *, below: int = 1) -> SafeString:
    """Return Markdown as HTML; its highest heading comes one level below that of the page, which is `below`."""
    clean = nh3.clean(
        to_html(text, below=below),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return mark_safe(clean)  # noqa: S308  # raw HTML was off in the parser, and the result is filtered by nh3


def to_html(text: str, *, below: int = 1) -> str:
    """Return Markdown as HTML that has yet to be filtered; raw HTML in it is escaped."""
    tokens = _parser().parse(text[:_MAX_CHARACTERS])
    _shift_headings(tokens, below=below)
    return str(_parser().renderer.render(tokens, _parser().options, {}))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def _shift_headings(tokens: Sequence[Token], *, below: int) -> None:
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    shift = below + 1 - min((int(token.tag[1:]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1:]) + shift)}"
    for token in tokens:
        if token.type in {"td_open", "th_open"}:
            _align(token)


def _align(token: Token) -> None:
    # Inline style is forbidden by our content security policy; the old attribute is not.
    style = str(token.attrGet("style") or "")
    if style:
        del token.attrs["style"]
        token.attrSet("align", style.removeprefix("text-align:"))
