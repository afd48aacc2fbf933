"""Students who may need a word: by conditions that the page states, and by nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from coursehub.courses.models import Enrollment
from grading.engine.items import ItemState
from grading.gradebook.reckoning import ClassReckoning

LOW, MISSING = Decimal(70), 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    """One student, and which conditions hold."""

    enrollment: Enrollment
    total: Fraction | None
    missing: tuple[str, ...]
    """The titles of what is missing."""
    is_low: bool
    has_many_missing: bool


def at_risk(found: ClassReckoning, *, below: Decimal, missing: int) -> list[AtRisk]:
    """Return whose current total is below so many course points, or who misses so many items; the lowest first.

    Who has no total yet is not low. Only items that count in the scheme can be missing.
    """
    totals = found.totals()
    counting = {item.key for item in found.scheme.items()} if found.scheme else set()
    titles = {one.pk: one.title for one in found.assessments if one.pk in counting}
    listed = []
    for enrollment, row in zip(found.enrollments, found.rows, strict=True):
        current = totals[enrollment.pk].current if enrollment.pk in totals else None
        gone = tuple(title for pk, title in titles.items() if row.items[pk].state is ItemState.MISSING)
        is_low = current is not None and current < Fraction(below)
        if is_low or (missing and len(gone) >= missing):
            listed.append(
                AtRisk(
                    enrollment=enrollment, total=current, missing=gone, is_low=is_low,
                    has_many_missing=bool(missing) and len(gone) >= missing,
                )
            )  # fmt: skip
    return _lowest_first(listed)


def _lowest_first(listed: Iterable[AtRisk]) -> list[AtRisk]:
    return sorted(listed, key=lambda one: (one.total is None, one.total or Fraction(0), -len(one.missing)))
