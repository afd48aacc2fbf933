"""What is known of one person in one assessment, and what holds for it, in the words of the engine. No database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from coursehub.courses.models import Enrollment
from grading.assessments.models import Assessment, AssessmentKind
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.models import AssessmentLateness, SlipDayPolicy
from grading.deadlines.models import LatePolicy as LatePolicyRow
from grading.engine.curves import Curve
from grading.engine.items import ItemFacts, ItemRules, ScoredTry
from grading.engine.lateness import Interval
from grading.engine.penalties import NO_PENALTY, LatePolicy, PenaltyForm
from grading.engine.points import rounded, scaled
from grading.engine.slip_days import OnEmpty, SlipPolicy
from grading.engine.tries import CountingRule
from grading.gradebook.models import GradeCell
from grading.gradebook.standing import Standing

Mark = GradeCell.Mark
PLACES = 4
ZERO = Decimal(0)
WITHOUT_FILES = frozenset({AssessmentKind.EXAM, AssessmentKind.PRESENTATION, AssessmentKind.QUIZ})
"""What is not handed in as files: nobody misses it before a person says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One submission: what lateness and the choice of the try need of it."""

    pk: int
    number: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What is known of one person in one assessment."""

    standing: Standing
    handed: tuple[Handed, ...]
    dates: EffectiveDates
    has_events: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CellValue:
    """What a cell holds according to the events. Points are on the assessment's scale."""

    mark: Mark = Mark.NONE
    points: Decimal | None
    raw_points: Decimal | None = None
    penalty_points: Decimal = ZERO
    late_units: int = 0
    slip_days: int = 0
    submission_id: int | None = None
    comment: str = ""
    is_held_back: bool = False


def rules_of(
    assessment: Assessment,
    lateness: AssessmentLateness | None,
    slip: SlipDayPolicy | None,
    curve: Curve | None,
    *,
    zone: ZoneInfo,
) -> ItemRules:
    """Return what holds for an assessment and everybody."""
    return ItemRules(
        max_points=assessment.max_points, zone=zone, allow_over_max=True,
        late=late_policy_of(lateness.policy if lateness else None),
        slip=_slip_policy(slip, lateness), counting=CountingRule(assessment.counting_try), curve=curve,
    )  # fmt: skip


def late_policy_of(row: LatePolicyRow | None) -> LatePolicy:
    """Return a late policy as the engine has it; none where there is no row."""
    if row is None:
        return NO_PENALTY
    return LatePolicy(
        form=PenaltyForm(row.form), interval=Interval(row.interval), grace=timedelta(seconds=row.grace_seconds),
        rate_percent=row.rate, caps_percent=tuple(Decimal(str(cap)) for cap in row.table),
        floor_percent=row.floor_percent, cutoff=row.cutoff,
    )  # fmt: skip


def item_facts(assessment: Assessment, enrollment: Enrollment, known: PersonFacts) -> ItemFacts:
    """Return what the engine needs to know of one person and one assessment, slip days aside."""
    standing, dates = known.standing, known.dates
    tries = [
        ScoredTry(number=one.number, submitted_at=one.received_at, raw=_on_scale(standing, one.pk, assessment))
        for one in known.handed
    ]
    if standing.offline is not None:
        points = scaled(standing.offline.points, of=standing.offline.max_points, to=assessment.max_points)
        tries.append(ScoredTry(number=0, submitted_at=None, raw=points))
    override = standing.override
    is_touched = bool(tries) or standing.mark != Mark.NONE
    takes_files = not is_without_files(assessment)
    return ItemFacts(
        tries=tuple(tries), due_at=dates.due_at if takes_files or tries else None,
        closes_at=dates.closes_at if takes_files or tries else None,
        joined_at=None if is_touched else enrollment.joined_at, is_excused=standing.mark == Mark.EXCUSED,
        is_zeroed=standing.mark == Mark.ZEROED, is_marked_missing=standing.mark == Mark.MISSING,
        override=None if override is None else scaled(
            override.points, of=override.max_points, to=assessment.max_points
        ),
        is_released=not standing.is_held_back,
    )  # fmt: skip


def is_without_files(assessment: Assessment) -> bool:
    """Whether it is sat or given, not handed in."""
    return assessment.suite_id is None and assessment.kind in WITHOUT_FILES


def stored(points: Fraction | None) -> Decimal | None:
    """Return points as rows hold them: four places, a half up."""
    return None if points is None else rounded(points, PLACES)


def _on_scale(standing: Standing, submission: int, assessment: Assessment) -> Decimal | None:
    score = standing.scores.get(submission)
    return None if score is None else scaled(score.points, of=score.max_points, to=assessment.max_points)


def _slip_policy(slip: SlipDayPolicy | None, lateness: AssessmentLateness | None) -> SlipPolicy | None:
    if slip is None:
        return None
    limits = [
        limit for limit in (slip.per_assessment, lateness.slip_days_max if lateness else None) if limit is not None
    ]
    return SlipPolicy(
        budget=slip.budget, per_item_max=min(limits, default=None), on_empty=OnEmpty(slip.on_empty)
    )  # fmt: skip
