"""Pass rates and common messages: of the newest result of each submission, in one question each."""

from collections.abc import Callable

import pytest

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.catalogue.statistics import common_messages, most_common, normalised, rates_of, submissions_graded
from tests.catalogue.results import many_results
from tests.catalogue.suites import make_published
from tests.factories import make_assessment, make_offering
from tests.people import People


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("Half is 1.25, the reference has -7.5e-3.", "Half is #, the reference has #."),
        ("Gradient of a has shape (4, 3), not (3, 4).", "Gradient of a has shape (#), not (#)."),
        ("value[2, 0] is nan; weight[1] is -inf", "value[#] is #; weight[#] is #"),
        ("It has shape (3,).", "It has shape (#)."),
        ("x2 and layer_3 and int64 stay, 0x7f3a does not", "x2 and layer_3 and int64 stay, # does not"),
        ("took 0.5 s.\n  Line 12.", "took # s. Line #."),
        ("banana and infinite", "banana and infinite"),
        ("", ""),
    ],
)
def test_a_message_without_its_numbers(message: str, left: str) -> None:
    assert normalised(message) == left


def test_the_five_most_common_messages_are_counted_without_their_numbers() -> None:
    rows = [("a", f"Row {n} is wrong.", 2) for n in range(10)] + [("a", f"{'x' * n} broke", 1) for n in range(1, 9)]

    found = most_common(rows)["a"]

    assert (found[0].text, found[0].count) == ("Row # is wrong.", 20)
    assert len(found) == 5


@pytest.fixture
def homework(offering: Offering, people: People) -> Assessment:
    made = make_assessment(offering, suite=make_published(offering, people), required_files=["twice.py"])
    many_results(made, students=6, tries=2)
    return made


@pytest.mark.django_db
def test_pass_rates_count_submissions_and_students(homework: Assessment) -> None:
    assert homework.suite is not None

    rates = rates_of(homework.suite, homework.offering)

    assert (rates["double"].passed, rates["double"].submissions) == (12, 12)
    halve = rates["halve"]
    assert (halve.passed, halve.submissions, halve.students_passed, halve.students) == (3, 12, 3, 6)
    assert submissions_graded(homework.suite, homework.offering) == 12


@pytest.mark.django_db
def test_another_offering_sees_nothing_of_it(homework: Assessment) -> None:
    assert homework.suite is not None
    other = make_offering("elsewhere", with_people=False)

    assert rates_of(homework.suite, other) == {}
    assert common_messages(homework.suite, other) == {}
    assert submissions_graded(homework.suite, other) == 0


@pytest.mark.django_db
def test_messages_of_failures_only(homework: Assessment) -> None:
    assert homework.suite is not None

    found = common_messages(homework.suite, homework.offering)

    assert set(found) == {"halve"}
    assert found["halve"][0].text == "Half is #, the reference has #."
    assert sum(message.count for message in found["halve"]) == 9


@pytest.mark.django_db
def test_a_large_class_costs_one_question_each(
    homework: Assessment, django_assert_num_queries: Callable[[int], object]
) -> None:
    assert homework.suite is not None
    many_results(homework, students=100, tries=3)

    with django_assert_num_queries(2):
        assert rates_of(homework.suite, homework.offering)["double"].submissions == 312
        assert common_messages(homework.suite, homework.offering)["halve"]
