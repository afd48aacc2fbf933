"""A table as somebody pastes it: rows of a spreadsheet, an HTML table, a Markdown table, or comma-separated values.

Whatever the form, what comes out is a grid of texts. Links of an HTML table stay as ``[text](address)``. A cell that
spans several rows is repeated in each; a cell that spans several columns stands in the first.
"""

import csv
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import zip_longest

from coursehub.publishing.refusals import NotATable

MOST_CHARACTERS = 400_000
MOST_ROWS = 400
MOST_COLUMNS = 20
_RULE = re.compile(r"^[\s|:+-]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A grid of texts, all rows of one length; `header` is empty where the first row already holds content."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.header or self.rows[0])


def read_table(text: str, *, has_header: bool = True) -> Table:
    """Return the table in a text. Raises ``NotATable`` where there is none."""
    if len(text) > MOST_CHARACTERS:
        message = f"This is longer than {MOST_CHARACTERS:,} characters. Paste it in parts."
        raise NotATable(message)
    grid = [tuple(_tidy(cell) for cell in row) for row in _grid(text)]
    grid = [row for row in grid if any(row)]
    if not grid or max(len(row) for row in grid) < 2:
        raise NotATable
    if len(grid) > MOST_ROWS:
        message = f"These are {len(grid)} rows. Paste at most {MOST_ROWS} at a time."
        raise NotATable(message)
    width = min(max(len(row) for row in grid), MOST_COLUMNS)
    square = [(*row, *[""] * (width - len(row)))[:width] for row in grid]
    header, rows = (square[0], square[1:]) if has_header else ((), square)
    if not rows:
        message = "There is a heading, but no row below it."
        raise NotATable(message)
    return Table(header=header, rows=tuple(rows))


def _grid(text: str) -> list[list[str]]:
    if re.search(r"<t[rdh][\s>]", text, re.IGNORECASE):
        reader = _HtmlTable()
        reader.feed(text)
        reader.close()
        return reader.grid()
    lines = [line for line in text.splitlines() if line.strip()]
    if "\t" in text:
        return list(csv.reader(text.splitlines(keepends=True), delimiter="\t"))
    if lines and all("|" in line for line in lines):
        piped = [line.strip().removeprefix("|").removesuffix("|") for line in lines if not _RULE.match(line)]
        return [[cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)] for line in piped]
    return list(csv.reader(text.splitlines(keepends=True)))


def _tidy(cell: str) -> str:
    lines = (" ".join(line.split()) for line in cell.strip().splitlines())
    return "\n".join(line for line in lines if line)


@dataclass(slots=True)
class _Cell:
    rowspan: int = 1
    colspan: int = 1
    text: list[str] = field(default_factory=list)


class _HtmlTable(HTMLParser):
    """Collects the cells of every table row, however carelessly the tags are closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[_Cell]] = []
        self._cell: _Cell | None = None
        self._address = ""
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"script", "style"}:
            self._skipping += 1
        elif tag == "tr":
            self.rows.append([])
            self._cell = None
        elif tag in {"td", "th"}:
            self._cell = _Cell(rowspan=_span(values.get("rowspan")), colspan=_span(values.get("colspan")))
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append(self._cell)
        elif tag in {"br", "p", "li", "div"}:
            self._add("\n")
        elif tag == "a" and (values.get("href") or "").startswith(("http://", "https://")):
            self._address = str(values["href"])
            self._add("[")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._skipping = max(0, self._skipping - 1)
        elif tag in {"td", "th", "tr", "table"}:
            self._cell = None
        elif tag == "a" and self._address:
            self._add(f"]({self._address})")
            self._address = ""

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        if self._cell is not None:
            self._cell.text.append(text)

    def grid(self) -> list[list[str]]:
        """Return the texts, with spans written out."""
        grid: list[list[str]] = []
        hanging: dict[int, tuple[int, str]] = {}
        for row in self.rows:
            out: list[str] = []
            for cell in row:
                _hang(out, hanging)
                text = "".join(cell.text)
                if cell.rowspan > 1:
                    hanging[len(out)] = (cell.rowspan - 1, text)
                out += [text, *[""] * (cell.colspan - 1)]
            _hang(out, hanging)
            grid.append(out)
        return grid


def _hang(out: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    while len(out) in hanging:
        left, text = hanging.pop(len(out))
        if left > 1:
            # It hangs below this row too; what was popped is put back after the row has moved on.
            hanging[len(out)] = (left - 1, text)
            out.append(text)
            continue
        out.append(text)


def _span(value: str | None) -> int:
    return min(int(value), 60) if value and value.isascii() and value.isdigit() and int(value) else 1


def columns_of(table: Table) -> list[tuple[str, list[str]]]:
    """Return each column as its heading and its first few texts, for the mapping step."""
    heads = table.header or [f"Column {number}" for number in range(1, table.width + 1)]
    cells = zip_longest(*table.rows, fillvalue="")
    return [
        (head or f"Column {number}", [cell for cell in column if cell][:3])
        for number, (head, column) in enumerate(zip(heads, cells, strict=True), start=1)
    ]
