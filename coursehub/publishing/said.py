"""Dates and times as people write them in tables, read without guessing more than one can defend.

``3/4`` is read month first unless the reader is told that the day comes first, or the first number is above twelve. A
date without a year is taken in the year that puts it nearest to a day of the term.
"""

import datetime as dt
import re

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_NUMBERS = re.compile(r"\b(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?(?!\d)")
_NAMED_AFTER = re.compile(r"\b(\d{1,2})(?:[snrt][tdh])?\.?\s+([a-z]{3,9})\b\.?,?\s*(\d{4})?")
_NAMED_BEFORE = re.compile(r"\b([a-z]{3,9})\.?\s+(\d{1,2})(?:[snrt][tdh])?\b,?\s*(\d{4})?")
_CLOCK = re.compile(r"\b(\d{1,2})(?:[:.h](\d{2}))?\s*([ap])?\.?(?:m\b\.?)?", re.IGNORECASE)
_UNKNOWN = {"", "tbd", "tba", "to be announced", "?", "-", "\N{EN DASH}", "\N{EM DASH}"}


class Unreadable(ValueError):
    """A text that is neither a date nor a time, nor says that it is to be announced."""


def read_date(text: str, *, near: dt.date, day_first: bool = False) -> dt.date | None:
    """Return the date in a text, or None where it is to be announced. Raises ``Unreadable``."""
    said = text.strip().lower()
    if said in _UNKNOWN:
        return None
    parts = _parts(said, day_first=day_first)
    if parts is None:
        message = f"“{text}” is not a date"
        raise Unreadable(message)
    year, month, day = parts
    try:
        found = dt.date(year, month, day) if year else _nearest(month, day, near)
    except ValueError as error:
        message = f"there is no day “{text}”"
        raise Unreadable(message) from error
    weekday = weekday_in(said)
    if weekday is not None and weekday != found.weekday():
        message = f"“{text}” says {WEEKDAYS[weekday].capitalize()}, but {found.isoformat()} is a {found:%A}"
        raise Unreadable(message)
    return found


def weekday_in(text: str) -> int | None:
    """Return the weekday that a text begins with, 0 for Monday, or None."""
    word = re.match(r"[a-z]+", text.strip().lower())
    if word is None or len(word[0]) < 2:
        return None
    fits = [number for number, name in enumerate(WEEKDAYS) if name.startswith(word[0])]
    return fits[0] if len(fits) == 1 else None


def read_times(text: str) -> tuple[dt.time | None, dt.time | None]:
    """Return when something starts and ends; None for what is not said. Raises ``Unreadable``."""
    said = text.strip().lower()
    if said in _UNKNOWN:
        return None, None
    found = [match for match in _CLOCK.finditer(said) if match[2] or match[3] or len(said) <= 12]
    if not found or len(found) > 2:
        message = f"“{text}” is not a time"
        raise Unreadable(message)
    halves = [match[3].lower() if match[3] else "" for match in found]
    end = _clock(found[-1], halves[-1], text) if len(found) == 2 else None
    start = _clock(found[0], halves[0], text)
    if end is not None and not halves[0] and halves[1] == "p":
        # “3:30-5:00 PM”: the first takes the half of the second, unless that would put it after.
        later = _clock(found[0], "p", text)
        start = later if later < end else start
    if end is not None and end <= start:
        message = f"“{text}” ends before it starts"
        raise Unreadable(message)
    return start, end


def _clock(match: re.Match[str], half: str, text: str) -> dt.time:
    hour, minute = int(match[1]), int(match[2] or 0)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, minute)
    except ValueError as error:
        message = f"there is no time “{text}”"
        raise Unreadable(message) from error


def _parts(said: str, *, day_first: bool) -> tuple[int, int, int] | None:
    if match := _ISO.search(said):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _NUMBERS.search(said):
        first, second = int(match[1]), int(match[2])
        month, day = (second, first) if day_first or first > 12 or "." in match[0] else (first, second)
        year = int(match[3] or 0)
        return (year + 2000 if 0 < year < 100 else year), month, day
    for pattern, name_at, day_at in ((_NAMED_BEFORE, 1, 2), (_NAMED_AFTER, 2, 1)):
        for match in pattern.finditer(said):
            month = _month(match[name_at])
            if month:
                return int(match[3] or 0), month, int(match[day_at])
    return None


def _month(word: str) -> int:
    return next((number for number, name in enumerate(_MONTHS, start=1) if name.startswith(word)), 0)


def _nearest(month: int, day: int, near: dt.date) -> dt.date:
    candidates = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            candidates.append(dt.date(year, month, day))
        except ValueError:
            continue
    return min(candidates, key=lambda date: abs(date - near))
