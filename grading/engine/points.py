"""Arithmetic with points: exact until the last step, then rounded once to the places that are stored or shown."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

PLACE = Decimal("0.0001")
PERCENT = Fraction(1, 100)


def share(points: Decimal, max_points: Decimal) -> Fraction:
    """Return points as an exact part of those possible. Raises ``ValueError`` where nothing is possible."""
    if max_points <= 0:
        message = "Nothing can be earned here, so no part of it can be."
        raise ValueError(message)
    return Fraction(points) / Fraction(max_points)


def scaled(points: Decimal, *, of: Decimal, to: Decimal) -> Decimal:
    """Return `points` of `of` on a scale of `to`: 12 of 24 on a scale of 100 is 50."""
    exact = share(points, of) * Fraction(to)
    # 12 digits before the point and 4 behind need no more than 28; the division is done once, on integers.
    units, rest = divmod(exact.numerator * 10_000, exact.denominator)
    if rest * 2 >= exact.denominator:
        units += 1
    return (Decimal(units) * PLACE).quantize(PLACE, rounding=ROUND_HALF_UP)


def rounded(value: Fraction, decimals: int) -> Decimal:
    """Return the value with so many decimals; a half goes away from zero, as on paper. This is the one rounding."""
    units, rest = divmod(abs(value.numerator) * 10**decimals, value.denominator)
    if rest * 2 >= value.denominator:
        units += 1
    return Decimal((value < 0 and units > 0, tuple(int(digit) for digit in str(units)), -decimals))


def told(value: Fraction) -> str:
    """Return points as a person writes them: at most four decimals and no zeros behind, ``7.5``."""
    text = f"{rounded(value, 4):f}"
    return text.rstrip("0").rstrip(".")
