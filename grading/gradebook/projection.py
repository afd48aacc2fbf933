"""Cells from events: what a cell holds is computed, and written only where it differs."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.gradebook.item_facts import CellValue
from grading.gradebook.items import ClassFacts
from grading.gradebook.models import GradeCell, GradeEvent

FIELDS = (
    "mark", "points", "raw_points", "penalty_points", "late_units", "slip_days", "submission_id", "comment",
    "is_held_back",
)  # fmt: skip
_AT_ONCE = 200


def project(offering: Offering, enrollments: Collection[int], assessments: Collection[Assessment]) -> Counter[int]:
    """Bring the cells of these people in line with the events; returns how many changed, by assessment.

    The version of a cell counts its changes. Call it under a lock on the enrollments, which are primary keys, so that
    of two projections the later one has seen all events. Where there are slip days, all assessments are projected:
    work that costs days changes what is left for later work.
    """
    people = list(Enrollment.objects.filter(pk__in=enrollments).order_by("pk"))
    facts, at = ClassFacts.behind(offering, assessments, people), database_now()
    stored = {
        (cell.assessment_id, cell.enrollment_id): cell
        for cell in GradeCell.objects.filter(enrollment__in=people, assessment__in=facts.assessments)
    }
    wanted = {
        (assessment, enrollment.pk): value
        for enrollment in people
        for assessment, value in facts.cells_of(enrollment, at=at).items()
    }
    return _write(stored, wanted, at=at)


def project_offering(offering: Offering) -> Counter[int]:
    """Compute every cell of an offering again from the events; returns how many had to change, by assessment."""
    assessments = list(Assessment.objects.filter(offering=offering))
    touched = (
        GradeEvent.objects.filter(assessment__in=assessments)
        .values("enrollment")
        .union(GradeCell.objects.filter(assessment__in=assessments).values("enrollment"))
    )
    pks = sorted(row["enrollment"] for row in touched)
    changed: Counter[int] = Counter()
    for start in range(0, len(pks), _AT_ONCE):
        with transaction.atomic():
            some = lock(pks[start : start + _AT_ONCE])
            changed += project(offering, some, assessments)
    return changed


def lock(enrollments: Iterable[int]) -> list[int]:
    """Keep every other writer of these people's grades waiting; always in the order of their keys: no deadlock."""
    rows = Enrollment.objects.filter(pk__in=list(enrollments)).order_by("pk")
    return list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def cell_differences(value: CellValue, cell: GradeCell) -> tuple[str, ...]:
    """Return the names of the columns in which a cell is not what it should be."""
    return tuple(name for name in FIELDS if getattr(cell, name) != getattr(value, name))


def _write(
    stored: dict[tuple[int, int], GradeCell], wanted: dict[tuple[int, int], CellValue], *, at: datetime
) -> Counter[int]:
    new, changed, counts = [], [], Counter[int]()
    for (assessment, enrollment), value in wanted.items():
        cell = stored.pop((assessment, enrollment), None)
        if cell is not None and not cell_differences(value, cell):
            continue
        counts[assessment] += 1
        if cell is None:
            new.append(_filled(GradeCell(assessment_id=assessment, enrollment_id=enrollment), value))
            continue
        cell.version, cell.updated_at = cell.version + 1, at
        changed.append(_filled(cell, value))
    counts.update(assessment for assessment, _ in stored)
    GradeCell.objects.filter(pk__in=[cell.pk for cell in stored.values()]).delete()
    GradeCell.objects.bulk_create(new, batch_size=500)
    GradeCell.objects.bulk_update(
        changed, [name.removesuffix("_id") for name in FIELDS] + ["version", "updated_at"], batch_size=200
    )
    return counts


def _filled(cell: GradeCell, value: CellValue) -> GradeCell:
    for name in FIELDS:
        setattr(cell, name, getattr(value, name))
    return cell
