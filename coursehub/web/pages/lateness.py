"""What a student would get who hands in at some moment: lateness, penalty and points in words."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from coursehub.web import words
from coursehub.web.editing.lateness_forms import LatenessForm
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.frame import Frame
from grading.assessments.models import Assessment
from grading.deadlines.models import AssessmentLateness, SlipDayPolicy
from grading.engine.items import ItemFacts, ItemRules, ItemState, ItemValue, ScoredTry, item_value
from grading.engine.lateness import Interval, wall
from grading.engine.points import told
from grading.engine.windows import Window, accepts, phase_at
from grading.gradebook.item_facts import rules_of

MOST_ROWS = 7
NOT_TAKEN = "The assessment takes no work any more at that moment: look at its closing date."


@dataclass(frozen=True, slots=True, kw_only=True)
class LateLine:
    """What is left of the points after so many days or hours."""

    late: str
    until: Moment
    points: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessPage:
    """The question, its answer, and a table of later moments."""

    frame: Frame
    form: LatenessForm
    policy: str
    """The late policy in words."""
    due: Moment | None
    verdict: str
    points: str
    """What the student would get, as a sentence; empty before anything was asked."""
    sentences: tuple[str, ...]
    lines: tuple[LateLine, ...]
    back_url: str


def lateness_page(
    frame: Frame,
    form: LatenessForm,
    lateness: AssessmentLateness | None,
    slip: SlipDayPolicy | None,
    *,
    zone: ZoneInfo,
    back_url: str,
) -> LatenessPage:
    """Build the page; before anything was asked it holds the form and the policy alone."""
    assessment = form.chosen()
    policy = lateness.policy if lateness else None
    title = policy.title if policy else "No late policy: nothing is taken off."
    due = assessment.due_at if assessment else None
    page = LatenessPage(
        frame=frame,
        form=form,
        policy=title,
        due=moment(due, zone) if due else None,
        verdict="",
        points="",
        sentences=(),
        lines=(),
        back_url=back_url,
    )
    if assessment is None or not form.is_bound or not form.is_valid():
        return page
    rules = rules_of(assessment, lateness, slip, None, zone=zone)
    points, at = form.cleaned_data["points"], form.submitted_at
    days = form.cleaned_data["slip_days"] or 0
    value = _value(rules, assessment, points, at, days)
    is_accepted = _is_accepted(assessment, at)
    return LatenessPage(
        frame=frame,
        form=form,
        policy=title,
        due=page.due,
        verdict=_verdict(value, points, is_accepted=is_accepted),
        points=_told(value, assessment, is_accepted=is_accepted),
        sentences=_sentences(value, is_accepted=is_accepted),
        lines=tuple(_lines(rules, assessment, points, days, zone)) if due else (),
        back_url=back_url,
    )


def _verdict(value: ItemValue, points: Decimal, *, is_accepted: bool) -> str:
    if not is_accepted or not value.points:
        return words.VERDICTS["failed"].key
    return words.VERDICTS["passed" if value.points == points else "partial"].key


def _value(rules: ItemRules, assessment: Assessment, points: Decimal, at: dt.datetime, days: int) -> ItemValue:
    attempt = ScoredTry(number=1, submitted_at=at, raw=points)
    facts = ItemFacts(
        tries=(attempt,), due_at=assessment.due_at, closes_at=assessment.closes_at, slip_days=days
    )  # fmt: skip
    return item_value(rules, facts, at=at)


def _sentences(value: ItemValue, *, is_accepted: bool) -> tuple[str, ...]:
    found = [step.sentence for step in value.steps]
    if value.state is not ItemState.SCORED:
        found.append("It comes too late to count.")
    elif len(found) == 1:
        found.append("In time: no penalty.")
    return tuple(found if is_accepted else [NOT_TAKEN, *found])


def _told(value: ItemValue, assessment: Assessment, *, is_accepted: bool) -> str:
    if value.points is None:
        return "It would not count."
    points = f"{told(value.points)} of {words.points(assessment.max_points)} points"
    return f"{points}." if is_accepted else f"Nothing. If it were taken: {points}."


def _lines(rules: ItemRules, assessment: Assessment, points: Decimal, days: int, zone: ZoneInfo) -> Iterator[LateLine]:
    assert assessment.due_at is not None  # noqa: S101  # asked only where there is one
    is_hourly = rules.late.interval is Interval.HOUR
    for units in range(1, MOST_ROWS + 1):
        at = assessment.due_at + dt.timedelta(hours=units) if is_hourly else wall(assessment.due_at, units, zone)
        value = _value(rules, assessment, points, at, days)
        is_accepted = _is_accepted(assessment, at)
        sentences = _sentences(value, is_accepted=True)
        yield LateLine(
            late=words.plural(units, str(rules.late.interval)),
            until=moment(at, zone),
            points=told(value.points) if value.points is not None else words.DASH,
            sentence=" ".join([*(sentences[1:] or sentences), *([] if is_accepted else ["Not taken any more."])]),
        )


def _is_accepted(assessment: Assessment, at: dt.datetime) -> bool:
    return accepts(phase_at(Window(release_at=at, due_at=assessment.due_at, closes_at=assessment.closes_at), at))
