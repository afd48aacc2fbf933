"""Values of which only the order counts, or anything but the order."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from runners.comparators.base import Mismatch, RuleInvalid, mismatch, not_finite, other_kind
from runners.comparators.close import tolerance
from runners.diagnostics import Closeness, number_text
from runners.runs import Record
from runners.wording import listed, value_text


def compare_ordering(found: Record, expected: Record, pairs: Sequence[Any]) -> Mismatch | None:
    """Compare an order of ids: the same ids as the reference's, and of each pair the first before the second."""
    name = expected.name
    if not isinstance(expected.value, list) or not all(type(each) in (int, str) for each in expected.value):
        message = f"The reference orders {name!r} by something that is neither a whole number nor a text"
        raise RuleInvalid(message)
    if wrong := other_kind(name, found.value, expected.value):
        return wrong
    texts = {"found": value_text(found.value), "expected": value_text(expected.value)}
    if not all(type(each) in (int, str) for each in found.value):
        return mismatch(name, f"{name} holds something that was never to be ordered", **texts)
    times, wanted = Counter(found.value), Counter(expected.value)
    if missing := sorted((wanted - times).elements(), key=str):
        return mismatch(name, f"{name} leaves out {listed(missing)}", **texts)
    if extra := sorted((times - wanted).elements(), key=str):
        return mismatch(name, f"{name} names {listed(extra)} too often", **texts)
    place = {each: position for position, each in enumerate(found.value)}
    for first, second in pairs:
        if first not in place or second not in place:
            message = f"The reference's rule for {name!r} speaks of {first!r} or {second!r}, which it does not order"
            raise RuleInvalid(message)
        if place[first] > place[second]:
            return mismatch(name, f"{name} puts {second} before {first}, which it needs first", **texts)
    return None


def compare_same_set(found: Record, expected: Record) -> Mismatch | None:
    """Compare things whose order means nothing: the items of a list, or an array along its first axis."""
    name, rule = expected.name, expected.rule
    if not isinstance(expected.value, list) and not (isinstance(expected.value, np.ndarray) and expected.value.ndim):
        message = f"The reference states a set for {name!r}, which is no list and no array"
        raise RuleInvalid(message)
    if rule.get("rtol") or rule.get("atol"):
        return _compare_sorted(found, expected)
    if wrong := other_kind(name, found.value, expected.value):
        return wrong
    texts = {"found": value_text(found.value), "expected": value_text(expected.value)}
    if isinstance(expected.value, np.ndarray) and found.value.shape[1:] != expected.value.shape[1:]:
        reason = f"{name} has shape {found.value.shape}, the reference has {expected.value.shape}"
        return mismatch(name, reason, **texts)
    items = {_key(item): item for value in (expected.value, found.value) for item in value}
    times, wanted = (Counter(_key(item) for item in value) for value in (found.value, expected.value))
    if not rule.get("repeats", True):
        times, wanted = Counter(set(times)), Counter(set(wanted))
    if missing := [items[key] for key in (wanted - times).elements()]:
        return mismatch(name, f"{name} leaves out {listed(missing)}", **texts)
    if extra := list((times - wanted).elements()):
        more = "more often than the reference" if extra[0] in wanted else "which the reference does not have"
        return mismatch(name, f"{name} holds {listed([items[key] for key in extra])}, {more}", **texts)
    return None


def _compare_sorted(found: Record, expected: Record) -> Mismatch | None:
    """Compare real numbers in any order within a tolerance; once both are sorted, the best match is the obvious one."""
    name, rule, other = expected.name, expected.rule, expected.value
    if not isinstance(other, np.ndarray) or other.ndim != 1 or other.dtype.kind not in "iuf" or not rule["repeats"]:
        message = f"The reference states a set with a tolerance for {name!r}, which is no row of real numbers"
        raise RuleInvalid(message)
    rtol, atol = (tolerance(name, rule.get(each), other.dtype) for each in ("rtol", "atol"))
    if rtol > 1 or not_finite(other):
        message = f"The reference states a set for {name!r} whose numbers no tolerance can tell apart"
        raise RuleInvalid(message)
    if wrong := other_kind(name, found.value, other):
        return wrong
    texts = {"found": value_text(found.value), "expected": value_text(other)}
    if found.value.shape != other.shape:
        reason = f"{name} has shape {found.value.shape}, the reference has {other.shape}"
        return mismatch(name, reason, **texts)
    one, other = np.sort(found.value), np.sort(other)
    excess = Closeness(rtol=rtol, atol=atol).excess(one, other)
    if (excess <= 1.0).all():
        return None
    worst = int(np.argmax(excess))
    reason = (
        f"{name} holds {number_text(one[worst])} where in rising order the reference has {number_text(other[worst])}"
    )
    return mismatch(name, reason, **texts)


def _key(value: Any) -> Hashable:
    """Return something that is equal for equal values only; zero has no sign, NaN is NaN."""
    match value:
        case np.ndarray() | np.generic():
            return ("array", value.dtype.str, value.shape, _bytes(np.asarray(value)))
        case float():
            return ("float", (value + 0.0).hex())
        case list():
            return ("list", *map(_key, value))
        case dict():
            return ("map", frozenset((key, _key(each)) for key, each in value.items()))
        case _:
            return (type(value).__name__, value)


def _bytes(array: npt.NDArray[Any]) -> bytes:
    if array.dtype.kind in "fc":
        array = np.where(np.isnan(array), array.dtype.type(np.nan), array + array.dtype.type(0))
    return array.tobytes()
