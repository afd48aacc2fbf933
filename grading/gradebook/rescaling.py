"""A class as it would be if assessments were worth other points: what staff look at before they change that."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from grading.engine.rows import StudentRow
from grading.gradebook.items import ClassFacts
from grading.gradebook.reckoning import WITH_GRADE, ClassReckoning


def rows_worth(found: ClassReckoning, max_points: Mapping[int, Decimal]) -> tuple[StudentRow, ...]:
    """Return the rows of a class if these assessments, by their keys, had so many points; eight more queries at most.

    What was earned keeps its share of the points, as it does once the change is saved; what lateness takes, curves and
    the choice of the try are computed again.
    """
    changed = [one for one in found.assessments if one.pk in max_points]
    if not changed:
        return found.rows
    facts = ClassFacts.behind(found.offering, changed, found.enrollments).with_max_points(max_points)
    rows = []
    for enrollment, row in zip(found.enrollments, found.rows, strict=True):
        items = dict(row.items)
        for pk, value in facts.values_of(enrollment, at=found.at).items():
            if value.state in WITH_GRADE:
                items[pk] = replace(value, is_released=items[pk].is_released)
        rows.append(replace(row, items=items))
    return tuple(rows)
