"""Values that must be the very same."""

from typing import Any

import numpy as np

from runners.comparators.base import Mismatch, mismatch, other_kind
from runners.diagnostics import array_text
from runners.runs import Record
from runners.wording import value_text


def compare_exact(found: Record, expected: Record) -> Mismatch | None:
    """Compare type, dtype, shape and content."""
    name, one, other = expected.name, found.value, expected.value
    if wrong := other_kind(name, one, other):
        return wrong
    if isinstance(other, np.ndarray) and one.shape != other.shape:
        reason = f"{name} has shape {one.shape}, the reference has {other.shape}"
        return mismatch(name, reason, found=array_text(one), expected=array_text(other))
    if is_same(one, other):
        return None
    texts = {"found": value_text(one), "expected": value_text(other)}
    return mismatch(name, f"{name} is {texts['found']}, the reference has {texts['expected']}", **texts)


def is_same(found: Any, expected: Any) -> bool:
    """Whether two plain values are the same in type and content; NaN is the same as NaN."""
    if type(found) is not type(expected):
        return False
    if isinstance(expected, np.ndarray):
        if found.dtype != expected.dtype or found.shape != expected.shape:
            return False
        return bool(((found == expected) | ((found != found) & (expected != expected))).all())
    if isinstance(expected, float):
        return bool(found == expected or (found != found and expected != expected))
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(is_same, found, expected))
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(is_same(found[key], expected[key]) for key in expected)
    return bool(found == expected)
