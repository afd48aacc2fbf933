"""Text from a sandbox in every format: what is meant is shown, and nothing does anything."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from coursehub.common.ansi import ansi_html, without_escapes
from coursehub.common.foreign import MOST_MARKED_UP, ForeignTexts
from runners.protocol import TextFormat

PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    '"><img src=x onerror=alert(1)>',
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/submissions/1/cancel/'>x</a>",
    "<img src='https://evil.example/pixel.png'>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img src='/courses/x/'>",
    "<img alt='><script>alert(1)</script>'>",
    "<p style='position:fixed;inset:0' class='notice' id='main' hidden>x</p>",
    "<form action=/x method=post><input name=row><button>ok</button></form>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=x></object><embed src=x><base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css><style>*{color:red}</style>",
    "<div hx-get='/regrades/1/approve/' hx-trigger='load'>x</div>",
    "<td background='//evil.example/x.png' onclick=alert(1)>x</td>",
    "</div></td></table><h1>Full marks</h1>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "[x](javascript:alert(1)) ![x](https://evil.example/x.png) ![y](data:text/html,x)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07 \x1b[31m<script>alert(1)</script>",
    "\x1b[38;2;1;2;3m<b>\x1b[999999999999999999999mx",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "\u202egnp.exe\u0000\ud7ff\ufffe",
]
ALLOWED = {
    "a": {"href", "rel", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "span": {"class"},
}
HARMLESS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre",
    "span", "strong", "table", "tbody", "td", "tr", "ul",
}  # fmt: skip
ADDRESS = re.compile(r"(?:https?://|mailto:|data:image/(?:png|jpeg|gif|webp);base64,)")


class Elements(HTMLParser):
    """Every element of a piece of HTML with its attributes, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text_format", list(TextFormat))
@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_does_nothing_in_any_format(payload: str, text_format: TextFormat) -> None:
    html = ForeignTexts().html(payload, text_format)

    for tag, attributes in Elements(html).found[1:]:
        assert tag in HARMLESS
        assert set(attributes) <= ALLOWED.get(tag, set())
        assert re.fullmatch("(?:ansi-[a-z]+ ?)*", attributes.get("class") or "")
        assert all(ADDRESS.match(attributes[name] or "") for name in ("src", "href") if name in attributes)
    assert html.count("<div") == html.count("</div>")


def test_html_keeps_what_autograders_write_in_earnest() -> None:
    html = ForeignTexts().html(
        "<h1>Part 1</h1><p>You have <b>2</b> of <code>3</code>.</p>"
        "<table><tr><th>a</th><td colspan=2>1</td></tr></table>"
        "<a href='https://docs.example/x'>docs</a><img src='data:image/png;base64,iVBORw0KGgo='>",
        TextFormat.HTML,
    )

    assert "<h3>Part 1</h3>" in html
    assert "<b>2</b>" in html
    assert '<td colspan="2">1</td>' in html
    assert '<a href="https://docs.example/x" rel="noopener noreferrer nofollow">docs</a>' in html
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in html


def test_markdown_is_markdown_and_shows_no_picture_from_elsewhere() -> None:
    html = ForeignTexts().html("# Well\n\n* one\n* **two**\n\n![plot](https://elsewhere.example/p.png)", "md")

    assert "<h3>Well</h3>" in html
    assert "<strong>two</strong>" in html
    assert "elsewhere" not in html


def test_simple_format_keeps_lines_and_paragraphs() -> None:
    assert "<p>a<br>b</p><p>&lt;c&gt;</p>" in ForeignTexts().html("a\nb\n\n\n<c>\n", TextFormat.SIMPLE_FORMAT)


def test_terminal_colours_become_classes_and_the_rest_is_dropped() -> None:
    html = ansi_html("\x1b[1;31mred\x1b[0m plain \x1b[92mgreen\x1b[39m \x1b[2J\x1b]0;title\x07\x1b(Bend\x1b")

    assert html == ('<span class="ansi-bold ansi-red">red</span> plain <span class="ansi-green">green</span> end')
    assert without_escapes("\x1b[1ma\x1b]0;t\x07b\x1b[0m") == "ab"


@settings(deadline=None)
@given(some.text(some.sampled_from("ab<>&'\"\x1b[]()0123456789;:m\x07\\J "), max_size=60))
def test_no_text_of_a_terminal_becomes_a_tag(text: str) -> None:
    html = ansi_html(text)

    rest = re.sub(r"<span class=\"(?:ansi-[a-z]+ ?)+\">|</span>", "", html)
    assert "<" not in rest
    assert ">" not in rest
    assert "\x1b" not in rest


def test_a_long_text_and_the_rest_of_a_long_page_are_shown_as_they_are() -> None:
    texts = ForeignTexts()

    long = texts.html("<b>x</b>" * MOST_MARKED_UP, TextFormat.HTML)
    found = [texts.html("<b>x</b>" + "y" * (MOST_MARKED_UP - 8), TextFormat.HTML) for _ in range(4)]

    assert "<b>" not in long
    assert ["<b>" in html for html in found] == [True, True, False, False]


def test_nothing_at_all_is_no_block() -> None:
    assert ForeignTexts().html(" \n", TextFormat.HTML) == ""


@pytest.mark.parametrize(
    "piece", ["<div>", "<b>", "<a><b>", "[", "![[", "[a](", "*a ", "`a``b", "&", "\x1b[31m", "\x1b]"]
)
@pytest.mark.parametrize("text_format", [TextFormat.MARKDOWN, TextFormat.HTML, TextFormat.ANSI])
def test_text_made_to_be_slow_is_not_slow_enough_to_matter(piece: str, text_format: TextFormat) -> None:
    started = time.process_time()

    ForeignTexts().html((piece * MOST_MARKED_UP)[:MOST_MARKED_UP], text_format)

    assert time.process_time() - started < 20
