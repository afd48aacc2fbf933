"""What lateness costs: one formula for each form, and a sentence that says what it did."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import assert_never

from grading.engine.lateness import NO_GRACE, Interval
from grading.engine.points import PERCENT, told


class PenaltyForm(StrEnum):
    """How a late day or hour counts."""

    NONE = "none"
    DEDUCT_OF_MAX = "deduct_of_max"
    """Each takes a part of the points that are possible."""
    MULTIPLY = "multiply"
    """Each takes the same part of the points that were earned."""
    MULTIPLY_COMPOUND = "multiply_compound"
    """Each takes a part of what the one before left."""
    CAP_TABLE = "cap_table"
    """Each lowers the most that can be earned; what lies below is kept."""


class AfterCutoff(StrEnum):
    """What becomes of work that is later than the cut-off."""

    ZERO = "zero"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyOutcome:
    """The points that lateness left, those it took, whether the work is accepted at all, and a sentence."""

    points: Fraction
    lost: Fraction
    is_accepted: bool = True
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePolicy:
    """A late policy. Raises ``ValueError`` with a sentence where its numbers make none."""

    form: PenaltyForm = PenaltyForm.NONE
    interval: Interval = Interval.DAY
    grace: timedelta = NO_GRACE
    rate_percent: Decimal = Decimal(0)
    """What one late day or hour takes, in percent; unused by a table of caps."""
    caps_percent: tuple[Decimal, ...] = ()
    """The most that can be earned one, two, … days or hours late, in percent of the maximum; the last one stays."""
    floor_percent: Decimal = Decimal(0)
    """In percent of the maximum: a penalty never takes points below this. Work that earned less keeps all."""
    cutoff: int | None = None
    """The last day or hour for which a penalty is enough; None: there is no end."""
    after_cutoff: AfterCutoff = AfterCutoff.ZERO

    def __post_init__(self) -> None:
        message = self._problem()
        if message:
            raise ValueError(message)

    def _problem(self) -> str:
        if self.grace < NO_GRACE:
            return "A grace period cannot be negative."
        if not 0 <= self.rate_percent <= 100:
            return "A late penalty takes between 0 and 100 percent."
        if not 0 <= self.floor_percent <= 100:
            return "The floor of a late penalty lies between 0 and 100 percent."
        if self.cutoff is not None and self.cutoff < 0:
            return "A cut-off cannot lie before the due date."
        if self.form is PenaltyForm.CAP_TABLE:
            caps = (Decimal(100), *self.caps_percent, Decimal(0))
            if not self.caps_percent or list(caps) != sorted(caps, reverse=True):
                return "A table of caps needs percentages from 100 downwards, none higher than the one before."
        return ""

    def apply(self, raw: Fraction | Decimal, max_points: Fraction | Decimal, late_units: int) -> PenaltyOutcome:
        """Return what is left of `raw` points after so many days or hours that no slip day covers."""
        raw, most = Fraction(raw), Fraction(max_points)
        if late_units <= 0:
            return PenaltyOutcome(points=raw, lost=Fraction(0), sentence="In time: no penalty.")
        late = f"{late_units} {self.interval}{'' if late_units == 1 else 's'} late"
        if self.cutoff is not None and late_units > self.cutoff:
            accepted = self.after_cutoff is AfterCutoff.ZERO
            left = min(raw, Fraction(0))
            ending = "this late counts as 0." if accepted else "this late is not accepted."
            sentence = f"{late.capitalize()}: work {ending}"
            return PenaltyOutcome(points=left, lost=raw - left, is_accepted=accepted, sentence=sentence)
        # Where a rubric allows less than nothing, a part of it taken away must not become a reward.
        left = min(raw, self._left(raw, most, late_units))
        sentence = f"{late.capitalize()}{self._rate_told(late_units)}: {told(raw)} became {told(left)}."
        return PenaltyOutcome(points=left, lost=raw - left, sentence=sentence)

    def _left(self, raw: Fraction, most: Fraction, units: int) -> Fraction:
        rate = Fraction(self.rate_percent) * PERCENT
        kept = min(raw, Fraction(self.floor_percent) * PERCENT * most)
        match self.form:
            case PenaltyForm.NONE:
                return raw
            case PenaltyForm.DEDUCT_OF_MAX:
                return max(raw - rate * units * most, kept)
            case PenaltyForm.MULTIPLY:
                return max(raw * (1 - rate * units), kept)
            case PenaltyForm.MULTIPLY_COMPOUND:
                return max(raw * (1 - rate) ** units, kept)
            case PenaltyForm.CAP_TABLE:
                return min(raw, self._cap(units) * PERCENT * most)
            case _:  # pragma: no cover
                assert_never(self.form)

    def _cap(self, units: int) -> Fraction:
        return Fraction(self.caps_percent[min(units, len(self.caps_percent)) - 1])

    def _rate_told(self, units: int) -> str:
        rate = told(Fraction(self.rate_percent))
        match self.form:
            case PenaltyForm.NONE:
                return ", without a penalty"
            case PenaltyForm.DEDUCT_OF_MAX:
                return f" at {rate} % of the maximum per {self.interval}"
            case PenaltyForm.MULTIPLY:
                return f" at {rate} % of the points earned per {self.interval}"
            case PenaltyForm.MULTIPLY_COMPOUND:
                return f" at {rate} % of what was left per {self.interval}"
            case PenaltyForm.CAP_TABLE:
                return f", at most {told(self._cap(units))} % of the maximum"
            case _:  # pragma: no cover
                assert_never(self.form)


NO_PENALTY = LatePolicy()
"""Late work counts as if it were in time."""
