"""One item of the grade book: how the class did, its release, and a curve with what it would do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from coursehub.courses.models import Capability
from coursehub.mail.queries import Progress
from coursehub.web import words
from coursehub.web.charts import Histogram, histogram
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.grade_words import STATES
from coursehub.web.pages.letters import Letters, letters_of
from grading.assessments.models import Assessment
from grading.engine.items import ItemState, ItemValue
from grading.engine.points import rounded, told
from grading.gradebook.class_changes import CurveLine, CurvePreview
from grading.gradebook.curving import curve_of
from grading.gradebook.models import Curve
from grading.gradebook.statistics import summary_of

_BINS = 10
FORMS: Mapping[str, str] = {
    "linear": "A slope and points on top", "top": "Scale so that these points are full marks",
    "root": "The square root of the share",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """How many have so many points: a row of the table that says what the chart draws."""

    label: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveRow:
    """What a curve would do to one student."""

    student: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePart:
    """The curve that stands, and one that is tried out."""

    standing: str
    standing_reason: str
    forms: tuple[tuple[str, str, bool], ...]
    values: Mapping[str, str]
    sentence: str
    """What the one that is tried out does; empty where none is."""
    rows: tuple[CurveRow, ...]
    seen: str
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """One item."""

    frame: Frame
    heading: str
    facts: tuple[Fact, ...]
    chart: Histogram | None
    bins: tuple[Bin, ...]
    states: tuple[Fact, ...]
    release: str
    """``auto``, ``waiting`` or ``released``."""
    released_at: Moment | None
    letters: Letters | None
    """How far the letters about the release are; for who may release."""
    may_release: bool
    may_curve: bool
    curve: CurvePart
    url: str


def item_page(
    assessment: Assessment,
    may: Collection[Capability],
    values: Sequence[ItemValue],
    *,
    standing: Curve | None,
    preview: CurvePreview | None,
    typed: Mapping[str, str],
    refusal: str,
    letters: Progress | None,
    now: datetime,
) -> ItemPage:
    """Build the page; `values` are those of everybody whose grades the reader may see."""
    offering = assessment.offering
    points = [rounded(value.points, 4) for value in values if value.points is not None]
    may_release = Capability.RELEASE_GRADES in may
    return ItemPage(
        frame=course_frame(
            offering, may, title=f"{assessment.title} {words.DASH} Grade book", place="gradebook",
            crumbs=(
                Link(label="Grade book", url=reverse("gradebook", args=[offering.slug])),
                Link(label=assessment.title, url="", current=True),
            ),
        ),
        heading=assessment.title, facts=_facts(points), bins=_bins(points, assessment.max_points),
        chart=histogram(points, max_points=assessment.max_points, mine=None),
        states=_states(values), release=_release(assessment, now=now),
        released_at=None if assessment.grades_released_at is None else moment(
            assessment.grades_released_at, offering.zone, now=now
        ),
        letters=letters_of(letters, "message") if may_release else None,
        may_release=may_release, may_curve=may_release and Capability.EDIT_GRADES in may,
        curve=_curve(standing, preview, typed, refusal),
        url=reverse("gradebook_item", args=[offering.slug, assessment.slug]),
    )  # fmt: skip


def _facts(points: Sequence[Decimal]) -> tuple[Fact, ...]:
    found = summary_of(points)
    if found is None:
        return ()
    return facts_of(
        [
            ("With points", str(found.number)),
            ("Mean", f"{rounded(found.mean, 2):f}"),
            ("Median", f"{rounded(found.median, 2):f}"),
            ("Lower quartile", f"{rounded(found.lower_quartile, 2):f}"),
            ("Upper quartile", f"{rounded(found.upper_quartile, 2):f}"),
            ("Lowest", told(found.lowest)),
            ("Highest", told(found.highest)),
        ]
    )


def _bins(points: Sequence[Decimal], most: Decimal) -> tuple[Bin, ...]:
    counts = [0] * _BINS
    for one in points:
        counts[max(0, min(_BINS - 1, int(one * _BINS / most)))] += 1
    edges = [words.points(most * edge / _BINS) for edge in range(_BINS + 1)]
    return tuple(
        Bin(label=f"{edges[at]} to {'' if at == _BINS - 1 else 'below '}{edges[at + 1]}", number=number)
        for at, number in enumerate(counts)
    )


def _states(values: Sequence[ItemValue]) -> tuple[Fact, ...]:
    names = {**STATES, ItemState.NOT_DUE: "Not due", ItemState.OVERRIDDEN: "Set", ItemState.ZEROED: "Zero"}
    counted = [(name, sum(value.state is state for value in values)) for state, name in names.items()]
    return facts_of([(name, str(number)) for name, number in counted if number])


def _release(assessment: Assessment, *, now: datetime) -> str:
    if assessment.grade_release == Assessment.GradeRelease.AUTO:
        return "auto"
    at = assessment.grades_released_at
    return "released" if at is not None and at <= now else "waiting"


def _curve(standing: Curve | None, preview: CurvePreview | None, typed: Mapping[str, str], refusal: str) -> CurvePart:
    chosen = typed.get("form") or "linear"
    return CurvePart(
        standing=words.sentence_case(f"{curve_of(standing.definition).told()}.") if standing else "",
        standing_reason=standing.reason if standing else "",
        forms=tuple((form, label, form == chosen) for form, label in FORMS.items()),
        values={"slope": "1", "add": "0", "cap": "", "top": "", "reason": "", **typed},
        sentence=_told(preview) if preview and preview.curve else "",
        rows=tuple(_row(line) for line in preview.changed) if preview else (),
        seen=preview.seen if preview else "", refusal=refusal,
    )  # fmt: skip


def _told(preview: CurvePreview) -> str:
    assert preview.curve is not None  # noqa: S101  # the caller looked
    changed = len(preview.changed)
    who = f"It would change the grade of {words.plural(changed, 'student')}." if changed else "It would change nothing."
    return f"{words.sentence_case(preview.curve.told())}. {who}"


def _row(line: CurveLine) -> CurveRow:
    return CurveRow(student=line.enrollment.user.name, before=_points(line.before), after=_points(line.after))


def _points(points: Decimal | None) -> str:
    return words.DASH if points is None else words.points(points)
