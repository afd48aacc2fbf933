"""What one student has for one item: its state, its points, and the steps that led there.

The order is fixed: points of each try, held to the rubric's least and most; how late the try is; slip days; the penalty
for what they do not cover; then the choice of the try (after its penalty, so that a late one never displaces a better
one); the member's part of a team grade; the curve; an override, which is the last word.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from grading.engine.curves import Curve
from grading.engine.lateness import days_late, units_late
from grading.engine.penalties import NO_PENALTY, LatePolicy
from grading.engine.points import told
from grading.engine.slip_days import OnEmpty, SlipPolicy, days_told
from grading.engine.tries import CountingRule, GradedTry, counting_try

NOTHING = Fraction(0)
_BEFORE_EVERYTHING = datetime.min.replace(tzinfo=UTC)


class ItemState(StrEnum):
    """Where an item stands for a student; the first that holds, in this order."""

    NOT_ASSIGNED = "not_assigned"
    EXCUSED = "excused"
    OVERRIDDEN = "overridden"
    ZEROED = "zeroed"
    SCORED = "scored"
    SUBMITTED_UNGRADED = "submitted_ungraded"
    NOT_DUE = "not_due"
    MISSING = "missing"


COUNTED = frozenset({ItemState.OVERRIDDEN, ItemState.ZEROED, ItemState.SCORED, ItemState.MISSING})
PENDING = frozenset({ItemState.SUBMITTED_UNGRADED, ItemState.NOT_DUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on the way to an item's points, and what they were after it."""

    name: str
    points: Fraction
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemValue:
    """What an item is worth for a student. Raises ``ValueError`` unless it has points exactly where it counts."""

    state: ItemState
    points: Fraction | None = None
    raw: Fraction | None = None
    """Before lateness and everything after it; also the score that an excused item keeps and does not count."""
    days_late: int = 0
    slip_days: int = 0
    penalty: Fraction = NOTHING
    """The points that lateness took."""
    try_number: int | None = None
    is_released: bool = True
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if (self.points is None) == (self.state in COUNTED):
            message = f"An item that is {self.state} {'needs' if self.points is None else 'has no'} points."
            raise ValueError(message)

    @classmethod
    def scored(cls, points: Decimal | Fraction | int, *, is_released: bool = True) -> "ItemValue":
        """Return a score that nothing was done to."""
        exact = Fraction(points)
        return cls(state=ItemState.SCORED, points=exact, raw=exact, is_released=is_released)

    @classmethod
    def overridden(cls, points: Decimal | Fraction | int) -> "ItemValue":
        """Return points that somebody set by hand."""
        return cls(state=ItemState.OVERRIDDEN, points=Fraction(points))

    @classmethod
    def without_score(cls, state: ItemState) -> "ItemValue":
        """Return an item without a score; what is missing or zeroed counts as 0."""
        return cls(state=state, points=NOTHING if state in COUNTED else None)

    def as_its_student_sees_it(self) -> "ItemValue":
        """Return what is not released as work that waits for its grade, and everything else as it is."""
        if self.is_released or self.state not in COUNTED or self.state is ItemState.MISSING:
            return self
        return ItemValue(state=ItemState.SUBMITTED_UNGRADED, is_released=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTry:
    """A try. `raw` is None until it has points; `submitted_at` is None where nothing was handed in, as for an exam."""

    number: int
    submitted_at: datetime | None
    raw: Decimal | Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRules:
    """What holds for an item and everybody. `rubric_max` may exceed the maximum where the rubric has a bonus."""

    max_points: Decimal
    zone: ZoneInfo
    rubric_min: Decimal = Decimal(0)
    rubric_max: Decimal | None = None
    """None: the rubric sets no upper limit."""
    allow_over_max: bool = False
    late: LatePolicy = NO_PENALTY
    slip: SlipPolicy | None = None
    counting: CountingRule = CountingRule.LATEST
    curve: Curve | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What is known of one student and one item. Dates are the student's own, with overrides; None: there is none."""

    tries: tuple[ScoredTry, ...] = ()
    due_at: datetime | None = None
    closes_at: datetime | None = None
    """The last moment at which work is taken; None: nothing after it is due."""
    joined_at: datetime | None = None
    is_assigned: bool = True
    is_excused: bool = False
    is_zeroed: bool = False
    is_marked_missing: bool = False
    override: Decimal | None = None
    slip_days: int = 0
    """How many slip days stand ready for this item, as the ledger or the student's declaration gives them."""
    chosen_try: int | None = None
    team_factor: Decimal = Decimal(1)
    is_released: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _TryValue:
    number: int
    submitted_at: datetime | None
    raw: Fraction
    points: Fraction
    days_late: int
    slip_days: int
    steps: tuple[Step, ...]


def item_value(rules: ItemRules, facts: ItemFacts, *, at: datetime) -> ItemValue:
    """Return what the item is worth for the student at that moment."""
    last = facts.closes_at or facts.due_at
    if not facts.is_assigned or (facts.joined_at and last and facts.joined_at > last):
        return ItemValue.without_score(ItemState.NOT_ASSIGNED)
    values = [_try_value(rules, facts, one) for one in facts.tries]
    counting = _counting(rules, facts, [value for value in values if value is not None])
    if facts.is_excused:
        return ItemValue(state=ItemState.EXCUSED, raw=counting.raw if counting else None)
    if facts.override is not None:
        return _overridden(facts, facts.override, counting)
    if facts.is_zeroed:
        step = Step(name="zeroed", points=NOTHING, sentence="Set to 0 for a matter of integrity.")
        return ItemValue(
            state=ItemState.ZEROED, points=NOTHING, raw=counting.raw if counting else None,
            is_released=facts.is_released, steps=(step,),
        )  # fmt: skip
    if counting is not None:
        return _scored(rules, facts, counting)
    if any(one.raw is None for one in facts.tries):
        return ItemValue.without_score(ItemState.SUBMITTED_UNGRADED)
    if not facts.is_marked_missing and (last is None or at <= last):
        return ItemValue.without_score(ItemState.NOT_DUE)
    return ItemValue.without_score(ItemState.MISSING)


def _try_value(rules: ItemRules, facts: ItemFacts, one: ScoredTry) -> _TryValue | None:
    """Return a try after its penalty, or None where it has no points or came too late to be taken."""
    if one.raw is None:
        return None
    raw = max(Fraction(one.raw), Fraction(rules.rubric_min))
    if rules.rubric_max is not None:
        raw = min(raw, Fraction(rules.rubric_max))
    steps = [Step(name="raw", points=raw, sentence=f"{told(raw)} of {told(Fraction(rules.max_points))} points.")]
    late = covered = units = 0
    if one.submitted_at is not None:
        late = days_late(one.submitted_at, facts.due_at, zone=rules.zone, grace=rules.late.grace)
        covered = rules.slip.cover(late, facts.slip_days) if rules.slip else 0
        units = units_late(
            one.submitted_at, facts.due_at, interval=rules.late.interval, zone=rules.zone, grace=rules.late.grace,
            slip_days=covered,
        )  # fmt: skip
    if rules.slip and rules.slip.on_empty is OnEmpty.REJECT and units:
        return None
    if covered:
        many = "slip day covers" if covered == 1 else "slip days cover"
        steps.append(
            Step(name="slip days", points=raw, sentence=f"{covered} {many} {covered} of {days_told(late)} late.")
        )
    outcome = rules.late.apply(raw, rules.max_points, units)
    if not outcome.is_accepted:
        return None
    points = outcome.points if rules.allow_over_max else min(outcome.points, Fraction(rules.max_points))
    if units:
        steps.append(Step(name="penalty", points=points, sentence=outcome.sentence))
    return _TryValue(
        number=one.number, submitted_at=one.submitted_at, raw=raw, points=points, days_late=late, slip_days=covered,
        steps=tuple(steps),
    )  # fmt: skip


def _counting(rules: ItemRules, facts: ItemFacts, values: list[_TryValue]) -> _TryValue | None:
    most = Fraction(rules.max_points) or Fraction(1)
    graded = {
        value.number: GradedTry(
            number=value.number, received_at=value.submitted_at or _BEFORE_EVERYTHING, share=value.points / most
        )
        for value in values
    }
    counting = counting_try(graded.values(), rules.counting, chosen=facts.chosen_try)
    return next((value for value in values if counting and value.number == counting.number), None)


def _scored(rules: ItemRules, facts: ItemFacts, counting: _TryValue) -> ItemValue:
    points, steps = counting.points, list(counting.steps)
    most = Fraction(rules.max_points)
    if len(facts.tries) > 1:
        sentence = f"Try {counting.number} of {len(facts.tries)} counts: the {rules.counting} one."
        steps.append(Step(name="try", points=points, sentence=sentence))
    if facts.team_factor != 1:
        points *= Fraction(facts.team_factor)
        sentence = f"Your part of the team's grade: times {told(Fraction(facts.team_factor))}."
        steps.append(Step(name="team", points=points, sentence=sentence))
    if rules.curve is not None:
        points = rules.curve.apply(points, most)
        steps.append(Step(name="curve", points=points, sentence=f"Curved: {rules.curve.told()}."))
    if points > most and not rules.allow_over_max:
        points = most
        steps.append(Step(name="maximum", points=points, sentence="Held to the maximum."))
    return ItemValue(
        state=ItemState.SCORED, points=points, raw=counting.raw, days_late=counting.days_late,
        slip_days=counting.slip_days, penalty=counting.raw - counting.points, try_number=counting.number,
        is_released=facts.is_released, steps=tuple(steps),
    )  # fmt: skip


def _overridden(facts: ItemFacts, override: Decimal, counting: _TryValue | None) -> ItemValue:
    points = Fraction(override)
    steps = counting.steps[:1] if counting else ()
    sentence = f"Set to {told(points)} by staff."
    if counting and counting.points != counting.raw:
        sentence += " The late penalty is not applied (override)."
    return ItemValue(
        state=ItemState.OVERRIDDEN, points=points, raw=counting.raw if counting else None,
        days_late=counting.days_late if counting else 0, is_released=facts.is_released,
        steps=(*steps, Step(name="override", points=points, sentence=sentence)),
    )  # fmt: skip
