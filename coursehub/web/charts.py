"""Charts as SVG, drawn here, styled by the stylesheet, and readable without seeing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from coursehub.web import words

SMALLEST_CLASS = 5
"""Below this many students a histogram would show individuals, so there is none."""
_WIDTH, _HEIGHT, _BINS = 272, 78, 10
_SIDE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How a class did, as a drawing and in one sentence."""

    svg: SafeString
    sentence: str


def histogram(scores: Sequence[Decimal], *, max_points: Decimal, mine: Decimal | None) -> Histogram | None:
    """Draw how many students have how many points, or return None for a class too small to hide anyone in."""
    if len(scores) < SMALLEST_CLASS:
        return None
    counts = [0] * _BINS
    for score in scores:
        counts[_bin(score, max_points)] += 1
    my_bin = None if mine is None else _bin(mine, max_points)
    tallest, step = max(counts), _WIDTH / _BINS
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"><title>{}</title></rect>',
        (
            (
                "bin me" if index == my_bin else "bin",
                f"{index * step + 1:.1f}",
                f"{_HEIGHT - _HEIGHT * count / tallest:.1f}",
                f"{step - 2:.1f}",
                f"{_HEIGHT * count / tallest:.1f}",
                f"{_range(index, max_points)} points: {words.plural(count, 'student')}",
            )
            for index, count in enumerate(counts)
        ),
    )
    sentence = f"{words.plural(len(scores), 'student')}; most have {_range(counts.index(tallest), max_points)} points"
    sentence += "." if my_bin is None else f", you are in {_range(my_bin, max_points)}."
    svg = format_html(
        '<svg class="chart" viewBox="0 0 {w} {full}" role="img" aria-label="{label}">{bars}'
        '<line class="axis" x1="0" x2="{w}" y1="{h}" y2="{h}"/><text x="0" y="{text}">0</text>'
        '<text x="{w}" y="{text}" text-anchor="end">{most}</text></svg>',
        w=_WIDTH,
        h=_HEIGHT,
        full=_HEIGHT + 18,
        text=_HEIGHT + 14,
        label=sentence,
        bars=bars,
        most=words.points(max_points),
    )
    return Histogram(svg=svg, sentence=sentence)


def change_chart(changes: Sequence[Decimal]) -> Histogram:
    """Draw how many students win or lose how much; those whose points stay have a bar of their own in the middle."""
    widest = max((abs(change) for change in changes), default=Decimal(0)) or Decimal(1)
    counts = [0] * (2 * _SIDE + 1)
    for change in changes:
        counts[_change_bin(change, widest)] += 1
    head, foot, step = 16, 20, Decimal(_WIDTH) / len(counts)
    tallest = max(1, *counts)
    bars = format_html_join(
        "",
        '<rect class="bin {}" x="{}" y="{}" width="{}" height="{}" rx="1.5"><title>{}</title></rect>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (
                "lost" if index < _SIDE else "won" if index > _SIDE else "kept",
                f"{index * step + 1:.1f}",
                f"{head + _HEIGHT - _HEIGHT * count / tallest:.1f}",
                f"{step - 2:.1f}",
                f"{_HEIGHT * count / tallest:.1f}",
                f"{_change_range(index, widest)}: {words.plural(count, 'student')}",
                f"{index * step + step / 2:.1f}",
                f"{head + _HEIGHT - _HEIGHT * count / tallest - 4:.1f}",
                count or "",
            )
            for index, count in enumerate(counts)
        ),
    )
    lost, won = sum(change < 0 for change in changes), sum(change > 0 for change in changes)
    sentence = (
        f"Of {words.plural(len(changes), 'student')}, {lost or 'none'} would lose points, {won or 'none'} would win "
        f"some, and for {len(changes) - lost - won or 'none'} they stay."
    )
    most = words.points(widest)
    svg = format_html(
        '<svg class="chart changes" viewBox="0 0 {w} {full}" role="img" aria-label="{label}">{bars}'
        '<line class="axis" x1="0" x2="{w}" y1="{base}" y2="{base}"/><text x="0" y="{text}">{minus}{most}</text>'
        '<text x="{middle}" y="{text}" text-anchor="middle">same</text>'
        '<text x="{w}" y="{text}" text-anchor="end">+{most}</text></svg>',
        w=_WIDTH,
        middle=_WIDTH // 2,
        full=head + _HEIGHT + foot,
        base=head + _HEIGHT,
        text=head + _HEIGHT + 15,
        label=sentence,
        bars=bars,
        minus=words.MINUS,
        most=most,
    )
    return Histogram(svg=svg, sentence=sentence)


def load_chart(weeks: Sequence[str], totals: Sequence[int], *, label: str) -> SafeString:
    """Draw how much is due in each week; the table beside it has the same figures."""
    # Never narrower than a quarter of a year: the drawing is scaled to its place, and its words with it.
    width, height, foot, head = 44 * max(len(weeks), 12), 72, 20, 16
    tallest = max(4, *totals)
    bars = format_html_join(
        "",
        '<rect class="bin" x="{}" y="{}" width="32" height="{}" rx="2"><title>{}</title></rect>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text><text x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (
                index * 44 + 6,
                f"{head + height - height * total / tallest:.1f}",
                f"{height * total / tallest:.1f}",
                f"Week of {week}: {total} due",
                index * 44 + 22,
                f"{head + height - height * total / tallest - 4:.1f}",
                total or "",
                index * 44 + 22,
                head + height + 15,
                week,
            )
            for index, (week, total) in enumerate(zip(weeks, totals, strict=True))
        ),
    )
    return format_html(
        '<svg class="chart load" viewBox="0 0 {w} {full}" role="img" aria-label="{label}">{bars}'
        '<line class="axis" x1="0" x2="{w}" y1="{base}" y2="{base}"/></svg>',
        w=width,
        full=head + height + foot,
        base=head + height,
        label=label,
        bars=bars,
    )


def meter(value: Decimal, most: Decimal) -> SafeString:
    """Draw a share as a bar. The figures stand beside it, so the drawing itself is hidden from readers."""
    share = max(Decimal(0), min(Decimal(1), value / most)) if most else Decimal(0)
    verdict = "passed" if share == 1 else "partial" if share else "failed"
    return format_html(
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" data-verdict="{}">'
        '<rect class="track" width="100" height="6" rx="2"/><rect class="fill" width="{}" height="6" rx="2"/></svg>',
        verdict,
        f"{share * 100:.1f}",
    )


def rate(passed: int, total: int) -> SafeString:
    """Draw how many of all passed as a bar. The figures stand beside it, so the drawing is hidden from readers."""
    return share(Decimal(passed), Decimal(total))


def share(part: Decimal, whole: Decimal) -> SafeString:
    """Draw a part of a whole as a bar. The figures stand beside it, so the drawing is hidden from readers."""
    return format_html(
        '<svg class="rate" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="200" height="10" rx="2"/><rect class="bin" width="{}" height="10" rx="2"/></svg>',
        f"{200 * min(part, whole) / whole:.1f}" if whole else "0",
    )


def _bin(score: Decimal, max_points: Decimal) -> int:
    return max(0, min(_BINS - 1, int(score * _BINS / max_points)))


def _range(index: int, max_points: Decimal) -> str:
    low, high = (words.points(max_points * edge / _BINS) for edge in (index, index + 1))
    return f"{low}{words.DASH}{high}"


def _change_bin(change: Decimal, widest: Decimal) -> int:
    if not change:
        return _SIDE
    # The bar beside the middle is the smallest change, the outermost the largest.
    away = min(_SIDE, 1 + int((abs(change) * _SIDE - Decimal("0.0001")) / widest))
    return _SIDE + (away if change > 0 else -away)


def _change_range(index: int, widest: Decimal) -> str:
    away = abs(index - _SIDE)
    if not away:
        return "The same points"
    low, high = (words.points(widest * edge / _SIDE) for edge in (away - 1, away))
    return f"{'Wins' if index > _SIDE else 'Loses'} more than {low} and up to {high} points"
