"""``deadlines.yaml``: what late work costs, slip days, and which assessment is judged how."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from coursehub.publishing.fields import Count, Entry, Key, LongKey, ShortTitle, Weight
from coursehub.publishing.schema_work import DayMoment, short_moment
from grading.deadlines.models import LatePolicy, SlipDayPolicy


def _share(value: Decimal) -> Decimal:
    if value > 100:
        message = "write a percentage between 0 and 100"
        raise ValueError(message)
    return value


Percent = Annotated[Weight, AfterValidator(_share)]
Seconds = Annotated[int, Field(ge=0, le=2_147_483_647)]


class LatePolicyEntry(Entry):
    """What lateness costs. ``rate``, ``caps`` and ``floor`` are in percent."""

    key: Key
    title: ShortTitle
    form: LatePolicy.Form = LatePolicy.Form.NONE
    interval: LatePolicy.Interval = LatePolicy.Interval.DAY
    rate: Percent = Decimal(0)
    caps: list[Percent] = Field(default_factory=list, max_length=60)
    floor: Percent = Decimal(0)
    cutoff: Count | None = None
    grace_seconds: Seconds = 0


class SlipDaysEntry(Entry):
    """Days that everybody may be late without saying why."""

    budget: Count
    per_assessment: Count | None = None
    on_empty: SlipDayPolicy.OnEmpty = SlipDayPolicy.OnEmpty.PENALTY
    locks: Annotated[DayMoment, BeforeValidator(short_moment)] | None = None


class LatenessEntry(Entry):
    """How one assessment judges late work. Without ``policy`` nothing is taken off; ``slip_days`` 0: it takes none."""

    assessment: LongKey
    policy: Key | None = None
    slip_days: Count | None = None


class DeadlinesFile(Entry):
    """``deadlines.yaml``."""

    late_policies: list[LatePolicyEntry] = Field(default_factory=list)
    slip_days: SlipDaysEntry | None = None
    assessments: list[LatenessEntry] = Field(default_factory=list)
