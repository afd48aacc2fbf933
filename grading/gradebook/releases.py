"""Whether a grade is released to its student: the one rule behind pages, totals, exports and mail."""

from collections.abc import Collection
from datetime import datetime

from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.engine.visibility import Eyes, sees_total
from runners.protocol import Visibility


def is_released(
    assessment: Assessment, dates: EffectiveDates, hides: Collection[Visibility] = (), *, at: datetime
) -> bool:
    """Whether the student of these dates may know their grade; one that is held back apart.

    Where staff release grades, nothing is known before. `hides` is how visible the totals of the student's gradings
    are: each must be shown by then, for one alone would tell which submission counts.
    """
    if is_awaiting_release(assessment, at=at):
        return False
    last = dates.last_hand_in_at
    by_hand = assessment.grade_release == Assessment.GradeRelease.MANUAL
    released_at = assessment.grades_released_at if by_hand else assessment.solutions_at or last
    eyes = Eyes(sees_all=False, at=at, last_hand_in_at=last, released_at=released_at)
    return all(sees_total(word, eyes) for word in hides)


def is_awaiting_release(assessment: Assessment, *, at: datetime) -> bool:
    """Whether staff have to release the grades, and have not."""
    if assessment.grade_release == Assessment.GradeRelease.AUTO:
        return False
    return assessment.grades_released_at is None or assessment.grades_released_at > at
