"""What somebody has left of their slip days, as far as they may know."""

from dataclasses import dataclass

from grading.deadlines.models import SlipDayEntry, SlipDayPolicy
from grading.gradebook.own import OwnGrades

Kind = SlipDayEntry.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipDays:
    """A summary of a ledger. ``charged`` counts work whose grade is released; what waits may take days yet."""

    budget: int
    added: int
    """What was granted beyond the budget, less what was taken back."""
    charged: int
    per_assessment: int | None
    waits: bool
    """Whether work that was handed in waits for its grade, and so for the days that it takes."""

    @property
    def left(self) -> int:
        """How many days there still are."""
        return max(0, self.budget + self.added - self.charged)


def slip_days_of(grades: OwnGrades) -> SlipDays | None:
    """Return what is left, two queries, or None in a course without slip days."""
    policy = SlipDayPolicy.objects.filter(offering=grades.enrollment.offering_id).first()
    if policy is None:
        return None
    entries = SlipDayEntry.objects.filter(enrollment=grades.enrollment).exclude(kind=Kind.PLACED)
    added = sum(-abs(days) if kind == Kind.WITHDRAWN else days for kind, days in entries.values_list("kind", "days"))
    values = grades.row.items.values()
    return SlipDays(
        budget=policy.budget, added=added, charged=sum(value.slip_days for value in values),
        per_assessment=policy.per_assessment, waits=any(value.state == "submitted_ungraded" for value in values),
    )  # fmt: skip
