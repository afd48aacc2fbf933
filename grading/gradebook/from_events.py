"""A class computed from the log, as one person is: with every step, or as if assessments were worth other points.

That takes longer than reading the cells, so it is for what people wait for: a file, or the effect of a change.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from grading.assessments.models import Assessment
from grading.engine.rows import StudentRow
from grading.gradebook.items import ClassFacts
from grading.gradebook.reckoning import WITH_GRADE, ClassReckoning

_AT_ONCE = 500
"""So many students' events are held in memory together."""


def rows_with_steps(found: ClassReckoning) -> Iterator[StudentRow]:
    """Yield the rows of a class, each grade with the steps that led to it; eight queries for every 500 students."""
    return _rows(found, found.assessments, {})


def rows_worth(found: ClassReckoning, max_points: Mapping[int, Decimal]) -> tuple[StudentRow, ...]:
    """Return the rows of a class as they would be if these assessments, by their keys, had so many points.

    What was earned keeps its share of the points, as it does once the change is saved; what lateness takes, curves and
    the choice of the try are computed again. Eight queries for every 500 students, none where nothing changes.
    """
    changed = [one for one in found.assessments if one.pk in max_points]
    return tuple(_rows(found, changed, max_points)) if changed else found.rows


def _rows(
    found: ClassReckoning, assessments: Collection[Assessment], max_points: Mapping[int, Decimal]
) -> Iterator[StudentRow]:
    for start in range(0, len(found.enrollments), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        people = found.enrollments[some]
        facts = ClassFacts.behind(found.offering, assessments, people).with_max_points(max_points)
        for enrollment, row in zip(people, found.rows[some], strict=True):
            items = dict(row.items)
            for pk, value in facts.values_of(enrollment, at=found.at).items():
                if value.state in WITH_GRADE:
                    items[pk] = replace(value, is_released=row.items[pk].is_released)
            yield replace(row, items=items)
