"""Two who change the same grade at the same moment: one is told, nothing is overwritten."""

from decimal import Decimal

import pytest

from coursehub.courses.models import Enrollment, Offering
from grading.gradebook import marking
from grading.gradebook.errors import CellChanged
from grading.gradebook.models import GradeCell, GradeEvent
from tests.factories import make_assessment, make_offering
from tests.grading.test_races import at_once
from tests.people import everybody

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def offering(db: None) -> Offering:
    return make_offering()


def place(offering: Offering) -> Enrollment:
    return Enrollment.objects.select_related("user", "offering").get(offering=offering, user=everybody().ada)


def test_two_assistants_who_edit_the_same_cell_have_one_winner(offering: Offering) -> None:
    homework, ada, people = make_assessment(offering), place(offering), everybody()

    def score(number: int) -> str:
        try:
            marking.score(
                homework, ada, points=Decimal(number), by=(people.tariq, people.ines)[number % 2], version=0,
                idempotency_key=f"k{number}",
            )  # fmt: skip
        except CellChanged as refusal:
            return refusal.sentence
        return ""

    answers = at_once(8, score)

    assert answers.count("") == 1
    winner = answers.index("")
    assert GradeCell.objects.get().points == winner
    assert GradeEvent.objects.count() == GradeCell.objects.get().version == 1
    assert all("changed since you looked" in answer for answer in answers if answer)


def test_the_same_post_sent_many_times_at_once_is_one_event(offering: Offering) -> None:
    homework, ada, people = make_assessment(offering), place(offering), everybody()

    def score(_: int) -> int:
        return marking.score(
            homework, ada, points=Decimal(7), by=people.tariq, version=0, idempotency_key="double"
        ).version

    assert set(at_once(8, score)) == {1}
    assert GradeEvent.objects.count() == 1
