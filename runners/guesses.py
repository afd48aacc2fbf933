"""Guess why an array is not what the reference has, or why a case raised.

Everything here is computed outside the sandbox from values alone, and only for values that already count as wrong:
nothing in this module decides about points.
"""

import math
from collections.abc import Iterator
from itertools import chain, combinations, permutations

import numpy as np

from runners.diagnostics import Array, Closeness, as_floats

LARGEST_GUESSED_SIZE = 1 << 20
"""Patterns are tried on arrays of up to this many elements."""
LARGEST_SIMPLE_FACTOR = 1_000
MOST_GUESSED_AXES = 6
"""The number of patterns doubles with every axis."""
MOST_PERMUTED_AXES = 5

_ERRORS = (
    (
        ("'NoneType' object has no attribute", "'NoneType' object is not subscriptable"),
        "Something is None that should be a value: a function without return, or a gradient that never arrived "
        "(detach, .data, no_grad, or a tensor that does not ask for one).",
    ),
    (
        ("does not require grad and does not have a grad_fn",),
        "The result is cut off from what it was made of: look for detach, .data, .item, .numpy, no_grad, or a new "
        "tensor that is made from another one's numbers.",
    ),
    (
        ("modified by an inplace operation",),
        "Something that the gradient still needs was overwritten: look for +=, *=, [...] = and functions ending in _.",
    ),
    (
        ("backward through the graph a second time",),
        "The graph is gone after its first use: is a value kept from one step to the next without detach?",
    ),
    (
        ("maximum recursion depth exceeded",),
        "A function calls itself too often: look for a missing end, or walk the graph with a list of your own.",
    ),
)


def hint_for_error(message: str) -> str:
    """Return what usually stands behind an exception, or nothing."""
    return next((hint for parts, hint in _ERRORS if any(part in message for part in parts)), "")


def hint_for(found: Array, expected: Array, closeness: Closeness) -> str:
    """Return one thing to look at, as a sentence, or nothing where no pattern fits."""
    if found.size == 0 or expected.size == 0 or max(found.size, expected.size) > LARGEST_GUESSED_SIZE:
        return ""
    if max(found.ndim, expected.ndim) > MOST_GUESSED_AXES:
        return ""
    if not np.isfinite(as_floats(found)).all():
        if not np.isfinite(as_floats(expected)).all():
            return ""
        return "Look for a division by zero, the logarithm of zero, or exp of a large number."
    found, expected = as_floats(found), as_floats(expected)
    patterns = (
        _zero,
        _transposed,
        _unsummed,
        _sign,
        _factor,
        _offset,
        _flipped,
        _shifted,
        _reordered,
        _other_axis,
        _one_part_zero,
    )
    with np.errstate(all="ignore"):
        for pattern in patterns:
            if hint := pattern(found, expected, closeness):
                return hint
    return ""


def _zero(found: Array, expected: Array, closeness: Closeness) -> str:
    if found.any() or not expected.any():
        return ""
    return "Everything is zero: does anything arrive here at all?"


def _transposed(found: Array, expected: Array, closeness: Closeness) -> str:
    if found.ndim < 2 or found.ndim != expected.ndim:
        return ""
    if closeness.accepts(found.swapaxes(-2, -1), expected):
        return "It is right once the last two axes are exchanged: a transposition is missing, or there is one too many."
    for first, second in combinations(range(found.ndim), 2):
        if closeness.accepts(found.swapaxes(first, second), expected):
            return f"It is right once axes {first} and {second} are exchanged: a transposition is missing."
    if 2 < found.ndim <= MOST_PERMUTED_AXES:
        for order in permutations(range(found.ndim)):
            if found.transpose(order).shape == expected.shape and closeness.accepts(found.transpose(order), expected):
                return f"It is right once its axes are put in the order {order}: look at permute or transpose."
    return ""


def _unsummed(found: Array, expected: Array, closeness: Closeness) -> str:
    for axes, kept in _summations(found.ndim, expected.ndim):
        if closeness.accepts(found.sum(axis=axes, keepdims=kept), expected):
            named = f"{'axis' if len(axes) == 1 else 'axes'} {_listed(axes)}"
            return f"It is right once summed over {named}: sum over the axes that broadcasting stretched."
    if found.shape != expected.shape and _broadcasts(expected.shape, found.shape):
        return "Its shape is the one after broadcasting: sum over the axes that broadcasting stretched."
    return ""


def _summations(found_axes: int, expected_axes: int) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Name the axes to sum so that the other's number of axes is left; True where they stay, with length 1."""
    if found_axes == expected_axes:
        for count in range(1, found_axes + 1):
            for axes in combinations(range(found_axes), count):
                yield axes, True
    elif found_axes > expected_axes:
        for axes in combinations(range(found_axes), found_axes - expected_axes):
            yield axes, False


def _broadcasts(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    aligned = zip(reversed(small), reversed(large), strict=False)
    return len(small) <= len(large) and all(one in (1, other) for one, other in aligned)


def _sign(found: Array, expected: Array, closeness: Closeness) -> str:
    return "The sign is the opposite one." if closeness.accepts(-found, expected) else ""


def _factor(found: Array, expected: Array, closeness: Closeness) -> str:
    if found.shape != expected.shape or not expected.any():
        return ""
    factor = float((found * expected.conj()).sum().real / (expected * expected.conj()).sum().real)
    if not np.isfinite(factor) or factor == 0.0 or not closeness.accepts(found / factor, expected):
        return ""
    times = _simple_factor(factor)
    if found.size == 1 and times is None:
        return ""  # a single number is always some factor off
    reason = _mean_or_sum(factor, expected) or "a constant factor is wrong"
    return f"Every value is {times or f'{factor:.6g} times'} what it should be: {reason}."


def _mean_or_sum(factor: float, expected: Array) -> str:
    """Say where the factor is a number of elements: then a mean and a sum were mixed up."""
    axes = chain.from_iterable(combinations(range(expected.ndim), count) for count in range(expected.ndim, 0, -1))
    for chosen in axes:
        number = math.prod(expected.shape[axis] for axis in chosen)
        if number <= 2:
            continue  # too common a factor to mean anything
        if chosen == tuple(range(expected.ndim)):
            where = f"{number} is how many values there are"
        else:
            where = f"{number} is the length of {'axis' if len(chosen) == 1 else 'axes'} {_listed(chosen)}"
        if abs(factor * number - 1) <= 1e-6:
            return f"{where}, so a mean seems to stand where a sum should"
        if abs(factor / number - 1) <= 1e-6:
            return f"{where}, so a sum seems to stand where a mean should"
    return ""


def _listed(axes: tuple[int, ...]) -> str:
    return " and ".join(str(axis) for axis in axes)


def _simple_factor(factor: float) -> str | None:
    """Return ``6 times`` or ``1/6 of`` where the factor is a whole number, or one divided by one."""
    for value, words in ((factor, "{} times"), (1 / factor, "1/{} of")):
        whole = round(value)
        if 2 <= abs(whole) <= LARGEST_SIMPLE_FACTOR and abs(value - whole) <= 1e-6 * abs(whole):
            return words.format(whole)
    return None


def _offset(found: Array, expected: Array, closeness: Closeness) -> str:
    if found.shape != expected.shape:
        return ""
    offset = complex((found - expected).mean()).real
    if not np.isfinite(offset) or not closeness.accepts(found - offset, expected):
        return ""
    if abs(abs(offset) - 1) <= 1e-6:
        return f"Every value is off by one: {'1 too large' if offset > 0 else '1 too small'}."
    if found.size == 1:
        return ""  # a single number is always some offset off
    return f"Every value is too {'large' if offset > 0 else 'small'} by {abs(offset):.6g}."


def _flipped(found: Array, expected: Array, closeness: Closeness) -> str:
    if found.shape != expected.shape:
        return ""
    for axis in range(found.ndim):
        if found.shape[axis] > 1 and closeness.accepts(np.flip(found, axis), expected):
            return f"It is right once it is reversed along axis {axis}: something runs backwards."
    return ""


def _shifted(found: Array, expected: Array, closeness: Closeness) -> str:
    if found.shape != expected.shape:
        return ""
    for axis in range(found.ndim):
        inner = [slice(None)] * axis
        ahead, behind = (*inner, slice(1, None)), (*inner, slice(None, -1))
        for one, other in ((ahead, behind), (behind, ahead)):
            if found.shape[axis] > 2 and closeness.accepts(found[one], expected[other]):
                return f"The values are shifted by one place along axis {axis}: an index is off by one."
    return ""


def _reordered(found: Array, expected: Array, closeness: Closeness) -> str:
    if found.size != expected.size or found.size < 2:
        return ""
    if found.shape != expected.shape and closeness.accepts(found.reshape(expected.shape), expected):
        return "The values are right and only the shape is not: a reshape is missing."
    if closeness.accepts(np.sort(found, axis=None), np.sort(expected, axis=None)):
        return "The right values stand in the wrong places: look at the order of the axes or of the elements."
    return ""


def _other_axis(found: Array, expected: Array, closeness: Closeness) -> str:
    """Find values that add up to the same along one axis in the reference, and along another one here."""
    if found.shape != expected.shape or found.ndim < 2:
        return ""
    here, there = (
        {axis for axis in range(array.ndim) if array.shape[axis] > 1 and _adds_up(array, axis)}
        for array in (found, expected)
    )
    if len(here) == len(there) == 1 and here != there:
        return (
            f"It adds up to the same along axis {min(here)}, the reference along axis {min(there)}: "
            "it seems to work along another axis."
        )
    return ""


def _adds_up(array: Array, axis: int) -> bool:
    sums = array.sum(axis=axis)
    scale = float(np.abs(array).sum(axis=axis).max())
    return sums.size > 1 and scale > 0 and float(np.ptp(sums.real)) <= 1e-5 * scale


def _one_part_zero(found: Array, expected: Array, closeness: Closeness) -> str:
    """Find values that are right but for some that are zero, as where a gradient reaches only one branch."""
    if found.shape != expected.shape or found.size < 4:
        return ""
    zero = (found == 0) & (expected != 0)
    if not zero.any() or not closeness.accepts(np.where(zero, expected, found), expected):
        return ""
    return f"What is not zero is right, and {int(zero.sum())} of {found.size} values are zero: does everything arrive?"
