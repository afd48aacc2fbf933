"""One assessment of one student: the line that a page shows, and everything behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.urls import reverse
from django.utils.safestring import SafeString

from coursehub.web import words
from coursehub.web.charts import Histogram, histogram, meter
from coursehub.web.pages import own_words
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.tries import tries_sentence
from coursehub.web.words import Look
from grading.assessments.models import Assessment
from grading.engine.items import ItemState
from grading.engine.points import told
from grading.engine.trace import ItemTrace, NodeTrace
from grading.gradebook.own import OwnGrades
from grading.gradebook.queries import GradeRow
from grading.submissions.models import Submission

_EARNED = frozenset({ItemState.SCORED, ItemState.OVERRIDDEN})
_OF_TOTALS = frozenset({"Weight", "Full marks would add"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPart:
    """An item: one line, and what is behind it."""

    id: str
    title: str
    url: str
    look: Look
    points: str
    share: str
    meter: SafeString
    contribution: str
    exact: str
    """The exact fraction of the contribution, where rounding hides something."""
    note: str
    """Why there are no points to see, or that students do not see them."""
    is_dropped: bool
    sentences: tuple[str, ...]
    facts: tuple[Fact, ...]
    comment: str
    submission: str
    submission_url: str
    histogram: Histogram | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a page knows of assessments beside their grades, each by primary key."""

    rows: Mapping[int, GradeRow]
    points: Mapping[int, tuple[Decimal, ...]]
    """Of the class; nothing of an assessment of which too few are graded."""


def item_part(
    grades: OwnGrades, item: ItemTrace, around: Around, *, decimals: int, parent: NodeTrace | None = None
) -> ItemPart:
    """Return an item as `parent` counts it."""
    assessment = next((one for one in grades.assessments if one.pk == item.key), None)
    row = around.rows.get(assessment.pk) if assessment else None
    said = (*item.sentences, own_words.item_sum(item, parent, decimals))
    submission, slug = _submission(item, row), grades.enrollment.offering.slug
    return ItemPart(
        id=f"item-{item.key}" if item.key is not None else "", title=item.title,
        url=reverse("assessment", args=[slug, assessment.slug]) if assessment and row else "",
        look=_look(item, row), points=_points(item), share=_share(item), meter=_meter(item),
        contribution=own_words.shown(item.contribution, decimals) if item.worth else "",
        exact=own_words.exactly(item.contribution, decimals), note=_note(grades, item, row),
        is_dropped=item.is_dropped, sentences=tuple(sentence for sentence in said if sentence),
        facts=_facts(item, row, decimals), comment=grades.comments.get(assessment.pk, "") if assessment else "",
        submission=f"Submission {submission.number}" if submission else "",
        submission_url=reverse("submission", args=[submission.pk]) if submission else "",
        histogram=_histogram(grades, item, assessment, around),
    )  # fmt: skip


def alone_part(grades: OwnGrades, assessment: Assessment, around: Around) -> ItemPart:
    """Return an item without what it would add to a total."""
    decimals = grades.scheme.decimals if grades.scheme else 2
    part = item_part(grades, grades.alone(assessment), around, decimals=decimals)
    facts = tuple(fact for fact in part.facts if fact.label not in _OF_TOTALS)
    return replace(part, contribution="", exact="", facts=facts, sentences=grades.alone(assessment).sentences)


def _look(item: ItemTrace, row: GradeRow | None) -> Look:
    if item.state is ItemState.SUBMITTED_UNGRADED and row is not None and row.waits_for:
        return words.GRADED
    if item.state is ItemState.SUBMITTED_UNGRADED and row is not None and row.state in words.STATES:
        return words.STATES[row.state]
    return own_words.look_of(item)


def _points(item: ItemTrace) -> str:
    most = "" if item.max_points is None else f" / {told(item.max_points)}"
    return f"{words.DASH if item.points is None else told(item.points)}{most}"


def _share(item: ItemTrace) -> str:
    if item.points is None or not item.max_points:
        return ""
    return f"{own_words.shown(item.points * 100 / item.max_points, 0)}%"


def _meter(item: ItemTrace) -> SafeString:
    if item.points is None or not item.max_points:
        return SafeString()
    return meter(
        Decimal(item.points.numerator) / item.points.denominator,
        Decimal(item.max_points.numerator) / item.max_points.denominator,
    )


def _note(grades: OwnGrades, item: ItemTrace, row: GradeRow | None) -> str:
    if item.key in grades.unreleased:
        return "Not released: the student does not see this."
    if item.points is None and row is not None and row.waits_for:
        return f"Your total appears {words.SHOWN_LATER[row.waits_for]}."
    if item.state is ItemState.NOT_DUE and row is not None and row.submission is None:
        return "Nothing handed in"
    return ""


def _submission(item: ItemTrace, row: GradeRow | None) -> Submission | None:
    """Return what to link to; which submission counts is told together with its points."""
    if row is None or (item.points is None and row.points is not None):
        return None
    return row.submission


def _facts(item: ItemTrace, row: GradeRow | None, decimals: int) -> tuple[Fact, ...]:
    changed = item.raw is not None and item.raw != item.points
    return facts_of(
        [
            ("Raw points", told(item.raw) if item.raw is not None and (changed or item.penalty) else ""),
            ("Days late", item.days_late),
            ("Slip days used", item.slip_days),
            ("Late penalty", f"{words.MINUS}{told(item.penalty)} points" if item.penalty > 0 else ""),
            ("Dropped", "yes" if item.is_dropped else ""),
            ("Extra credit", "yes" if item.is_extra else ""),
            ("Weight", told(item.weight)),
            ("Full marks would add", f"{own_words.shown(item.worth, decimals)} course points" if item.worth else ""),
            ("Tries", tries_sentence(row.tries.used, row.tries.allowed) if row else ""),
        ]
    )


def _histogram(grades: OwnGrades, item: ItemTrace, assessment: Assessment | None, around: Around) -> Histogram | None:
    if assessment is None or item.state not in _EARNED or assessment.pk in grades.unreleased:
        return None
    mine = grades.points_of(assessment)
    return histogram(around.points.get(assessment.pk, ()), max_points=assessment.max_points, mine=mine)
