"""Three totals: in numbers, in words, and as a drawing."""

from dataclasses import dataclass
from fractions import Fraction

from django.utils.safestring import SafeString

from coursehub.web import words
from coursehub.web.pages import own_words
from coursehub.web.range_chart import range_chart
from grading.engine.nodes import Mode
from grading.engine.scheme import Scheme
from grading.engine.totals import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalCard:
    """One total, what it means, and its letter."""

    key: str
    label: str
    value: str
    letter: str
    sentence: str
    before: str
    """What it is now, where this one is only tried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsPart:
    """The three, with a drawing that its sentence says in words too."""

    cards: tuple[TotalCard, ...]
    sentence: str
    chart: SafeString


def totals_part(scheme: Scheme, totals: Totals, *, before: Totals | None = None, student: str = "") -> TotalsPart:
    """Return the three totals; `before` are those of today, where these are tried out; `student` where staff look."""
    decimals = scheme.decimals
    values = _by_mode(totals)
    earlier = _by_mode(before) if before else {}
    cards = tuple(
        TotalCard(
            key=mode.value, label=label, value=own_words.shown(values[mode], decimals),
            letter=_letter(scheme, mode, values[mode]), sentence=own_words.SETTLED if totals.is_settled else sentence,
            before=own_words.shown(earlier[mode], decimals)
            if mode in earlier and earlier[mode] != values[mode] else "",
        )
        for mode, (label, sentence) in own_words.TOTALS.items()
        if not totals.is_settled or mode is Mode.CURRENT
    )  # fmt: skip
    sentence = _sentence(values, decimals, is_settled=totals.is_settled, student=student)
    chart = range_chart(totals.floor, totals.current, totals.ceiling, letters=scheme.letters, label=sentence)
    return TotalsPart(cards=cards, sentence=sentence, chart=chart)


def _by_mode(totals: Totals) -> dict[Mode, Fraction | None]:
    return {Mode.CURRENT: totals.current, Mode.FLOOR: totals.floor, Mode.CEILING: totals.ceiling}


def _letter(scheme: Scheme, mode: Mode, total: Fraction | None) -> str:
    letter = scheme.letter(total)
    if letter is None:
        return ""
    return f"{letter} if nothing changed" if mode is Mode.CURRENT else letter


def _sentence(values: dict[Mode, Fraction | None], decimals: int, *, is_settled: bool, student: str) -> str:
    low, high = (own_words.shown(values[mode], decimals) for mode in (Mode.FLOOR, Mode.CEILING))
    current = values[Mode.CURRENT]
    if is_settled and current is not None:
        return f"{f'The total of {student}' if student else 'Your total'} is {low} of 100."
    now = own_words.shown(current, decimals)
    stands = f"{student} stands" if student else "you stand"
    at = "nothing counts yet" if current is None else f"{stands} at {now}"
    end = "the end will be" if student else "you will end"
    return f"{words.sentence_case(at)}; {end} between {low} and {high} of 100."
