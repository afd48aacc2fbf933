"""From rows to the engine: schemes, whole classes, single people."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursehub.common.clock import database_now
from coursehub.courses.models import Cohort, Enrollment, Offering
from grading.assessments.models import Assessment, AssessmentKind
from grading.deadlines.models import AssessmentLateness, Extension, LatePolicy, SlipDayPolicy
from grading.deadlines.queries import effective_dates
from grading.engine.items import ItemState
from grading.engine.nodes import Mode
from grading.gradebook.models import (
    GradeAdjustment,
    GradeEvent,
    GradeNode,
    GradingScheme,
    LetterCutoff,
    ParticipationCount,
    ParticipationRule,
)
from grading.gradebook.projection import project_offering
from grading.gradebook.reckoning import class_of, person_of, scheme_of
from grading.submissions.models import Submission
from tests.factories import make_assessment, make_students, make_submission, make_suite
from tests.people import People

pytestmark = pytest.mark.django_db
Counter = Callable[[int], object]


def make_scheme(offering: Offering, *homework: Assessment) -> GradingScheme:
    """Return a scheme of 90 points for homework, by the mean, and 10 for discussions, of which 5 are enough."""
    scheme = GradingScheme.objects.create(offering=offering)
    node = GradeNode.objects.create(scheme=scheme, key="homework", label="Homework", weight=90, aggregation="mean")
    node.assessments.set(homework)
    talks = GradeNode.objects.create(scheme=scheme, key="talks", label="Talks", weight=10, aggregation="rule", order=1)
    ParticipationRule.objects.create(
        node=talks, metric="discussions", threshold=5, below="linear", bonus_top=1, bonus_course_points=1
    )
    for label, bound in (("A", 90), ("B", 80), ("F", 0)):
        LetterCutoff.objects.create(scheme=scheme, label=label, lower_bound=bound)
    return scheme


def place(offering: Offering, user: object) -> Enrollment:
    return Enrollment.objects.select_related("user", "offering").get(offering=offering, user=user)


def event(assessment: Assessment, enrollment: Enrollment, kind: str, **fields: object) -> GradeEvent:
    return GradeEvent.objects.create(
        assessment=assessment,
        enrollment=enrollment,
        kind=kind,
        max_points=assessment.max_points,
        source="page",
        **fields,
    )


def state_of(enrollment: Enrollment, assessment: Assessment) -> tuple[str, Fraction | None]:
    """Return state and points, the same by the class and by the person."""
    project_offering(enrollment.offering)
    of_class = class_of(enrollment.offering, enrollments=[enrollment]).rows[0].items[assessment.pk]
    of_person = person_of(enrollment).row.items[assessment.pk]
    assert (of_class.state, of_class.points, of_class.raw) == (of_person.state, of_person.points, of_person.raw)
    assert (of_class.penalty, of_class.slip_days) == (of_person.penalty, of_person.slip_days)
    return of_class.state, of_class.points


def test_a_scheme_keeps_what_is_said_and_what_is_not(offering: Offering) -> None:
    first, second = make_assessment(offering, "a"), make_assessment(offering, "b")
    make_assessment(offering, "apart")
    row = make_scheme(offering, first, second)
    GradeNode.objects.filter(key="homework").update(aggregation="unsaid")

    scheme = scheme_of(offering)

    assert [node.key for node in scheme.nodes] == ["homework", "talks"]
    assert scheme.nodes[0].aggregation is None
    assert [item.key for item in scheme.items()] == [first.pk, second.pk]
    assert [letter.label for letter in scheme.letters] == ["A", "B", "F"]
    assert "say how its items count together" in class_of(offering).obstacles[0]
    assert class_of(offering).totals() == {}
    row.delete()
    assert scheme_of(offering) is None
    assert class_of(offering).obstacles


def test_shares_become_course_points_where_those_are_summed(offering: Offering) -> None:
    scheme = GradingScheme.objects.create(offering=offering)
    top = GradeNode.objects.create(scheme=scheme, key="p", label="P", weight=40, aggregation="course_points")
    GradeNode.objects.create(scheme=scheme, key="x", label="X", parent=top, weight=25, weight_unit="share")

    assert scheme_of(offering).nodes[0].children[0].weight == 10


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((), (ItemState.MISSING, 0)),
        ((("scored", 7),), (ItemState.SCORED, 7)),
        ((("scored", 7), ("excused", None)), (ItemState.EXCUSED, None)),
        ((("scored", 7), ("override", 3)), (ItemState.OVERRIDDEN, 3)),
        ((("scored", 7), ("zeroed", None)), (ItemState.ZEROED, 0)),
        ((("zeroed", None), ("cleared", None)), (ItemState.MISSING, 0)),
        ((("scored", 7), ("zeroed", None), ("cleared", None)), (ItemState.SCORED, 7)),
        ((("missing", None),), (ItemState.MISSING, 0)),
        ((("scored", 7), ("missing", None)), (ItemState.SCORED, 7)),
        ((("commented", None),), (ItemState.MISSING, 0)),
    ],
)
def test_the_state_of_an_item_after_it_closed(
    offering: Offering, people: People, kinds: tuple[tuple[str, int | None], ...], expected: tuple[str, object]
) -> None:
    at = database_now()
    Enrollment.objects.update(joined_at=at - timedelta(days=90))
    homework = make_assessment(offering, due_at=at - timedelta(days=9), closes_at=at - timedelta(days=8))
    ada = place(offering, people.ada)
    for kind, points in kinds:
        event(homework, ada, kind, points=points)

    assert state_of(ada, homework) == expected


def test_what_is_not_due_handed_in_or_closed_before_somebody_joined(offering: Offering, people: People) -> None:
    at = database_now()
    open_now, closed = make_assessment(offering), make_assessment(offering, "old", due_at=at, closes_at=None)
    exam = make_assessment(offering, "exam", kind=AssessmentKind.EXAM, suite=None, due_at=at, closes_at=None)
    ada, ben = place(offering, people.ada), place(offering, people.ben)
    Enrollment.objects.filter(pk=ada.pk).update(joined_at=at + timedelta(days=1))
    ada.refresh_from_db()

    assert state_of(ben, open_now)[0] is ItemState.NOT_DUE
    make_submission(open_now, by=people.ben)
    assert state_of(ben, open_now)[0] is ItemState.SUBMITTED_UNGRADED
    assert state_of(ada, closed)[0] is ItemState.NOT_ASSIGNED
    assert state_of(ada, exam)[0] is ItemState.SUBMITTED_UNGRADED
    event(closed, ada, "scored", points=4)
    assert state_of(ada, closed) == (ItemState.SCORED, 4)


def test_a_score_that_was_taken_back_leaves_work_ungraded(offering: Offering, people: People) -> None:
    homework, ada = make_assessment(offering), place(offering, people.ada)
    submission = make_submission(homework, by=people.ada)
    scored = event(homework, ada, "scored", points=6, submission=submission)

    assert state_of(ada, homework) == (ItemState.SCORED, 6)
    back = event(homework, ada, "scored", points=6, undoes=scored)
    assert state_of(ada, homework) == (ItemState.SUBMITTED_UNGRADED, None)
    event(homework, ada, "scored", points=6, undoes=back)
    assert state_of(ada, homework) == (ItemState.SCORED, 6)


def test_lateness_slip_days_and_the_late_policy(offering: Offering, people: People) -> None:
    at = database_now()
    ada = place(offering, people.ada)
    policy = LatePolicy.objects.create(offering=offering, key="l", title="L", form="deduct_of_max", rate=10)
    SlipDayPolicy.objects.create(offering=offering, budget=3, per_assessment=2)
    works = []
    for number, days in enumerate((3, 2, 1)):
        work = make_assessment(
            offering, f"w{number}", due_at=at - timedelta(days=days - 0.5), closes_at=at + timedelta(1)
        )
        AssessmentLateness.objects.create(assessment=work, policy=policy)
        submission = make_submission(work, by=people.ada)
        Submission.objects.filter(pk=submission.pk).update(received_at=at - timedelta(hours=9 - number))
        event(work, ada, "scored", points=10, submission=submission)
        works.append(work)

    # The first is three days late and gets two of the three days, the second gets the last one, the third none.
    assert state_of(ada, works[0]) == (ItemState.SCORED, 9)
    assert state_of(ada, works[1]) == (ItemState.SCORED, 9)
    assert state_of(ada, works[2]) == (ItemState.SCORED, 9)
    assert [person_of(ada).row.items[work.pk].slip_days for work in works] == [2, 1, 0]


def test_an_extension_of_a_cohort_is_later_than_ones_own(offering: Offering, people: People) -> None:
    homework, ada, ben = make_assessment(offering), place(offering, people.ada), place(offering, people.ben)
    section = Cohort.objects.create(offering=offering, key="one", name="One")
    section.members.add(ada)
    own, shared = homework.due_at + timedelta(days=1), homework.due_at + timedelta(days=5)
    Extension.objects.create(assessment=homework, enrollment=ada, due_at=own, tries=12)
    later = Extension.objects.create(assessment=homework, cohort=section, due_at=shared)
    Extension.objects.create(assessment=homework, enrollment=ben, due_at=own, revoked_at=database_now())

    found = effective_dates([homework], [ada, ben])

    dates = found[homework.pk, ada.pk]
    assert (dates.due_at, dates.closes_at, dates.tries, dates.extension_pk) == (shared, shared, 12, later.pk)
    assert found[homework.pk, ben.pk].due_at == homework.due_at


def test_a_student_sees_what_is_not_released_as_pending(offering: Offering, people: People) -> None:
    homework, ada = make_assessment(offering, grade_release="manual"), place(offering, people.ada)
    event(homework, ada, "scored", points=7)
    event(make_assessment(offering, "hw2"), ada, "scored", points=7)
    held = make_assessment(offering, "hw3")
    event(held, ada, "scored", points=7)
    event(held, ada, "held_back")
    project_offering(offering)

    def states(row: object) -> list[str]:
        return [value.state.value for value in row.items.values()]

    of_class = class_of(offering, enrollments=[ada])
    assert states(of_class.rows[0]) == states(person_of(ada).row) == ["scored"] * 3
    pending = ["submitted_ungraded", "scored", "submitted_ungraded"]
    assert states(of_class.for_student().rows[0]) == states(person_of(ada, as_student=True).row) == pending
    homework.grades_released_at = database_now()
    homework.save()
    assert states(person_of(ada, as_student=True).row) == ["scored", "scored", "submitted_ungraded"]


def test_totals_with_counts_adjustments_and_the_bonus_of_the_most_active(offering: Offering, people: People) -> None:
    homework = make_assessment(offering)
    make_scheme(offering, homework)
    for user, points, talks in ((people.ada, 9, 6), (people.ben, 8, 5)):
        enrollment = place(offering, user)
        event(homework, enrollment, "scored", points=points)
        ParticipationCount.objects.create(enrollment=enrollment, metric="discussions", count=talks)
    ada = place(offering, people.ada)
    GradeAdjustment.objects.create(
        enrollment=ada, course_points=Decimal("0.5"), reason="For a talk", made_by=people.ines
    )
    project_offering(offering)

    found = class_of(offering).totals()

    assert found[ada.pk].current == Fraction("92.5")
    assert found[ada.pk].current_letter == "A"
    assert found[place(offering, people.ben).pk].current == 82
    assert class_of(offering, enrollments=[ada]).totals()[ada.pk].current == Fraction("92.5")
    assert person_of(ada).totals().current == Fraction("92.5")
    trace = person_of(ada).trace(Mode.CURRENT)
    assert sum(trace.components()) == trace.total == Fraction("92.5")


def test_a_class_of_300_takes_as_many_queries_as_one_of_three(offering: Offering, people: People) -> None:
    assessments = [make_assessment(offering, f"hw{n}", suite=make_suite(f"s{n}")) for n in range(4)]
    make_scheme(offering, *assessments)

    with CaptureQueriesContext(connection) as few:
        class_of(offering).totals()
    students = make_students(offering, 300)
    rows = Enrollment.objects.filter(user__in=students)
    GradeEvent.objects.bulk_create(
        GradeEvent(assessment=one, enrollment=row, kind="scored", points=row.pk % 11, max_points=10)
        for row in rows
        for one in assessments
    )
    project_offering(offering)
    with CaptureQueriesContext(connection) as many:
        found = class_of(offering)
        totals = found.totals()
        found.for_student()

    assert len(totals) == 303
    assert len(many) <= len(few) + 1 <= 13
    ada = place(offering, people.ada)
    with CaptureQueriesContext(connection) as person:
        person_of(ada)
    assert len(person) <= 20
