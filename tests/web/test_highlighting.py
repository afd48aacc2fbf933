"""Source code as safe HTML."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from coursehub.web.highlighting import source

TAG = re.compile(r"</?(\w+)([^>]*)>")


@given(some.binary(max_size=400), some.sampled_from(["a.py", "a.md", "a.c", "a.sh", "a.yml", "a.json", "a", "a.html"]))
def test_no_file_can_put_anything_but_classes_into_the_page(content: bytes, path: str) -> None:
    html = str(source(path, content).html)

    for name, attributes in TAG.findall(html):
        assert name in {"div", "pre", "span"}
        assert re.fullmatch(r'( (class|id)="[\w -]*")*', attributes), attributes


def test_a_script_in_a_file_is_only_text() -> None:
    html = source("x.py", b"'</span><script>alert(1)</script>'").html

    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("content", "word"), [(b"\xff\xfe\x00", "not text"), (b"a\0b", "not text"), (b"x" * 1_000_001, "too long")]
)
def test_what_cannot_be_read_is_said_so(content: bytes, word: str) -> None:
    assert word in source("x.py", content).refusal


def test_lines_are_numbered_by_the_stylesheet() -> None:
    assert '<span id="L-2">' in source("x.py", b"a = 1\nb = 2\n").html
