"""Numbers and marks in cells: points with a point or a comma, per cent, excused, not assigned, nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from grading.interchange.problems import quoted
from grading.interchange.tables import number_text

_PLACES = Decimal("0.01")
_MOST_DIGITS = 16
_SIMPLE = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:(?P<mark>[.,])(?P<digits>[0-9]*))?")
# The mark that groups digits by threes is one and the same, and the decimal mark is another.
_GROUPED = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,3}(?P<mark>[.,' ])[0-9]{3}(?:(?P=mark)[0-9]{3})*)"
    r"(?:(?!(?P=mark))[.,](?P<digits>[0-9]+))?"
)
_OTHER_MARKS = str.maketrans({"\u2212": "-", "\u00a0": " ", "\u202f": " ", "\u2019": "'"})


class ScoreKind(StrEnum):
    """What a cell of a grade says."""

    POINTS = "points"
    PERCENT = "percent"
    EXCUSED = "excused"
    """``EX``: it does not count for this person."""
    NOT_ASSIGNED = "not_assigned"
    """``N/A``: this person was not given the assessment."""
    BLANK = "blank"
    """Nothing, or ``-``: no score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a cell says. ``number`` is points or per cent, and None for the other kinds."""

    kind: ScoreKind
    number: Decimal | None = None

    @property
    def is_given(self) -> bool:
        """Whether the cell says something of how somebody did: points, per cent, or excused."""
        return self.kind not in {ScoreKind.BLANK, ScoreKind.NOT_ASSIGNED}

    def points(self, *, of: Decimal | None) -> Decimal | None:
        """Return points exactly, or None where there are none, or where per cent are given of an unknown maximum."""
        if self.kind is ScoreKind.PERCENT and self.number is not None:
            return None if of is None else self.number * of / 100
        return self.number


EXCUSED = Score(kind=ScoreKind.EXCUSED)
NOT_ASSIGNED = Score(kind=ScoreKind.NOT_ASSIGNED)
BLANK = Score(kind=ScoreKind.BLANK)


def points_score(points: Decimal) -> Score:
    """Return points as a score."""
    return Score(kind=ScoreKind.POINTS, number=points)


def decimal_of(text: str) -> Decimal | None:
    """Return the number in a text, or None where there is none, or where it could be two different ones.

    ``18.5``, ``18,5``, ``1,234.50``, ``1.234,50`` and ``1 234`` are numbers. ``1,234`` alone could be meant either way
    and is none; exponents, infinity and digits of other scripts are none.
    """
    cleaned = text.strip().translate(_OTHER_MARKS)
    if (found := _SIMPLE.fullmatch(cleaned)) and (found["whole"] or found["digits"]):
        if _is_ambiguous(found):
            return None
    elif not (found := _GROUPED.fullmatch(cleaned)):
        return None
    whole = "".join(mark for mark in found["whole"] if mark.isdigit())
    digits = found["digits"] or ""
    if len(whole) + len(digits) > _MOST_DIGITS:
        return None
    return Decimal(f"{found['sign']}{whole or '0'}.{digits or '0'}")


def score_of(text: str) -> Score | None:
    """Return what a cell of a grade says, or None where it says nothing that is known."""
    cleaned = text.strip()
    match cleaned.upper():
        case "" | "-" | "\u2013" | "\u2014":
            return BLANK
        case "EX":
            return EXCUSED
        case "N/A":
            return NOT_ASSIGNED
    kind = ScoreKind.PERCENT if cleaned.endswith("%") else ScoreKind.POINTS
    number = decimal_of(cleaned.removesuffix("%"))
    return None if number is None else Score(kind=kind, number=number)


def why_no_score(text: str) -> str:
    """Return why a text is no score, and what to write, as the rest of a sentence about its line."""
    found = _SIMPLE.fullmatch(text.strip().removesuffix("%").strip().translate(_OTHER_MARKS))
    if found and _is_ambiguous(found):
        one, other = f"{found['whole']}.{found['digits']}", f"{found['whole']}{found['digits']}"
        return f"has {quoted(text)}, which could mean {one} or {other}: write it with a point, or without any mark."
    return f"has {quoted(text)}, which is no number: write points, a percentage, EX, N/A or nothing."


def score_text(score: Score) -> str:
    """Return what to write in a cell, exactly: ``18.5``, ``85%``, ``EX``, ``N/A`` or nothing."""
    return _text(score, number_text)


def canvas_text(score: Score) -> str:
    """Return what Canvas would write: as ``score_text``, but numbers with two places."""
    return _text(score, two_places)


def two_places(number: Decimal) -> str:
    """Return a number as Canvas writes it, with two places, halves away from zero: ``18.00``."""
    # From gradebook_exporter.rb: I18n.n(score, precision: 2).
    text = f"{number.quantize(_PLACES, rounding=ROUND_HALF_UP):f}"
    return "0.00" if text == "-0.00" else text


def is_same_to_canvas(one: Score, other: Score) -> bool:
    """Return whether Canvas would see no change: numbers agree at two places, and no score is as good as none.

    From gradebook_importer.rb, ``no_change_to_value?``: a blank where a score is, is a change.
    """
    return _compared(one) == _compared(other)


def _compared(score: Score) -> str:
    return "" if score.kind is ScoreKind.NOT_ASSIGNED else canvas_text(score)


def _text(score: Score, write: Callable[[Decimal], str]) -> str:
    match score.kind:
        case ScoreKind.EXCUSED:
            return "EX"
        case ScoreKind.NOT_ASSIGNED:
            return "N/A"
        case ScoreKind.BLANK:
            return ""
    written = "" if score.number is None else write(score.number)
    return f"{written}%" if score.kind is ScoreKind.PERCENT else written


def _is_ambiguous(found: re.Match[str]) -> bool:
    whole, digits = found["whole"], found["digits"] or ""
    return found["mark"] == "," and len(digits) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
