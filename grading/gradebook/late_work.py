"""What of a person's work is late, and which slip days it takes now: what their own pages say."""

from dataclasses import dataclass

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment
from grading.assessments.models import Assessment
from grading.deadlines.policies import LateRules, late_rules_of
from grading.deadlines.queries import effective_dates
from grading.deadlines.slip_days import Ledger, charges, ledger_of
from grading.engine.lateness import days_late
from grading.engine.slip_days import LateWork, SlipPolicy
from grading.gradebook.queries import my_grades


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipStanding:
    """Somebody's ledger and the late work that draws on it."""

    ledger: Ledger
    work: tuple[LateWork, ...]
    assessments: dict[int, Assessment]
    """Those of the work, by their key."""
    charged: dict[int, int]
    provisional: frozenset[int]
    """The keys of the work whose grade is not there or not shown yet: another try may count in the end."""
    limits: dict[int, SlipPolicy | None]

    def free_for(self, assessment: Assessment) -> int:
        """Return how many days nothing but this assessment takes."""
        others = sum(days for pk, days in self.charged.items() if pk != assessment.pk)
        return max(0, self.ledger.total - others)


def slip_standing_of(user: User, enrollment: Enrollment) -> SlipStanding:
    """Return what of one's own slip days is taken by what, in a fixed number of queries.

    Of work whose grade is hidden the newest try stands for the one that counts, so that nothing is told of it.
    """
    rows = [row for row in my_grades(user, enrollment.offering) if row.submission is not None]
    assessments = [row.assessment for row in rows]
    dates = effective_dates(assessments, [enrollment])
    rules: dict[int, LateRules] = late_rules_of(assessments)
    work = [
        LateWork(
            item=row.assessment.pk,
            title=row.assessment.title,
            submitted_at=row.submission.received_at,
            days_late=late,
        )
        for row in rows
        if row.submission is not None
        and rules[row.assessment.pk].slip is not None
        and (
            late := days_late(
                row.submission.received_at,
                dates[row.assessment.pk, enrollment.pk].due_at,
                zone=row.assessment.offering.zone,
                grace=rules[row.assessment.pk].late.grace,
            )
        )
    ]
    ledger = ledger_of(enrollment)
    limits = {pk: found.slip for pk, found in rules.items()}
    late_items = {late.item for late in work}
    return SlipStanding(
        ledger=ledger,
        work=tuple(work),
        assessments={row.assessment.pk: row.assessment for row in rows if row.assessment.pk in late_items},
        charged=charges(ledger, work, limits),
        provisional=frozenset(row.assessment.pk for row in rows if row.points is None),
        limits=limits,
    )
