"""Cells follow what they rest on: when dates move, or what lateness costs, they are computed again."""

from collections import defaultdict
from typing import Any

from grading.assessments.models import Assessment
from grading.deadlines.signals import dates_changed
from grading.gradebook.models import GradeEvent
from grading.gradebook.projection import lock, project


def connect() -> None:
    """Listen to the room below."""
    dates_changed.connect(_project_again, dispatch_uid="grading.gradebook.following")


def _project_again(*, assessment_pks: frozenset[int], enrollment_pks: frozenset[int], **_: Any) -> None:
    """Compute the cells of these people again, in the sender's transaction; who has no grade has none to move."""
    graded = GradeEvent.objects.filter(enrollment__in=enrollment_pks).order_by().values_list("enrollment_id", flat=True)
    people = sorted(set(graded))
    by_offering: dict[int, list[Assessment]] = defaultdict(list)
    for assessment in Assessment.objects.filter(pk__in=assessment_pks).select_related("offering"):
        by_offering[assessment.offering_id].append(assessment)
    for assessments in by_offering.values():
        if people:
            project(assessments[0].offering, lock(people), assessments)
