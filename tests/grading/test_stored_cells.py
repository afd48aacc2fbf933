"""Cells read for a whole class say exactly what their rows do."""

from decimal import Decimal

import pytest

from coursehub.courses.models import Enrollment, Offering
from grading.gradebook.models import GradeCell
from grading.gradebook.stored_cells import stored_cells
from tests.factories import make_assessment, make_students

pytestmark = pytest.mark.django_db

NUMBERS = ["0", "8", "7.2", "0.1", "0.0001", "33.3333", "99999999.9999", "12345678.0001"]


@pytest.mark.parametrize("points", [None, *NUMBERS])
@pytest.mark.parametrize("penalty", ["0", "0.3333"])
def test_numbers_are_read_to_the_last_place(offering: Offering, points: str | None, penalty: str) -> None:
    assessment = make_assessment(offering, "essay")
    place = Enrollment.objects.filter(offering=offering).first()
    assert place is not None
    number = None if points is None else Decimal(points)
    GradeCell.objects.create(
        assessment=assessment, enrollment=place, points=number, raw_points=number, penalty_points=Decimal(penalty),
        late_units=2, slip_days=1, is_held_back=True, comment="Good.", version=3, mark="override",
    )  # fmt: skip

    found = stored_cells(GradeCell.objects.all())[assessment.pk][place.pk]

    assert (found.points, found.raw_points, found.penalty_points) == (number, number, Decimal(penalty))
    assert (found.mark, found.late_units, found.slip_days, found.version) == ("override", 2, 1, 3)
    assert found.is_held_back is True
    assert found.comment == "Good."


def test_equal_cells_are_one_object(offering: Offering) -> None:
    assessment = make_assessment(offering, "essay")
    make_students(offering, 3)
    people = list(Enrollment.objects.filter(offering=offering).order_by("-pk")[:3])
    for place, points in zip(people, ("5", "5", "6"), strict=True):
        GradeCell.objects.create(assessment=assessment, enrollment=place, points=Decimal(points))

    first, second, third = (stored_cells(GradeCell.objects.all())[assessment.pk][place.pk] for place in people)
    again = stored_cells(GradeCell.objects.all())[assessment.pk]

    assert again[people[0].pk] is again[people[1].pk]
    assert again[people[0].pk] is not again[people[2].pk]
    assert first == second != third
