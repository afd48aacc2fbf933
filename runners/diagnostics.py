"""Say where two arrays differ.

Everything here is computed outside the sandbox from values alone, and only for values that already count as wrong:
nothing in this module decides about points.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SHOWN_ELEMENTS = 8
PIECE_ELEMENTS = 1 << 16
"""Large arrays are compared piece by piece, each of which fits into a processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeness:
    """How close is close enough, by the rule of the reference's run."""

    rtol: float
    atol: float

    def excess(self, found: Array, expected: Array) -> npt.NDArray[np.float64]:
        """Return, for each element, its distance as a multiple of what is allowed; above 1 is too far.

        Where the reference is not finite, only the same value will do: it counts as 0, anything else as infinite.
        """
        found, expected = as_floats(found), as_floats(expected)
        with np.errstate(all="ignore"):
            excess = np.abs(found - expected) / (self.atol + self.rtol * np.abs(expected))
            finite = np.isfinite(found) & np.isfinite(expected)
            same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        return np.where(same, 0.0, np.where(finite & ~np.isnan(excess), excess, np.inf))

    def accepts(self, found: Array, expected: Array) -> bool:
        """Whether every element is close enough. Shapes must agree: nothing is broadcast."""
        if found.shape != expected.shape:
            return False
        found, expected = found.reshape(-1), expected.reshape(-1)
        pieces = (slice(begin, begin + PIECE_ELEMENTS) for begin in range(0, found.size, PIECE_ELEMENTS))
        return all(
            self._surely_accepts(found[piece], expected[piece])
            or bool((self.excess(found[piece], expected[piece]) <= 1.0).all())
            for piece in pieces
        )

    def _surely_accepts(self, found: Array, expected: Array) -> bool:
        """Whether all are finite and close enough, at a third of the cost of saying by how much."""
        found, expected = as_floats(found), as_floats(expected)
        with np.errstate(all="ignore"):
            distance = np.abs(found - expected)
            return bool(((distance <= self.atol + self.rtol * np.abs(expected)) & (distance < np.inf)).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The element that is furthest off."""

    index: tuple[int, ...]
    found: str
    expected: str
    relative_error: float | None
    """None where the expected value is zero or one of the two is not finite."""
    wrong: int
    size: int


def worst_of(found: Array, expected: Array, closeness: Closeness) -> Worst:
    """Return the element that is furthest off, of two arrays of the same shape with at least one element."""
    excess = closeness.excess(found, expected)
    index = tuple(int(each) for each in np.unravel_index(int(np.argmax(excess)), excess.shape))
    one, other = as_floats(found)[index], as_floats(expected)[index]
    with np.errstate(all="ignore"):
        error = float(np.abs(one - other) / np.abs(other))
    texts = number_text(found[index]), number_text(expected[index])
    if texts[0] == texts[1]:  # they differ behind the digits that are usually worth reading
        texts = number_text(found[index], digits=17), number_text(expected[index], digits=17)
    return Worst(
        index=index,
        found=texts[0],
        expected=texts[1],
        relative_error=error if np.isfinite(error) else None,
        wrong=int((excess > 1.0).sum()),
        size=excess.size,
    )


def number_text(number: Any, *, digits: int = 6) -> str:
    """Return a number as a student should read it."""
    match number:
        case bool() | np.bool_():
            return str(bool(number))
        case int() | np.integer():
            return str(int(number))
        case complex() | np.complexfloating():
            return f"{complex(number):.{digits}g}"
        case _:
            return f"{float(number):.{digits}g}"


def array_text(array: Array) -> str:
    """Return the beginning of an array on one line."""
    shown = ", ".join(number_text(each) for each in array.flat[:SHOWN_ELEMENTS])
    return f"[{shown}{', …' if array.size > SHOWN_ELEMENTS else ''}]"


def index_text(index: tuple[int, ...]) -> str:
    """Return an index as one would write it in Python."""
    return f"[{', '.join(str(each) for each in index)}]"


def as_floats(array: Array) -> Array:
    """Return numbers in the precision in which they are compared."""
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)
