"""Rows of late and slip-day policies as the engine takes them, and as people read them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.deadlines.models import AssessmentLateness, LatePolicy, SlipDayPolicy
from grading.engine import penalties
from grading.engine.lateness import Interval
from grading.engine.penalties import NO_PENALTY, PenaltyForm
from grading.engine.points import told
from grading.engine.slip_days import OnEmpty, SlipPolicy

HUNDRED = Decimal(100)
_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRules:
    """By what the late work of one assessment is judged. ``slip`` is None where it takes no slip days."""

    late: penalties.LatePolicy = NO_PENALTY
    slip: SlipPolicy | None = None
    title: str = ""
    """What the course calls its late policy; empty where none is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """What becomes of work so late: of full points, and of half of them, both of a hundred."""

    late: str
    full: str
    half: str


def late_rules_of(assessments: Collection[Assessment]) -> dict[int, LateRules]:
    """Return by its key how each assessment judges late work; two queries, of whatever offerings."""
    lateness = {
        row.assessment_id: row
        for row in AssessmentLateness.objects.filter(assessment__in=assessments).select_related("policy")
    }
    offerings = {assessment.offering_id for assessment in assessments}
    slips = {row.offering_id: row for row in SlipDayPolicy.objects.filter(offering__in=offerings)}
    return {
        assessment.pk: _rules(lateness.get(assessment.pk), slips.get(assessment.offering_id))
        for assessment in assessments
    }


def penalty_of(row: LatePolicy) -> penalties.LatePolicy:
    """Return a late policy as the engine takes it. Raises ``ValueError`` where its numbers make none."""
    return penalties.LatePolicy(
        form=PenaltyForm(row.form),
        interval=Interval(row.interval),
        grace=timedelta(seconds=row.grace_seconds),
        rate_percent=Decimal(row.rate),
        caps_percent=tuple(Decimal(cap) for cap in row.table),
        floor_percent=Decimal(row.floor_percent),
        cutoff=row.cutoff,
    )


def slip_of(row: SlipDayPolicy) -> SlipPolicy:
    """Return a slip-day policy as the engine takes it."""
    return SlipPolicy(budget=row.budget, per_item_max=row.per_assessment, on_empty=OnEmpty(row.on_empty))


def slip_policy_of(offering: Offering) -> SlipDayPolicy | None:
    """Return the slip-day policy of an offering, or None where it has none."""
    return SlipDayPolicy.objects.filter(offering=offering).first()


def in_words(policy: penalties.LatePolicy) -> str:
    """Return what a late policy does, in a sentence or two."""
    each = policy.interval.value
    rate = told(Fraction(policy.rate_percent))
    match policy.form:
        case PenaltyForm.NONE:
            what = "Late work loses nothing"
        case PenaltyForm.DEDUCT_OF_MAX:
            what = f"Each late {each} takes {rate} % of the full points"
        case PenaltyForm.MULTIPLY:
            what = f"Each late {each} takes {rate} % of the points that the work earned"
        case PenaltyForm.MULTIPLY_COMPOUND:
            what = f"Each late {each} takes {rate} % of what the one before left"
        case PenaltyForm.CAP_TABLE:
            caps = ", ".join(f"{told(Fraction(cap))} %" for cap in policy.caps_percent)
            what = f"Work that is 1, 2, … {each}s late earns at most {caps} of the full points"
    if policy.floor_percent and policy.form not in {PenaltyForm.NONE, PenaltyForm.CAP_TABLE}:
        what += f", down to {told(Fraction(policy.floor_percent))} % at the lowest"
    if policy.cutoff is not None:
        what += f"; later than {_counted(policy.cutoff, each)} it earns nothing"
    grace = int(policy.grace.total_seconds() // 60)
    return f"{what}." + (f" The first {_counted(grace, 'minute')} are not late." if grace else "")


def slip_in_words(slip: SlipPolicy) -> str:
    """Return what slip days a course gives, in a sentence or two."""
    most = "" if slip.per_item_max is None else f", at most {slip.per_item_max} for one assessment"
    rest = "the late policy applies" if slip.on_empty is OnEmpty.PENALTY else "late work earns nothing"
    return (
        f"Everybody has {_counted(slip.budget, 'slip day')}{most}. Each covers one late day; once none is left, {rest}."
    )


def preview(policy: penalties.LatePolicy) -> tuple[PreviewRow, ...]:
    """Return what becomes of work that is 1, 2, … days or hours late, as far as the policy tells."""
    last = max(_ROWS, len(policy.caps_percent), (policy.cutoff or 0) + 1)
    rows = []
    for units in range(1, min(last, 12) + 1):
        full, half = (policy.apply(points, HUNDRED, units).points for points in (HUNDRED, HUNDRED / 2))
        late = f"{_counted(units, policy.interval.value)} late"
        rows.append(PreviewRow(late=late, full=told(full), half=told(half)))
    return tuple(rows)


def _rules(row: AssessmentLateness | None, slip: SlipDayPolicy | None) -> LateRules:
    policy = row.policy if row else None
    days = None if slip is None else slip_of(slip)
    if days is not None and row is not None and row.slip_days_max is not None:
        days = replace(days, per_item_max=row.slip_days_max) if row.slip_days_max else None
    return LateRules(late=penalty_of(policy) if policy else NO_PENALTY, slip=days, title=policy.title if policy else "")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
