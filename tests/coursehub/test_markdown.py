"""Markdown of strangers becomes safe HTML."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursehub.common.markdown import to_safe_html

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](vbscript:msgbox)",
    "[x](file:///etc/passwd)",
    "<a href='javascript:alert(1)'>x</a>",
    "<javascript:alert(1)>",
    '[x](http://a "onmouseover=alert(1)")',
    '![x" onerror="alert(1)](http://a)',
    "```html\n<script>alert(1)</script>\n```",
    '```x" onclick="alert(1)\ny\n```',
    "<style>*{display:none}</style>",
    "<iframe src=//evil></iframe>",
    "<form action=//evil><input></form>",
    "| a |\n|:-:|\n| <b onclick=x> |",
    "<!-- --><script>",
    "[a]: javascript:alert(1)\n\n[a]",
]


class Audit(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "svg", "iframe", "form", "input", "object", "base", "meta", "link"}:
            self.wrong.append(tag)
        for name, value in attrs:
            # What a browser takes for a scheme: java%0Ascript: is a relative address.
            found = re.match(r"[\s\0]*([a-z][a-z0-9+.\s-]*):", value or "", re.IGNORECASE)
            scheme = "".join(found[1].split()).lower() if found else ""
            if name.startswith("on") or name == "style":
                self.wrong.append(name)
            if name in {"href", "src"} and scheme not in {"", "http", "https", "mailto"}:
                self.wrong.append(f"{name}={value}")


def wrong_in(html: str) -> list[str]:
    audit = Audit()
    audit.feed(html)
    return audit.wrong


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_inert(text: str) -> None:
    assert wrong_in(to_safe_html(text)) == []


@given(st.text(alphabet=st.sampled_from("<>\"'()[]!`|:-#*\n =/javscriptonhe&;")), st.sampled_from(ATTACKS))
def test_nothing_around_an_attack_wakes_it(text: str, attack: str) -> None:
    assert wrong_in(to_safe_html(text + attack + text)) == []


def test_headings_leave_the_first_level_to_the_page() -> None:
    assert to_safe_html("# A\n\n###### B") == "<h2>A</h2>\n<h6>B</h6>\n"


def test_links_tell_the_other_site_nothing() -> None:
    html = to_safe_html("[x](https://example.org)")

    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'href="https://example.org"' in html


def test_tables_are_aligned_without_inline_style() -> None:
    html = to_safe_html("| a | b |\n|:-:|--:|\n| 1 | 2 |")

    assert 'align="center"' in html
    assert "style" not in html


def test_code_keeps_its_language_and_its_signs() -> None:
    html = to_safe_html("```python\nif a < b: pass\n```")

    assert '<code class="language-python">' in html
    assert "a &lt; b" in html


def test_headings_begin_below_that_of_the_page_and_keep_their_order() -> None:
    assert to_safe_html("### A\n\n#### B\n\n### C") == "<h2>A</h2>\n<h3>B</h3>\n<h2>C</h2>\n"
    assert to_safe_html("# A\n\n## B", below=2) == "<h3>A</h3>\n<h4>B</h4>\n"
    assert to_safe_html("# A\n\n###### B", below=3) == "<h4>A</h4>\n<h6>B</h6>\n"
