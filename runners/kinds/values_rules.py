"""Compare what a ``submit_*`` function handed in with what it handed in with the reference solution.

Theory of operation
-------------------
The inputs of such suites are often fixed, so what the reference has is the same in every run. Nothing here may
therefore tell it: not as a number, not as a distance, not as the place or the count of what is wrong. A student reads
what they submitted themselves, and of the reference its type and its shape. A hint is given only where nearly all of
the answer is there already.

Kinds of numbers are free, as they are in these suites: a float64 is compared with a float32 by the reference's rule.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from runners.comparators import Mismatch
from runners.diagnostics import Closeness, array_text, number_text
from runners.guesses import hint_for
from runners.protocol import Tolerance, ValueDifference

TOLERANCES = {
    # About three digits, five, and seven: two right ways to compute the same differ by the rounding of many steps.
    "f2": Tolerance(rtol=4e-3, atol=1e-3),
    "f4": Tolerance(rtol=1e-4, atol=1e-5),
    "f8": Tolerance(rtol=1e-6, atol=1e-8),
    "c8": Tolerance(rtol=1e-4, atol=1e-5),
    "c16": Tolerance(rtol=1e-6, atol=1e-8),
}
# A Python float may have been a float32 before.
OF_FLOATS = Tolerance(rtol=1e-5, atol=1e-6)
LEAST_HINTED = 4
_WRONG = "is not what the reference has"
MAX_TEXT = 200


def tolerance_for(case_id: str, stated: Mapping[str, Tolerance]) -> Tolerance | None:
    """Return what ``suite.toml`` says about one test, or None for the defaults."""
    return stated.get(case_id, stated.get("*"))


def compare(name: str, found: Any, expected: Any, tolerance: Tolerance | None) -> Mismatch | None:
    """Compare one submitted value; None means that it is right."""
    if (where := _difference(found, expected, tolerance)) is None:
        return None
    place, reason, hint = where
    text = f"{name}{place} {reason}"
    shown = _text(found)
    return Mismatch(difference=ValueDifference(name=name, reason=text, found=shown), hint=hint)


Difference = tuple[str, str, str]
"""The place inside of the value, what is wrong there, and a hint."""


def _difference(found: Any, expected: Any, tolerance: Tolerance | None) -> Difference | None:
    if isinstance(expected, list | dict):
        return _nested_difference(found, expected, tolerance)
    if _is_number(expected):
        return _number_difference(found, expected, tolerance)
    if type(found) is not type(expected):
        return "", f"is {_kind(found)}, the reference has {_kind(expected)}", ""
    return None if found == expected else ("", _WRONG, "")


def _nested_difference(found: Any, expected: Any, tolerance: Tolerance | None) -> Difference | None:
    if type(found) is not type(expected):
        return "", f"is {_kind(found)}, the reference has {_kind(expected)}", ""
    if isinstance(expected, list):
        if len(found) != len(expected):
            return "", f"has the length {len(found)}, the reference has {len(expected)}", ""
        pairs = [(f"[{index}]", one, other) for index, (one, other) in enumerate(zip(found, expected, strict=True))]
    else:
        if found.keys() != expected.keys():
            return "", "has other keys than the reference", ""
        pairs = [(f"[{key!r:.40}]", found[key], expected[key]) for key in expected]
    inner = [(place, each) for place, one, other in pairs if (each := _difference(one, other, tolerance)) is not None]
    if not inner:
        return None
    # Where the form is another one, the place is named; where a value is wrong, it would tell which others are right.
    formal = [(place + deeper, reason, hint) for place, (deeper, reason, hint) in inner if reason != _WRONG]
    return formal[0] if formal else ("", _WRONG, inner[0][1][2])


def _number_difference(found: Any, expected: Any, tolerance: Tolerance | None) -> Difference | None:
    if not _is_number(found) or isinstance(found, np.ndarray) != isinstance(expected, np.ndarray):
        scalar = _is_number(found) and np.ndim(found) == np.ndim(expected) == 0
        if not scalar:
            return "", f"is {_kind(found)}, the reference has {_kind(expected)}", ""
    one, other = np.asarray(found), np.asarray(expected)
    if one.dtype.kind == "O" or other.dtype.kind == "O":  # whole numbers beyond 64 bits
        return None if found == expected else ("", _WRONG, "")
    if one.shape != other.shape:
        hint = _hint(one, other, _closeness(expected, other, tolerance))
        return "", f"has shape {one.shape}, the reference has {other.shape}", hint
    if other.dtype.kind in "biu":
        return None if bool((one == other).all()) else ("", _WRONG, "")
    closeness = _closeness(expected, other, tolerance)
    if closeness.accepts(one, other):
        return None
    bad = ~np.isfinite(one)
    reason = "holds values that are not finite" if bool((bad & np.isfinite(other)).any()) else _WRONG
    return "", reason, _hint(one, other, closeness)


def _closeness(expected: Any, array: Any, tolerance: Tolerance | None) -> Closeness:
    if tolerance is None:
        code = f"{array.dtype.kind}{array.dtype.itemsize}"
        tolerance = OF_FLOATS if type(expected) is float else TOLERANCES.get(code, OF_FLOATS)
    return Closeness(rtol=tolerance.rtol, atol=tolerance.atol)


def _hint(found: Any, expected: Any, closeness: Closeness) -> str:
    """Return a hint where it tells nothing that the student does not have: not of few or of equal numbers."""
    if any(array.size < LEAST_HINTED or bool((array == array.flat[0]).all()) for array in (found, expected)):
        return ""
    return hint_for(found, expected, closeness)


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | np.ndarray)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing (None)"
        case bool() | int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a map"
        case np.ndarray():
            return f"an array of shape {value.shape}" if value.ndim else "a number"
        case _:
            return f"of the type {type(value).__name__}"


def _text(value: Any) -> str:
    match value:
        case np.ndarray():
            text = array_text(value)
        case float():
            text = number_text(value)
        case int() if value.bit_length() > 1_024:
            text = f"a whole number of {value.bit_length()} bits"
        case list() | dict():
            text = f"{_kind(value)} of length {len(value)}"
        case _:
            text = repr(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
