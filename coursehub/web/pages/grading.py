"""The table of weights, made from the grading scheme, with as many columns as it needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.safestring import SafeString

from coursehub.common.markdown import to_safe_html
from coursehub.courses.models import Assumption
from coursehub.web import words
from coursehub.web.charts import share
from coursehub.web.pages.grading_words import sentences_of, sentences_of_totals
from grading.engine.points import told
from grading.gradebook.models import GradingScheme
from grading.gradebook.queries import GradingRow, GradingTable

HUNDRED = Decimal(100)
_ABOUT = "grade_node:"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightLine:
    """A row of the table; one inside another has a higher level."""

    level: int
    label: str
    description: str
    weight: str
    bar: SafeString
    """The weight as a drawing, of the rows that make the hundred; empty elsewhere."""
    rules: tuple[str, ...]
    """How it counts, in sentences."""
    is_extra: bool
    to_confirm: tuple[str, ...]
    """What is only assumed about it, for staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """A letter, and the lowest total that earns it."""

    label: str
    lower_bound: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightTable:
    """How grades add up."""

    lines: tuple[WeightLine, ...]
    has_descriptions: bool
    total: str
    letters: tuple[LetterLine, ...]
    totals: tuple[str, ...]
    """How totals are rounded and read, in sentences."""
    history_url: str
    """Where earlier versions are; empty while it is a draft."""
    note: SafeString


def weight_table(
    table: GradingTable | None, assumptions: Iterable[Assumption], *, history_url: str = ""
) -> WeightTable | None:
    """Build the table, or return None where there is no scheme; pass no assumptions for who does not edit."""
    if table is None or not table.rows:
        return None
    doubts: dict[str, list[str]] = {}
    for assumption in assumptions:
        if assumption.confirmed_at is None and assumption.about.startswith(_ABOUT):
            doubts.setdefault(assumption.about.removeprefix(_ABOUT), []).append(assumption.question)
    is_published = table.scheme.status == GradingScheme.Status.PUBLISHED
    lines = tuple(_lines(table.rows, 0, doubts, is_published=is_published))
    return WeightTable(
        lines=lines,
        has_descriptions=any(line.description for line in lines),
        total=f"{words.points(table.total)}%" if table.total else "",
        letters=tuple(
            LetterLine(label=row.label, lower_bound=told(Fraction(row.lower_bound))) for row in table.letters
        ),
        totals=sentences_of_totals(table.scheme, has_letters=bool(table.letters)),
        history_url=history_url if is_published else "",
        note=to_safe_html(table.scheme.note_md),
    )


def parts_of_the_grade(table: GradingTable | None) -> dict[int, str]:
    """Return for each assessment, by its primary key, the part of the grade it belongs to, as ``Homework, 40%``."""
    return dict(_parts(table.rows, 0)) if table else {}


def _parts(rows: Iterable[GradingRow], level: int) -> Iterator[tuple[int, str]]:
    for row in rows:
        weight = "" if row.course_points is None else f", {_weight(row, level)}"
        for assessment in row.node.assessments.all():
            yield assessment.pk, f"{row.node.label}{weight}"
        yield from _parts(row.parts, level + 1)


def _lines(
    rows: Iterable[GradingRow], level: int, doubts: dict[str, list[str]], *, is_published: bool
) -> Iterator[WeightLine]:
    for row in rows:
        node = row.node
        yield WeightLine(
            level=level,
            label=node.label,
            description=node.description,
            weight=_weight(row, level),
            bar=_bar(row, level),
            rules=tuple(
                sentences_of(node, parts=len(row.parts) + len(node.assessments.all()), is_published=is_published)
            ),
            is_extra=node.is_extra_credit,
            to_confirm=tuple(doubts.get(node.key, ())),
        )
        yield from _lines(row.parts, level + 1, doubts, is_published=is_published)


def _bar(row: GradingRow, level: int) -> SafeString:
    if level or row.course_points is None or row.node.is_extra_credit:
        return SafeString("")
    return share(row.course_points, HUNDRED)


def _weight(row: GradingRow, level: int) -> str:
    if row.course_points is None:
        return "TBD"
    sign = "+" if row.node.is_extra_credit else ""
    return f"{sign}{words.points(row.course_points)}{'%' if level == 0 else ' points'}"
