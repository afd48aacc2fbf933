"""How a class did, in exact numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Of so many numbers the mean, and what a quarter, half and three quarters of them do not exceed."""

    number: int
    mean: Fraction
    lowest: Fraction
    lower_quartile: Fraction
    median: Fraction
    upper_quartile: Fraction
    highest: Fraction


def summary_of(numbers: Iterable[Decimal | Fraction]) -> Summary | None:
    """Return the summary, or None of nothing. Between two numbers a quartile lies on the straight line."""
    ordered = sorted(Fraction(number) for number in numbers)
    if not ordered:
        return None
    return Summary(
        number=len(ordered), mean=sum(ordered, Fraction(0)) / len(ordered), lowest=ordered[0],
        lower_quartile=_quantile(ordered, Fraction(1, 4)), median=_quantile(ordered, Fraction(1, 2)),
        upper_quartile=_quantile(ordered, Fraction(3, 4)), highest=ordered[-1],
    )  # fmt: skip


def _quantile(ordered: Sequence[Fraction], part: Fraction) -> Fraction:
    place = part * (len(ordered) - 1)
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
