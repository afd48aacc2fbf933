"""What every comparator says: that a value is right, or where it is not."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from runners.protocol import ValueDifference
from runners.wording import kind_text

MAX_REASON = 2_000


class RuleInvalid(Exception):
    """The reference's run stated a rule that does not exist. Ours: no submission can cause it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One value that is not what the reference has."""

    difference: ValueDifference
    hint: str = ""
    share: Decimal = Decimal(0)
    """What it is worth all the same, from 0 to below 1; only a suite's own comparator gives any."""


def mismatch(name: str, reason: str, *, hint: str = "", found: str = "", expected: str = "") -> Mismatch:
    """Return the mismatch of a value as a whole."""
    difference = ValueDifference(name=name, reason=reason[:MAX_REASON], found=found, expected=expected)
    return Mismatch(difference=difference, hint=hint)


def other_kind(name: str, found: Any, expected: Any) -> Mismatch | None:
    """Return the mismatch of two values that cannot even be compared: another type, or another dtype."""
    if type(found) is not type(expected):
        hint = _none_hint(name) if found is None else ""
        return mismatch(name, f"{name} is {kind_text(found)}, the reference has {kind_text(expected)}", hint=hint)
    if isinstance(expected, np.ndarray) and found.dtype != expected.dtype:
        return mismatch(name, f"{name} is {found.dtype}, the reference is {expected.dtype}")
    return None


def not_finite(value: Any) -> bool:
    """Whether a plain value holds a number that is infinite or none at all."""
    match value:
        case np.ndarray():
            return value.dtype.kind in "fc" and not bool(np.isfinite(value).all())
        case float():
            return not np.isfinite(value)
        case list():
            return any(map(not_finite, value))
        case dict():
            return any(map(not_finite, value.values()))
        case _:
            return False


def _none_hint(name: str) -> str:
    if "grad" in name.lower():
        return (
            "No gradient arrived there at all: was the value cut off from the graph (detach, .data, no_grad, a new "
            "tensor made from its numbers), or did it never ask for a gradient?"
        )
    return "None is what a function gives back that ends without return."
