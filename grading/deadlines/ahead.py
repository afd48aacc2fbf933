"""What handing in would cost: now, or at any other moment. Nothing is handed in, nothing is charged."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from grading.deadlines.policies import LateRules
from grading.engine.lateness import days_late, units_late
from grading.engine.penalties import PenaltyOutcome
from grading.engine.slip_days import OnEmpty


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What full work would be worth that is handed in at a moment, and what it would take."""

    days_late: int
    slip_days: int
    """How many of them slip days cover."""
    slip_days_left: int
    """How many there are afterwards."""
    units_late: int
    """The days or hours that no slip day covers."""
    outcome: PenaltyOutcome


def price_at(
    moment: datetime,
    *,
    due_at: datetime | None,
    rules: LateRules,
    max_points: Fraction,
    slip_days_free: int,
    zone: ZoneInfo,
) -> Price:
    """Return what work would cost at a moment, with so many slip days that nothing else takes."""
    late = days_late(moment, due_at, zone=zone, grace=rules.late.grace)
    covered = 0 if rules.slip is None else rules.slip.cover(late, slip_days_free)
    units = units_late(
        moment, due_at, interval=rules.late.interval, zone=zone, grace=rules.late.grace, slip_days=covered
    )
    outcome = rules.late.apply(max_points, max_points, units)
    if units and rules.slip is not None and rules.slip.on_empty is OnEmpty.REJECT:
        sentence = "No slip day is left for it, so late work earns nothing."
        outcome = PenaltyOutcome(points=Fraction(0), lost=max_points, sentence=sentence)
    return Price(
        days_late=late,
        slip_days=covered,
        slip_days_left=max(0, slip_days_free - covered),
        units_late=units,
        outcome=outcome,
    )
