"""Curves: what changes everybody's points and never turns the order of two students round.

Every curve maps points to points and is monotone; a constructor raises ``ValueError`` with a sentence otherwise. Each
is exact but for the root: that is taken of the share, on decimals, and rounded to four places, which is its definition.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from grading.engine.points import PLACE, told

Points = Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearCurve:
    """`slope` times the points and `add` more, at most `cap` (None: no limit)."""

    slope: Decimal = Decimal(1)
    add: Decimal = Decimal(0)
    cap: Decimal | None = None

    def __post_init__(self) -> None:
        if self.slope < 0:
            message = "A curve with a negative slope would turn the order of the class round."
            raise ValueError(message)

    def apply(self, points: Points, max_points: Points) -> Points:
        """Return the curved points."""
        curved = Fraction(self.slope) * points + Fraction(self.add)
        return curved if self.cap is None else min(curved, Fraction(self.cap))

    def told(self) -> str:
        """Say what the curve does."""
        ending = "" if self.cap is None else f", at most {told(Fraction(self.cap))}"
        return f"{told(Fraction(self.slope))} times the points + {told(Fraction(self.add))}{ending}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopCurve:
    """Scales so that `top`, as a rule the best of the class, becomes full marks."""

    top: Decimal

    def __post_init__(self) -> None:
        if self.top <= 0:
            message = "The points that are to become full marks must be more than 0."
            raise ValueError(message)

    def apply(self, points: Points, max_points: Points) -> Points:
        """Return the curved points."""
        return points * max_points / Fraction(self.top)

    def told(self) -> str:
        """Say what the curve does."""
        return f"scaled so that {told(Fraction(self.top))} is full marks"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootCurve:
    """The square root of the share, times the maximum: 64 of 100 becomes 80. Rounded half up to four places."""

    def apply(self, points: Points, max_points: Points) -> Points:
        """Return the curved points; those not above 0 stay what they are."""
        if points <= 0 or max_points <= 0:
            return points
        product = points * max_points
        with localcontext() as context:
            context.prec = 50
            root = (Decimal(product.numerator) / Decimal(product.denominator)).sqrt()
            return Fraction(root.quantize(PLACE, rounding=ROUND_HALF_UP))

    def told(self) -> str:
        """Say what the curve does."""
        return "the square root of the share"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCurve:
    """Straight lines between pairs of points before and after; flat below the first, of slope 1 above the last."""

    pairs: tuple[tuple[Decimal, Decimal], ...]

    def __post_init__(self) -> None:
        if len(self.pairs) < 2:
            message = "A table of a curve needs at least two pairs of points."
            raise ValueError(message)
        for (before, after), (next_before, next_after) in pairwise(self.pairs):
            if next_before <= before or next_after < after:
                message = f"The table goes back at {before} → {after}, {next_before} → {next_after}: it must only rise."
                raise ValueError(message)

    def apply(self, points: Points, max_points: Points) -> Points:
        """Return the curved points."""
        first, last = self.pairs[0], self.pairs[-1]
        if points <= Fraction(first[0]):
            return Fraction(first[1])
        for (low, low_after), (high, high_after) in pairwise(self.pairs):
            if points <= Fraction(high):
                part = (points - Fraction(low)) / (Fraction(high) - Fraction(low))
                return Fraction(low_after) + part * (Fraction(high_after) - Fraction(low_after))
        return Fraction(last[1]) + points - Fraction(last[0])

    def told(self) -> str:
        """Say what the curve does."""
        return "by a table: " + ", ".join(f"{before} → {after}" for before, after in self.pairs)


Curve = LinearCurve | TopCurve | RootCurve | TableCurve
