"""One student's grades in a course: where they stand, why, and what would have to happen."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse

from coursehub.web import words
from coursehub.web.grade_forms import AskForm
from coursehub.web.pages import own_words
from coursehub.web.pages.frame import Frame, Link, has_place
from coursehub.web.pages.grade_answers import Answers
from coursehub.web.pages.grade_items import Around, ItemPart
from coursehub.web.pages.grade_totals import TotalsPart, totals_part
from coursehub.web.pages.grade_tree import NodePart, apart_of, tree_of
from grading.engine.nodes import Mode
from grading.engine.points import rounded, told
from grading.engine.trace import Trace
from grading.gradebook.own import OwnGrades
from grading.gradebook.own_slip_days import SlipDays


@dataclass(frozen=True, slots=True, kw_only=True)
class SumLine:
    """A line of the sum that makes a total."""

    label: str
    url: str
    counts_for: str
    percent: str
    contribution: str
    exact: str
    is_extra: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SumPart:
    """What one total is made of. Its lines make ``total`` exactly."""

    title: str
    lines: tuple[SumLine, ...]
    total: str
    exact: str
    said: str
    modes: tuple[Link, ...]
    """The same for the other totals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPart:
    """What is left of the slip days."""

    said: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MyGradesPage:
    """The page. Where staff look at a student's, ``student`` is their name and there is nothing to ask."""

    frame: Frame
    student: str
    views: tuple[Link, ...]
    """For staff: as the student sees it, and everything."""
    has_items: bool
    unsaid: tuple[str, ...]
    totals: TotalsPart | None
    sum: SumPart | None
    nodes: tuple[NodePart, ...]
    apart: tuple[ItemPart, ...]
    form: AskForm | None
    form_url: str
    answers: Answers | None
    slip: SlipPart | None
    downloads: tuple[Link, ...]


def my_grades_page(
    grades: OwnGrades,
    around: Around,
    *,
    frame: Frame,
    mode: Mode = Mode.CURRENT,
    student: str = "",
    views: tuple[Link, ...] = (),
    form: AskForm | None = None,
    answers: Answers | None = None,
    slip: SlipDays | None = None,
    has_ledger: bool = False,
) -> MyGradesPage:
    """Build the page; with `has_ledger` the reader may place the slip days themselves."""
    trace, slug = grades.trace_in(mode), grades.enrollment.offering.slug
    return MyGradesPage(
        frame=frame, student=student, views=views, has_items=bool(grades.assessments), unsaid=grades.unsaid,
        totals=totals_part(grades.scheme, grades.totals, student=student) if grades.scheme and grades.totals else None,
        sum=sum_part(trace, views=views) if trace else None, nodes=tree_of(grades, trace, around),
        apart=apart_of(grades, around), form=form, form_url=reverse("my_grades", args=[slug]), answers=answers,
        slip=None if slip is None else _slip(slip, slug, student=student, has_ledger=has_ledger),
        downloads=() if student else tuple(
            Link(label=label, url=reverse("my_grades_file", args=[slug, kind]))
            for label, kind in (("JSON", "json"), ("CSV", "csv"))
        ),
    )  # fmt: skip


def sum_part(trace: Trace, *, views: tuple[Link, ...] = ()) -> SumPart:
    """Return what a total is made of; links to the other totals keep the view that is chosen."""
    decimals = trace.decimals
    lines = [
        _line(
            node.path[-1], node.contribution, decimals, url=f"#part-{node.key}", is_extra=node.is_extra,
            counts_for=own_words.shown(node.worth, decimals) if node.worth else words.DASH,
            percent=words.DASH if node.percent is None else f"{own_words.shown(node.percent, decimals)} %",
        )
        for node in trace.nodes
    ]  # fmt: skip
    lines += [_line(one.reason, Fraction(one.course_points), decimals, is_extra=True) for one in trace.adjustments]
    if trace.cap_effect:
        lines.append(_line("The cap of the course", trace.cap_effect, decimals))
    sentences = list(trace.sentences)
    parts = (*(node.contribution for node in trace.nodes), *(Fraction(one.course_points) for one in trace.adjustments))
    together = sum((rounded(part, decimals) for part in (*parts, trace.cap_effect)), Decimal(0))
    if trace.total is not None and together != rounded(trace.total, decimals):
        sentences.append("Each number is rounded for showing; the total is the sum of the exact ones, rounded once.")
    chosen = next((f"view={link.url.rpartition('=')[2]}&" for link in views if link.current and "=" in link.url), "")
    return SumPart(
        title=own_words.TOTALS[trace.mode][0], lines=tuple(lines), total=own_words.shown(trace.total, decimals),
        exact="" if trace.total is None else own_words.exactly(trace.total, decimals), said=" ".join(sentences),
        modes=tuple(
            Link(label=own_words.TOTALS[mode][0], url=f"?{chosen}total={mode.value}#how", current=mode is trace.mode)
            for mode in Mode
        ),
    )  # fmt: skip


def _line(
    label: str,
    contribution: Fraction,
    decimals: int,
    *,
    url: str = "",
    counts_for: str = "",
    percent: str = "",
    is_extra: bool = False,
) -> SumLine:
    return SumLine(
        label=label, url=url, counts_for=counts_for, percent=percent,
        contribution=own_words.shown(contribution, decimals), exact=own_words.exactly(contribution, decimals),
        is_extra=is_extra,
    )  # fmt: skip


def _slip(slip: SlipDays, slug: str, *, student: str, has_ledger: bool) -> SlipPart:
    have = f"{words.plural(slip.budget, 'slip day')} for everybody"
    if slip.added:
        have += f", {'plus' if slip.added > 0 else 'minus'} {abs(slip.added)} of {'their' if student else 'your'} own"
    said = [
        f"{f'{student} has' if student else 'You have'} {words.plural(slip.left, 'slip day')} left.",
        f"{words.sentence_case(have)}; {slip.charged or 'none'} used for work whose grade "
        f"{'is known' if student else 'you know'}.",
    ]
    if slip.per_assessment is not None:
        said.append(f"At most {told(Fraction(slip.per_assessment))} can go to one assessment.")
    if slip.waits:
        said.append("Late work that waits for its grade may use some of them yet.")
    url = reverse("slip_days", args=[slug]) if has_ledger and has_place("slip_days", slug) else ""
    return SlipPart(said=" ".join(said), url=url)
