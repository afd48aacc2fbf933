"""Source code as HTML that is safe whatever the file says: classes only, no styles."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers.c_cpp import CLexer, CppLexer
from pygments.lexers.configs import TOMLLexer
from pygments.lexers.data import JsonLexer, YamlLexer
from pygments.lexers.markup import MarkdownLexer
from pygments.lexers.python import PythonLexer
from pygments.lexers.shell import BashLexer
from pygments.lexers.special import TextLexer

LARGEST_COLOURED = 200_000
LARGEST_SHOWN = 1_000_000
# A closed list: a lexer that nobody looked at may take minutes over a hostile file.
_LEXERS: dict[str, type[Lexer]] = {
    ".py": PythonLexer,
    ".pyi": PythonLexer,
    ".c": CLexer,
    ".h": CLexer,
    ".cc": CppLexer,
    ".cpp": CppLexer,
    ".cu": CppLexer,
    ".cuh": CppLexer,
    ".json": JsonLexer,
    ".ipynb": JsonLexer,
    ".toml": TOMLLexer,
    ".yaml": YamlLexer,
    ".yml": YamlLexer,
    ".md": MarkdownLexer,
    ".sh": BashLexer,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file to read, or the reason why it is not shown."""

    html: SafeString
    lines: int
    refusal: str


def source(path: str, content: bytes, *, anchors: str = "L") -> Source:
    """Return the file as HTML with line numbers, or a sentence in place of it; `anchors` begin the ids of lines."""
    if len(content) > LARGEST_SHOWN:
        return Source(html=SafeString(), lines=0, refusal="This file is too long to show. Download it to read it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if content and (not text or "\0" in text):
        return Source(html=SafeString(), lines=0, refusal="This file is not text. Download it to look at it.")
    coloured = len(content) <= LARGEST_COLOURED
    kind = _LEXERS.get(PurePosixPath(path).suffix.lower(), TextLexer) if coloured else TextLexer
    formatter = HtmlFormatter(cssclass="code", classprefix="c-", linespans=anchors, wrapcode=False)
    body = highlight(text, kind(stripnl=False, ensurenl=False), formatter)
    # Pygments escapes every token; the classes and ids are its own and ours.
    html = mark_safe(body)  # noqa: S308
    return Source(html=format_html("{}", html), lines=len(text.splitlines()), refusal="")
