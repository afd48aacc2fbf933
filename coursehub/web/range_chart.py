"""The range of a total as a drawing: from floor to ceiling, with the current one and the letters marked."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from grading.engine.points import rounded
from grading.engine.scheme import LetterCutoff

_WIDTH, _SIDE, _BAR, _HEIGHT = 560, 14, 16, 68
_FREE = Decimal(34)
"""So near an end of the scale its number is not written, for the mark stands there."""
_LEAST_GAP = Fraction(26)
"""Letters closer than this to the one before are not written, only marked."""


def range_chart(
    floor: Fraction, current: Fraction | None, ceiling: Fraction, *, letters: Sequence[LetterCutoff], label: str
) -> SafeString:
    """Draw the three totals on a scale from 0 to 100, or further where a total is; `label` says the same in words."""
    least = min(Fraction(0), floor, ceiling)
    most = max(Fraction(100), ceiling, floor, current or Fraction(0))

    def place(total: Fraction) -> Decimal:
        return rounded(_SIDE + (total - least) / (most - least) * (_WIDTH - 2 * _SIDE), 1)

    low, high = place(floor), place(ceiling)
    mark = None if current is None else place(current)
    ends = [
        "" if mark is not None and abs(mark - at) < _FREE else rounded(total, 0)
        for total, at in ((least, Decimal(_SIDE)), (most, Decimal(_WIDTH - _SIDE)))
    ]
    return format_html(
        '<svg class="chart range" viewBox="0 0 {w} {h}" role="img" aria-label="{label}">'
        '<rect class="track" x="{left}" y="24" width="{full}" height="{bar}" rx="3"/>'
        '<rect class="bin" x="{low}" y="24" width="{length}" height="{bar}" rx="3"/>{ticks}{mark}'
        '<text x="{left}" y="18">{least}</text><text x="{right}" y="18" text-anchor="end">{most}</text></svg>',
        w=_WIDTH, h=_HEIGHT, label=label, left=_SIDE, full=_WIDTH - 2 * _SIDE, right=_WIDTH - _SIDE, bar=_BAR, low=low,
        length=max(Decimal(2), high - low), ticks=_ticks(letters, place), least=ends[0],
        most=ends[1], mark=_mark(mark),
    )  # fmt: skip


def _mark(at: Decimal | None) -> SafeString:
    if at is None:
        return SafeString()
    points = f"{at - 7},8 {at + 7},8 {at},20"
    return format_html(
        '<polygon class="mark" points="{}"/><line class="mark" x1="{}" x2="{}" y1="18" y2="44"/>', points, at, at
    )


def _ticks(letters: Sequence[LetterCutoff], place: Callable[[Fraction], Decimal]) -> SafeString:
    rows, written = [], Fraction(-1000)
    for cutoff in sorted(letters, key=lambda one: one.lower_bound):
        at = place(Fraction(cutoff.lower_bound))
        is_written = Fraction(at) - written >= _LEAST_GAP
        written = Fraction(at) if is_written else written
        rows.append((at, at, at, cutoff.label if is_written else ""))
    return format_html_join(
        "",
        '<line class="axis" x1="{}" x2="{}" y1="40" y2="46"/><text x="{}" y="62" text-anchor="middle">{}</text>',
        rows,
    )
