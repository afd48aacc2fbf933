"""Charts as text."""

import re
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as some

from coursehub.web.charts import histogram, meter, share
from coursehub.web.range_chart import range_chart

SCORES = some.decimals(min_value=0, max_value=36, places=4)


def test_a_class_below_five_has_no_histogram() -> None:
    assert histogram([Decimal(9)] * 4, max_points=Decimal(10), mine=Decimal(9)) is None


def test_the_histogram_marks_my_bar_and_says_it_in_words() -> None:
    chart = histogram([Decimal(n) for n in (1, 9, 9, 10, 4)], max_points=Decimal(10), mine=Decimal(4))

    assert chart is not None
    assert chart.svg.count('class="bin me"') == 1
    assert chart.sentence == "5 students; most have 9\N{EN DASH}10 points, you are in 4\N{EN DASH}5."
    assert 'role="img"' in chart.svg
    assert "style" not in chart.svg


@given(some.lists(SCORES, min_size=5, max_size=60))
def test_the_bars_of_a_histogram_count_every_student_once(scores: list[Decimal]) -> None:
    chart = histogram(scores, max_points=Decimal(36), mine=scores[0])

    assert chart is not None
    assert sum(int(count) for count in re.findall(r"points: (\d+) student", chart.svg)) == len(scores)


@given(SCORES, some.decimals(min_value="0.1", max_value=36, places=2))
def test_a_meter_is_never_longer_than_its_track(value: Decimal, most: Decimal) -> None:
    width = re.search(r'class="fill" width="([\d.]+)"', meter(value, most))

    assert width is not None
    assert 0 <= float(width[1]) <= 100


def test_a_share_fills_its_part_of_the_track() -> None:
    assert 'class="bin" width="50.0"' in share(Decimal(25), Decimal(100))
    assert 'class="bin" width="200.0"' in share(Decimal(120), Decimal(100))
    assert 'class="bin" width="0"' in share(Decimal(1), Decimal(0))


def test_the_mark_of_a_total_stands_on_no_number() -> None:
    def ends(current: int) -> list[str]:
        svg = range_chart(Fraction(0), Fraction(current), Fraction(100), letters=(), label="You stand there.")
        return re.findall(r'<text [^>]*y="18"[^>]*>([^<]*)</text>', svg)

    assert ends(50) == ["0", "100"]
    assert ends(97) == ["0", ""]
    assert ends(2) == ["", "100"]
