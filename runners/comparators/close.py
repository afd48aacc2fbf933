"""Numbers that may differ by as much as rounding explains."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from runners.comparators.base import MAX_REASON, Mismatch, RuleInvalid, mismatch, other_kind
from runners.diagnostics import Closeness, array_text, index_text, worst_of
from runners.guesses import hint_for
from runners.protocol import ValueDifference
from runners.runs import Record
from runners.wording import value_text


def compare_close(found: Record, expected: Record) -> Mismatch | None:
    """Compare by ``rtol`` and ``atol``, one number each or one per dtype."""
    name = expected.name
    other = _as_numbers(expected.value)
    if other is None:
        message = f"The reference states closeness for {name!r}, which is no number and no array"
        raise RuleInvalid(message)
    closeness = _closeness(expected, other.dtype)
    if wrong := other_kind(name, found.value, expected.value):
        return wrong
    one = _as_numbers(found.value)
    if one is None:
        reason = f"{name} is not made of numbers of a usual size, in rows of equal length, as the reference's is"
        return mismatch(name, reason, found=value_text(found.value), expected=value_text(expected.value))
    if one.shape != other.shape:
        reason = f"{name} has shape {one.shape}, the reference has {other.shape}"
        hint = hint_for(one, other, closeness)
        return mismatch(name, reason, hint=hint, found=array_text(one), expected=array_text(other))
    if closeness.accepts(one, other):
        return None
    return _differing(name, one, other, closeness, why=str(expected.rule.get("why", "")))


def _differing(
    name: str, found: npt.NDArray[Any], expected: npt.NDArray[Any], closeness: Closeness, *, why: str
) -> Mismatch:
    worst = worst_of(found, expected, closeness)
    bad = int((~np.isfinite(found) & np.isfinite(expected)).sum())
    if found.size == 1:
        where = "is"
    elif bad:
        where = f"is not finite in {bad} of {worst.size} values; at {index_text(worst.index)} it is"
    else:
        where = f"differs in {worst.wrong} of {worst.size} values; at {index_text(worst.index)} it is"
    reason = f"{name} {where} {worst.found}, the reference has {worst.expected}"
    if why and not bad:
        reason += f" (allowed is {_allowance_text(closeness)}: {why.rstrip('. ')})"
    return Mismatch(
        difference=ValueDifference(
            name=name,
            reason=reason[:MAX_REASON],
            found=worst.found,
            expected=worst.expected,
            worst_index=list(worst.index),
            relative_error=worst.relative_error,
        ),
        hint=hint_for(found, expected, closeness),
    )


def _closeness(expected: Record, dtype: np.dtype[Any]) -> Closeness:
    rule = expected.rule
    tolerances = [tolerance(expected.name, rule.get(name), dtype) for name in ("rtol", "atol")]
    return Closeness(rtol=tolerances[0], atol=tolerances[1])


def tolerance(name: str, stated: Any, dtype: np.dtype[Any]) -> float:
    """Return the tolerance for a dtype. Raises ``RuleInvalid`` where the rule states none."""
    if isinstance(stated, dict):
        code = dtype.str[1:]
        # A complex number is two real ones of half its size.
        stated = stated.get(code, stated.get({"c16": "f8", "c8": "f4"}.get(code, "")))
        if stated is None:
            message = f"The rule for {name!r} states no tolerance for {dtype}"
            raise RuleInvalid(message)
    if type(stated) is not float or not 0.0 <= stated < math.inf:
        message = f"The rule for {name!r} states a tolerance that is none: {stated!r}"
        raise RuleInvalid(message)
    return stated


def _allowance_text(closeness: Closeness) -> str:
    parts = [
        f"{number:g} {what}" for number, what in ((closeness.rtol, "of the value"), (closeness.atol, "")) if number
    ]
    return " plus ".join(part.strip() for part in parts) or "no difference"


def _as_numbers(value: Any) -> npt.NDArray[Any] | None:
    """Return a plain value as an array of numbers, or None where it holds anything else.

    Every element is looked at before NumPy is: it would make room for the longest text as often as there are elements.
    """
    if not _holds_numbers(value):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        return None
    return array if array.dtype.kind in "biufc" else None


def _holds_numbers(value: Any) -> bool:
    match value:
        case list():
            return all(map(_holds_numbers, value))
        case int():
            return -(2**63) <= value < 2**63
        case _:
            return isinstance(value, float | np.ndarray)
