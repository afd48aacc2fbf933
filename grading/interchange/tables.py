"""Tables as bytes: reading what spreadsheets and other systems save, and writing RFC 4180.

Reading finds out the encoding and the delimiter, keeps the line number of every row, and keeps cells as they stand:
blanks at their ends matter to some formats. Writing always gives UTF-8, and CR LF at the end of a line.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grading.interchange.problems import Problem, Unreadable, listed, quoted

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAVE_AGAIN = "Save it as “CSV UTF-8” in the spreadsheet and upload that."
_NO_TABLES = {
    b"PK\x03\x04": "This is a workbook or an archive, not a CSV file.",
    b"\xd0\xcf\x11\xe0": "This is a workbook, not a CSV file.",
    b"%PDF": "This is a PDF, not a CSV file.",
    b"\x1f\x8b": "This is a compressed file, not a CSV file.",
}
_FIRST_LINES, _FIRST_CHARACTERS = 12, 200_000
_NOTHING = " ,;\t"
# https://owasp.org/www-community/attacks/CSV_Injection; the full-width forms are formulas to spreadsheets in Japanese.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile(r"''*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?%?", re.ASCII)

Cell = str | Decimal | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a table may be."""

    file_bytes: int = 10_000_000
    rows: int = 20_000
    columns: int = 1_000
    cell_characters: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row below the heading: as many cells as the heading has, and the line on which it begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table with a heading. Headings have no blanks at their ends, and cells are as the file writes them."""

    header: tuple[str, ...]
    header_line: int
    rows: tuple[Row, ...]
    delimiter: str
    encoding: str
    problems: tuple[Problem, ...] = field(default=())

    @property
    def has_decimal_commas(self) -> bool:
        """Whether numbers here are likely to be written with a comma: another mark stands between cells."""
        return self.delimiter == ";"


def read_sheet(data: bytes, *, limits: Limits | None = None) -> Sheet:
    """Return the table in a file. Raises ``Unreadable`` where there is none, or where it is too large.

    Headings that stand twice and rows with more cells than headings are told in ``problems``; such rows are left out,
    since nobody knows which of their cells belongs where.
    """
    limits = limits or Limits()
    text, encoding = _decoded(data, limits)
    text, delimiter = _declared(text)
    delimiter = delimiter or _delimiter_of(text)
    records = _records(text, delimiter, limits)
    header_line, first = next(records, (0, []))
    header = tuple(cell.strip() for cell in first)
    while header and not header[-1]:
        header = header[:-1]
    if len(header) < 2:
        message = (
            "This is no table: the first line should hold at least two headings, with commas, semicolons or tabs "
            "between them. Open the file, and see whether something else stands above the headings."
        )
        raise Unreadable(message)
    problems = list(_doubled_headings(header, header_line))
    rows = []
    for line, cells in records:
        if any(cell.strip() for cell in cells[len(header) :]):
            problems.append(_too_long(line, cells, header, delimiter))
            continue
        rows.append(Row(line=line, cells=(*cells[: len(header)], *[""] * (len(header) - len(cells)))))
    return Sheet(
        header=header, header_line=header_line, rows=tuple(rows), delimiter=delimiter, encoding=encoding,
        problems=tuple(problems),
    )  # fmt: skip


def write_sheet(rows: Iterable[Sequence[Cell]], *, guard: bool) -> bytes:
    """Return rows as UTF-8 with CR LF at line ends, quoted where a reader could stumble.

    With `guard`, a text that a spreadsheet would take for a formula gets an apostrophe in front, which
    ``without_guard`` takes away again; numbers, negative ones too, stay numbers. Files for other systems are written
    without, since they would take the apostrophe for a part of the name.
    """
    lines = [",".join(_quoted_cell(_written(cell, guard=guard)) for cell in row) for row in rows]
    return "".join(f"{line}\r\n" for line in lines).encode()


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def without_guard(text: str) -> str:
    """Return what ``guarded`` was given."""
    return text[1:] if _GUARDED.match(text) else text


def number_text(number: Decimal) -> str:
    """Return a number exactly, without an exponent and without zeros that say nothing: ``18``, ``-0.5``."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _written(cell: Cell, *, guard: bool) -> str:
    match cell:
        case None:
            return ""
        case str():
            return guarded(cell) if guard else cell
        case Decimal():
            return number_text(cell)
        case int():
            return str(cell)


def _quoted_cell(text: str) -> str:
    # Semicolons and tabs too, so that nobody who guesses the delimiter guesses wrongly.
    if any(mark in text for mark in ',;\t"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _decoded(data: bytes, limits: Limits) -> tuple[str, str]:
    if len(data) > limits.file_bytes:
        message = f"This file has {len(data):,} bytes, and at most {limits.file_bytes:,} are read. Upload it in parts."
        raise Unreadable(message)
    for start, sentence in _NO_TABLES.items():
        if data.startswith(start):
            message = f"{sentence} {_SAVE_AGAIN}"
            raise Unreadable(message)
    if not data.strip():
        message = "This file is empty. Choose the file that holds the table."
        raise Unreadable(message)
    text, encoding = _text_of(data)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        message = f"Line {line} holds a character that no table has (NUL). {_SAVE_AGAIN}"
        raise Unreadable(message)
    if re.match(r"\s*<(?:!doctype|html|\?xml)", text, re.IGNORECASE):
        message = "This is a web page, perhaps one that asks to sign in, not a CSV file. Download the file again."
        raise Unreadable(message)
    return text, encoding


def _text_of(data: bytes) -> tuple[str, str]:
    for start, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(start):
            return _strictly(data, encoding), encoding
    sample = data[:4000]
    if len(sample) >= 4 and b"\0" in sample:
        for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            half = sample[offset::2]
            if half.count(0) * 2 > len(half) and sample[1 - offset :: 2].count(0) == 0:
                return _strictly(data, encoding), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        # The five bytes that cp1252 leaves undefined become a visible mark rather than a refusal.
        return data.decode("cp1252", errors="replace"), "cp1252"


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"This file begins as {encoding.upper()} and goes on as something else. {_SAVE_AGAIN}"
        raise Unreadable(message) from error


def _declared(text: str) -> tuple[str, str]:
    """Return the text without the line by which Excel is told the delimiter, and the delimiter or nothing."""
    if (found := re.match(r'"?sep=([,;\t])"?(?=\r?\n)', text, re.IGNORECASE)) is None:
        return text, ""
    # The line end stays, so that lines keep their numbers.
    return text[found.end() :], found[1]


def _delimiter_of(text: str) -> str:
    """Return the delimiter for which most of the first lines have as many cells as the heading."""
    counts = list(_delimiters_per_line(text))
    if not counts:
        return ","

    def likeliness(delimiter: str) -> tuple[int, int]:
        width = counts[0][delimiter]
        return (sum(count[delimiter] == width for count in counts), width) if width else (0, 0)

    return max(DELIMITERS, key=likeliness)  # max keeps the first of equals: the comma


def _delimiters_per_line(text: str) -> Iterator[Counter[str]]:
    """Yield how often each delimiter stands outside of quotation marks in each of the first lines that say anything."""
    count: Counter[str] = Counter()
    inside, said, lines = False, False, 0
    for mark in text[:_FIRST_CHARACTERS]:
        if mark == '"':
            inside = not inside
        if mark in "\r\n" and not inside:
            if said:
                yield count
                lines += 1
            if lines == _FIRST_LINES:
                return
            count, said = Counter(), False
        elif not inside and mark in DELIMITERS:
            count[mark] += 1
        elif mark not in _NOTHING:
            said = True
    if said and not inside:
        yield count


def _records(text: str, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = 0
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_why(str(error), line, delimiter, limits)) from error
        if not "".join(cells).strip(_NOTHING):
            continue
        rows += 1
        _check_size(line, cells, rows, limits)
        yield line, cells


def _why(error: str, line: int, delimiter: str, limits: Limits) -> str:
    if "end of data" in error:
        return f"Line {line} opens a quotation mark that nothing closes. Close it there, or take it away."
    if "field larger" in error:
        return f"Line {line} has a cell of more than {limits.cell_characters:,} characters. Shorten it."
    return (
        f"Line {line} has text between a closing quotation mark and the next of the {DELIMITERS[delimiter]} that "
        "separate cells. Write a quotation mark inside a quoted cell twice."
    )


def _check_size(line: int, cells: list[str], rows: int, limits: Limits) -> None:
    message = ""
    if len(cells) > limits.columns:
        message = f"Line {line} has {len(cells):,} cells, and at most {limits.columns:,} are read. Remove columns."
    elif max(len(cell) for cell in cells) > limits.cell_characters:
        message = f"Line {line} has a cell of more than {limits.cell_characters:,} characters. Shorten it."
    elif rows > limits.rows + 1:
        message = f"There are more than {limits.rows:,} rows, the last at line {line}. Upload the file in parts."
    if message:
        raise Unreadable(message)


def _doubled_headings(header: tuple[str, ...], line: int) -> Iterator[Problem]:
    places: dict[str, list[int]] = {}
    for number, name in enumerate(header, start=1):
        if name:
            places.setdefault(name, []).append(number)
    for name, numbers in places.items():
        if len(numbers) > 1:
            sentence = f"Line {line} has the heading {quoted(name)} in columns {listed(numbers)}: rename all but one."
            yield Problem(line=line, column=name, sentence=sentence)


def _too_long(line: int, cells: list[str], header: tuple[str, ...], delimiter: str) -> Problem:
    sentence = (
        f"Line {line} has {len(cells)} cells below {len(header)} headings: where a cell holds one of the "
        f"{DELIMITERS[delimiter]} that separate cells, put the cell in quotation marks."
    )
    return Problem(line=line, column="", sentence=sentence)
