"""Values as a student reads them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from runners.diagnostics import array_text, number_text

MAX_VALUE_TEXT = 400
MAX_LISTED = 12
MAX_SHOWN_BITS = 1_024
"""Python refuses to write much larger whole numbers as text."""


def kind_text(value: Any) -> str:
    """Return what a value is, in words."""
    match value:
        case None:
            return "nothing (None)"
        case bool():
            return "true or false"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case np.ndarray():
            return "an array"
        case _:
            return f"of type {type(value).__name__}"


def value_text(value: Any) -> str:
    """Return a value on one line, as much of it as one can read."""
    match value:
        case np.ndarray():
            text = array_text(value)
        case float():
            text = number_text(value, digits=17)
        case int() if value.bit_length() > MAX_SHOWN_BITS:
            text = f"a whole number of {value.bit_length()} bits"
        case list():
            shown = ", ".join(value_text(each) for each in value[:MAX_LISTED])
            text = f"[{shown}{', …' if len(value) > MAX_LISTED else ''}]"
        case _:
            text = repr(value)
    return text if len(text) <= MAX_VALUE_TEXT else text[: MAX_VALUE_TEXT - 1] + "…"


def input_text(value: Any) -> str:
    """Return an input of a case as one would write it, with its shape where it is large."""
    match value:
        case {"shape": list(shape), "dtype": str(dtype), "first": np.ndarray() as first}:
            sizes = " x ".join(str(size) for size in shape)
            return f"{dtype}, {sizes}, beginning {_nested(first)[:-1]}, …]"
        case np.ndarray():
            return _nested(value)
        case _:
            return value_text(value)


def _nested(array: np.ndarray[Any, Any]) -> str:
    if array.ndim == 0:
        return number_text(array[()])
    return f"[{', '.join(_nested(each) if array.ndim > 1 else number_text(each) for each in array)}]"


def listed(values: Sequence[Any]) -> str:
    """Return the first three, and how many there are besides."""
    shown = ", ".join(value_text(each) for each in values[:3])
    return shown if len(values) <= 3 else f"{shown} and {len(values) - 3} more"


def count_text(number: int, noun: str) -> str:
    """Return ``1 value`` or ``2 values``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def sentence(reason: str) -> str:
    """Return a reason as a sentence."""
    return f"{reason[:1].upper()}{reason[1:]}."


def joined(lines: Iterable[str], *, most: int) -> str:
    """Return as many whole lines as fit into so many characters."""
    text = ""
    for line in lines:
        if len(text) + 1 + len(line) > most:
            return f"{text}\n…"
        text += f"\n{line}" if text else line
    return text
