"""Markup that a validator would complain about, found with nothing but the standard library.

``java -jar vnu.jar`` says more; where ``VNU_JAR`` names it, the tests ask it too.
"""

from collections.abc import Mapping
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
SVG = frozenset({"svg", "rect", "line", "text", "title", "path", "g", "circle"})
PHRASING = frozenset(
    {
        "a", "abbr", "b", "br", "button", "code", "del", "em", "i", "img", "input", "ins", "kbd", "label", "mark", "s",
        "select", "small", "span", "strong", "sub", "sup", "svg", "textarea", "time",
    }
)  # fmt: skip
ONLY_PHRASING = frozenset(
    {
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "span", "small", "strong", "em", "b", "i", "code", "pre", "label",
        "button", "time", "sub", "sup", "kbd",
    }
)  # fmt: skip
CHILDREN: Mapping[str, frozenset[str]] = {
    "ul": frozenset({"li"}),
    "ol": frozenset({"li"}),
    "dl": frozenset({"dt", "dd", "div"}),
    "table": frozenset({"caption", "thead", "tbody", "tfoot"}),
    "thead": frozenset({"tr"}),
    "tbody": frozenset({"tr"}),
    "tfoot": frozenset({"tr"}),
    "tr": frozenset({"th", "td"}),
}
PARENTS: Mapping[str, frozenset[str]] = {
    "li": frozenset({"ul", "ol"}),
    "dt": frozenset({"dl", "div"}),
    "dd": frozenset({"dl", "div"}),
    "tr": frozenset({"thead", "tbody", "tfoot"}),
    "td": frozenset({"tr"}),
    "th": frozenset({"tr"}),
    "summary": frozenset({"details"}),
}
INTERACTIVE = frozenset({"a", "button", "select", "textarea", "label", "details"})


class _Reader(HTMLParser):
    """Follows the nesting and collects complaints."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self._open: list[str] = []
        self._ids: set[str] = set()
        self._references: list[str] = []

    def handle_decl(self, decl: str) -> None:
        if decl.lower() != "doctype html" or self._open:
            self._complain(f"doctype: {decl}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)
        self._place(tag)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)
        self._place(tag)
        if tag not in VOID and tag not in SVG:
            self._complain(f"<{tag}/> is not closed")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self._complain(f"</{tag}> inside {self._open[-3:]}")
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in CHILDREN and data.strip():
            self._complain(f"text in <{inside}>: {data.strip()[:40]}")

    def close(self) -> None:
        super().close()
        if self._open:
            self._complain(f"never closed: {self._open}")
        for name in self._references:
            if name not in self._ids:
                self._complain(f"leads nowhere: #{name}")

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self._complain(f"an attribute twice in <{tag}>: {names}")
        values = dict(attrs)
        if (given := values.get("id")) is not None:
            if given in self._ids or not given or " " in given:
                self._complain(f"id twice, empty or with a space: {given!r}")
            self._ids.add(given)
        if tag == "img" and "alt" not in values:
            self._complain("a picture without words")
        if tag == "a" and not values.get("href"):
            self._complain("a link without an address")
        for name in ("for", "aria-labelledby", "aria-describedby"):
            self._references += (values.get(name) or "").split()
        if tag == "a" and (values.get("href") or "").startswith("#"):
            self._references.append((values["href"] or "").removeprefix("#"))

    def _place(self, tag: str) -> None:
        parent = self._open[-1] if self._open else ""
        if parent in CHILDREN and tag not in CHILDREN[parent]:
            self._complain(f"<{tag}> in <{parent}>")
        if tag in PARENTS and parent not in PARENTS[tag]:
            self._complain(f"<{tag}> outside {sorted(PARENTS[tag])}, in <{parent}>")
        narrow = next((name for name in reversed(self._open) if name in ONLY_PHRASING), "")
        if narrow and tag not in PHRASING and tag not in SVG:
            self._complain(f"<{tag}> in <{narrow}>")
        if tag in INTERACTIVE and "a" in self._open:
            self._complain(f"<{tag}> in a link")

    def _complain(self, what: str) -> None:
        line, _ = self.getpos()
        self.complaints.append(f"line {line}: {what}")


def complaints_about(html: str) -> list[str]:
    """Return what is wrong with a page, each with its line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if not html.lstrip().lower().startswith("<!doctype html>"):
        reader.complaints.append("line 1: no doctype")
    return reader.complaints
