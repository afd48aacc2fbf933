"""Deadlines of one's own, for one's own calendar."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from coursehub.accounts.models import User
from grading.assessments.feeds import OwnDue
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension
from grading.deadlines.queries import dates_of, reaching


def own_dues(user: User, assessments: Sequence[Assessment]) -> Mapping[int, OwnDue]:
    """Return by its key what was ever granted to a person, and when it is due for them now; five queries at most.

    What was taken back stays in the count, so that a calendar program takes the older moment for the newer.
    """
    versions: dict[int, int] = defaultdict(int)
    changed: dict[int, datetime] = {}
    mine = reaching(Extension.objects.filter(assessment__in=assessments), user)
    for assessment, version, changed_at in mine.values_list("assessment_id", "version", "changed_at"):
        versions[assessment] += version
        changed[assessment] = max(changed_at, changed.get(assessment, changed_at))
    dates = dates_of(user, [assessment for assessment in assessments if assessment.pk in versions])
    return {
        pk: OwnDue(due_at=dates[pk].due_at, changes=changes, changed_at=changed[pk]) for pk, changes in versions.items()
    }
