"""Single values out of an autograder's JSON, of whatever type they turn out to be. Nothing here raises."""

import json
import math
import re
from decimal import Decimal
from typing import Any

from runners.cleaning import clean
from runners.protocol import TextFormat

MAX_TEXT = 100_000
TRUNCATED = "[...(truncated)...]"
MAX_NUMBER_CHARACTERS = 60
LARGEST = Decimal(10**8 - 1)
MAX_DEPTH = 20
_PLACES = Decimal("0.0001")
# What colours text in a terminal; any other escape sequence does something to it.
_COLOUR = re.compile(r"(\x1b\[[0-9;]{0,20}m)")


def number(value: object) -> Decimal | None:
    """Return a number with four decimals, also from text; None for what is none, is not finite, or is past 10**8."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, str) and len(value) > MAX_NUMBER_CHARACTERS:
        return None
    try:
        found = Decimal(value.strip() if isinstance(value, str) else value)
        if not found.is_finite() or abs(found) > LARGEST:
            return None
        return found.quantize(_PLACES) + 0
    except (ArithmeticError, ValueError):
        return None


def text(value: object, *, limit: int = MAX_TEXT, kind: TextFormat = TextFormat.TEXT) -> str:
    """Return a value as text that may be stored, its middle left out where it is longer than the limit.

    Only ``ansi`` keeps colours: what shows it turns them into harmless markup.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        whole = value
    else:
        try:
            whole = json.dumps(storable(value), ensure_ascii=False)
        except (ValueError, RecursionError):
            return ""
    whole = shorten(whole, limit)
    if kind is not TextFormat.ANSI:
        return clean(whole)
    return "".join(part if place % 2 else clean(part) for place, part in enumerate(_COLOUR.split(whole)))


def line(value: object, *, limit: int) -> str:
    """Return a value as one line of text, its end left out where it is longer than the limit."""
    whole = " ".join(text(value, limit=10 * limit).split())
    return whole if len(whole) <= limit else f"{whole[: limit - 1]}…"


def shorten(whole: str, limit: int = MAX_TEXT) -> str:
    """Return a text of at most this many characters, with a mark where its middle was left out."""
    if len(whole) <= limit:
        return whole
    kept = limit - len(TRUNCATED)
    end = kept // 2
    return whole[: kept - end] + TRUNCATED + whole[len(whole) - end :]


def storable(value: object, depth: int = 0) -> Any:
    """Return a JSON value that any database takes: no NaN, no null characters, no number past 64 bits, not too deep."""
    if depth > MAX_DEPTH:
        return None
    match value:
        case None | bool():
            return value
        case str():
            return clean(value)
        case int() | float() | Decimal():
            return _finite(value)
        case list():
            return [storable(each, depth + 1) for each in value]
        case dict():
            return {clean(str(key)): storable(each, depth + 1) for key, each in value.items()}
    return None


def _finite(value: int | float | Decimal) -> int | float | None:
    try:
        found = float(value)
    except (OverflowError, ValueError):
        return None
    if not math.isfinite(found):
        return None
    is_whole = isinstance(value, int) or (isinstance(value, Decimal) and value.as_tuple().exponent == 0)
    return int(value) if is_whole and abs(found) < 1 << 63 else found
