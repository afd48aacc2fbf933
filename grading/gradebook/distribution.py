"""How a class did in an assessment, as far as its students may know, and never of so few that one could be made out."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.deadlines.queries import effective_dates
from grading.gradebook.evidence import students_of
from grading.gradebook.models import GradeCell
from grading.gradebook.releases import is_awaiting_release, is_released
from grading.submissions.models import GradingResult
from runners.protocol import Visibility

FEWEST = 5
"""Of fewer graded students nothing is told."""
_EARNED = (GradeCell.Mark.NONE, GradeCell.Mark.OVERRIDE)


def class_points(
    offering: Offering, assessments: Collection[Assessment], *, at: datetime | None = None
) -> dict[int, tuple[Decimal, ...]]:
    """Return the points in each assessment of all students who know theirs, sorted; nothing for fewer than ``FEWEST``.

    Four queries at most. Counted is who earned points or was given some: whoever is missing, excused or set to zero
    for a matter of integrity is not in it, so that no bar tells of that.
    """
    at = at or database_now()
    released = {one.pk: one for one in assessments if not is_awaiting_release(one, at=at)}
    cells = GradeCell.objects.filter(
        assessment__in=list(released), enrollment__in=students_of(offering).order_by().values("pk"),
        mark__in=_EARNED, is_held_back=False, points__isnull=False,
    )  # fmt: skip
    unknown = _unknown(offering, released, at=at)
    found: dict[int, list[Decimal]] = defaultdict(list)
    for assessment, enrollment, points in cells.values_list("assessment_id", "enrollment_id", "points"):
        if points is not None and (assessment, enrollment) not in unknown:
            found[assessment].append(points)
    return {pk: tuple(sorted(points)) for pk, points in found.items() if len(points) >= FEWEST}


def _unknown(offering: Offering, assessments: Mapping[int, Assessment], *, at: datetime) -> frozenset[tuple[int, int]]:
    """Return the (assessment, enrollment) of which the student may not know the total yet, for checks are hidden."""
    hides: dict[tuple[int, int], set[Visibility]] = defaultdict(set)
    rows = (
        GradingResult.objects.filter(job__submission__assessment__in=list(assessments), job__is_held=False)
        .exclude(total_visibility=Visibility.VISIBLE)
        .order_by()
        .values_list("job__submission__assessment_id", "job__submission__author_id", "total_visibility")
        .distinct()
    )
    for assessment, author, word in rows:
        hides[assessment, author].add(Visibility(word))
    if not hides:
        return frozenset()
    people = list(Enrollment.objects.filter(offering=offering, user__in={author for _, author in hides}))
    hiding = [assessments[pk] for pk in sorted({assessment for assessment, _ in hides})]
    dates = effective_dates(hiding, people)
    return frozenset(
        (one.pk, person.pk)
        for one in hiding
        for person in people
        if (words := hides.get((one.pk, person.user_id)))
        and not is_released(one, dates[one.pk, person.pk], words, at=at)
    )
