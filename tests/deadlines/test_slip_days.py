"""The ledger of slip days, where it places them, and what late work costs."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from coursehub.common.clock import database_now
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.deadlines.ahead import price_at
from grading.deadlines.errors import DivisionRefused, LedgerLocked, ReasonMissing
from grading.deadlines.models import AssessmentLateness, LatePolicy, SlipDayEntry, SlipDayPolicy
from grading.deadlines.policies import LateRules, in_words, late_rules_of, penalty_of, preview, slip_in_words, slip_of
from grading.deadlines.slip_days import charges, give_days, ledger_of, ledgers_of, place
from grading.engine.slip_days import LateWork
from tests.factories import make_assessment, make_students
from tests.people import People

pytestmark = pytest.mark.django_db
Kind = SlipDayEntry.Kind


@pytest.fixture
def policy(offering: Offering) -> SlipDayPolicy:
    return SlipDayPolicy.objects.create(offering=offering, budget=3, per_assessment=2)


@pytest.fixture
def ada(offering: Offering, people: People) -> Enrollment:
    return Enrollment.objects.get(offering=offering, user=people.ada)


def late(assessment: Assessment, days: int, *, order: int = 0) -> LateWork:
    at = assessment.due_at + timedelta(days=days, hours=order)
    return LateWork(item=assessment.pk, title=assessment.title, submitted_at=at, days_late=days)


@pytest.fixture
def two(offering: Offering) -> list[Assessment]:
    return [make_assessment(offering, slug, title=slug) for slug in ("one", "two")]


def test_a_ledger_holds_the_budget_and_what_was_added_and_taken_back(
    policy: SlipDayPolicy, ada: Enrollment, people: People
) -> None:
    give_days(ada, kind=Kind.BONUS, days=2, note="Helped others", by=people.ines)
    give_days(ada, kind=Kind.WITHDRAWN, days=1, note="A mistake", by=people.ines)

    assert ledger_of(ada).total == 4


def test_days_are_given_by_staff_with_a_reason(policy: SlipDayPolicy, ada: Enrollment, people: People) -> None:
    with pytest.raises(NotAllowed):
        give_days(ada, kind=Kind.GRANT, days=1, note="For me", by=people.ada)
    with pytest.raises(ReasonMissing):
        give_days(ada, kind=Kind.GRANT, days=1, note=" ", by=people.ines)


def test_days_are_charged_in_the_order_in_which_work_came(
    policy: SlipDayPolicy, ada: Enrollment, two: list[Assessment]
) -> None:
    work = [late(two[1], 2, order=1), late(two[0], 2)]

    assert charges(ledger_of(ada), work) == {two[0].pk: 2, two[1].pk: 1}


def test_who_places_their_days_is_charged_as_they_placed_them(
    policy: SlipDayPolicy, ada: Enrollment, two: list[Assessment], people: People
) -> None:
    work = [late(two[0], 2), late(two[1], 2, order=1)]
    ledger = place(ada, {two[0]: 1, two[1]: 2}, work=work, limits={}, by=people.ada, at=database_now())

    assert charges(ledger, work) == {two[0].pk: 1, two[1].pk: 2}


def test_the_same_division_again_writes_nothing(
    policy: SlipDayPolicy, ada: Enrollment, two: list[Assessment], people: People
) -> None:
    work = [late(two[0], 2)]
    for _ in range(2):
        place(ada, {two[0]: 1}, work=work, limits={}, by=people.ada, at=database_now())

    assert SlipDayEntry.objects.count() == 1


def test_what_does_not_hold_is_refused_with_all_that_is_wrong(
    policy: SlipDayPolicy, ada: Enrollment, two: list[Assessment], people: People
) -> None:
    with pytest.raises(DivisionRefused) as refusal:
        place(ada, {two[0]: 4, two[1]: 1}, work=[late(two[0], 3)], limits={}, by=people.ada, at=database_now())

    assert "3 days late" in refusal.value.sentence
    assert "at most 2 slip days" in refusal.value.sentence
    assert "You have 3 slip days and gave out 5." in refusal.value.sentence


def test_after_it_locks_nothing_is_placed(
    policy: SlipDayPolicy, ada: Enrollment, two: list[Assessment], people: People
) -> None:
    SlipDayPolicy.objects.update(locks_at=database_now())

    with pytest.raises(LedgerLocked):
        place(ada, {two[0]: 1}, work=[late(two[0], 2)], limits={}, by=people.ada, at=database_now())


def test_nobody_places_the_days_of_others(
    policy: SlipDayPolicy, ada: Enrollment, two: list[Assessment], people: People
) -> None:
    with pytest.raises(NotAllowed):
        place(ada, {two[0]: 1}, work=[late(two[0], 2)], limits={}, by=people.ines, at=database_now())


def test_an_assessment_may_take_no_slip_days(policy: SlipDayPolicy, ada: Enrollment, two: list[Assessment]) -> None:
    AssessmentLateness.objects.create(assessment=two[0], slip_days_max=0)
    limits = {pk: rules.slip for pk, rules in late_rules_of(two).items()}

    assert charges(ledger_of(ada), [late(two[0], 2), late(two[1], 2, order=1)], limits) == {two[0].pk: 0, two[1].pk: 2}


def test_the_ledgers_of_a_class_take_two_queries(
    offering: Offering, policy: SlipDayPolicy, django_assert_num_queries: object
) -> None:
    people = list(Enrollment.objects.filter(user__in=make_students(offering, 50)))
    with django_assert_num_queries(2):
        assert {ledger.total for ledger in ledgers_of(people).values()} == {3}


def test_what_handing_in_late_would_cost(offering: Offering, policy: SlipDayPolicy, homework: Assessment) -> None:
    row = LatePolicy(offering=offering, form=LatePolicy.Form.DEDUCT_OF_MAX, rate=Decimal(10))
    rules = LateRules(late=penalty_of(row), slip=slip_of(policy))

    def price(days: int, free: int) -> tuple[int, int, Fraction]:
        found = price_at(
            homework.due_at + timedelta(days=days),
            due_at=homework.due_at,
            rules=rules,
            max_points=Fraction(10),
            slip_days_free=free,
            zone=offering.zone,
        )
        return found.slip_days, found.slip_days_left, found.outcome.points

    assert price(0, 3) == (0, 3, 10)
    assert price(1, 3) == (1, 2, 10)
    assert price(3, 3) == (2, 1, 9)
    assert price(3, 0) == (0, 0, 7)


def test_policies_are_said_in_words(offering: Offering, policy: SlipDayPolicy) -> None:
    row = LatePolicy(
        offering=offering, form=LatePolicy.Form.DEDUCT_OF_MAX, rate=Decimal("10.0000"), cutoff=3, grace_seconds=600
    )

    assert in_words(penalty_of(row)) == (
        "Each late day takes 10 % of the full points; later than 3 days it earns nothing. "
        "The first 10 minutes are not late."
    )
    assert [(line.late, line.full, line.half) for line in preview(penalty_of(row))][:4] == [
        ("1 day late", "90", "40"),
        ("2 days late", "80", "30"),
        ("3 days late", "70", "20"),
        ("4 days late", "0", "0"),
    ]
    assert slip_in_words(slip_of(policy)).startswith("Everybody has 3 slip days, at most 2 for one assessment.")
