"""Grades changed by hand: who may, what is refused, what is taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.management import call_command

from coursehub.common.clock import database_now
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Cohort, Enrollment, Offering, RoleAssignment
from coursehub.mail.tasks import deliver
from grading.assessments.models import Assessment
from grading.deadlines.models import AssessmentLateness, LatePolicy
from grading.engine.curves import LinearCurve, RootCurve
from grading.gradebook import class_changes, marking, releasing
from grading.gradebook.access import student_for, students_for
from grading.gradebook.errors import (
    CellChanged,
    CurveInvalid,
    KeyReused,
    NothingToUndo,
    PointsInvalid,
    ReasonNeeded,
    ReleaseRefused,
)
from grading.gradebook.models import Curve, GradeCell, GradeEvent
from grading.gradebook.queries import my_grades
from grading.gradebook.wanted import Wanted, read_points
from grading.submissions.models import Submission
from tests.factories import grade_next, make_assessment, make_submission
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(offering: Offering, people: People) -> Enrollment:
    return Enrollment.objects.select_related("user", "offering").get(offering=offering, user=people.ada)


def score(
    homework: Assessment, who: Enrollment, points: str, people: People, version: int = 0, **fields: object
) -> GradeCell:
    key = fields.pop("key", f"score-{points}-{version}")
    return marking.score(
        homework, who, points=Decimal(points), by=people.tariq, version=version, idempotency_key=key, **fields
    )


def mark(homework: Assessment, who: Enrollment, kind: str, people: People, version: int, **fields: object) -> GradeCell:
    return marking.mark(
        homework, who, kind=kind, by=people.tariq, version=version, idempotency_key=f"{kind}-{version}", **fields
    )


def undo(homework: Assessment, who: Enrollment, people: People, version: int, **fields: object) -> GradeCell:
    return marking.undo(homework, who, by=people.ines, version=version, idempotency_key=f"undo-{version}", **fields)


def test_each_change_is_an_event_and_a_new_version(homework: Assessment, ada: Enrollment, people: People) -> None:
    score(homework, ada, "7.5", people)
    marking.override(homework, ada, points=Decimal(9), by=people.ines, version=1, idempotency_key="set", reason="Oral")
    mark(homework, ada, "commented", people, 2, reason="Well done")
    cell = mark(homework, ada, "held_back", people, 3)

    assert (cell.mark, cell.points, cell.raw_points, cell.comment, cell.is_held_back, cell.version) == (
        "override", 9, Decimal("7.5"), "Well done", True, 4,
    )  # fmt: skip
    assert list(GradeEvent.objects.order_by("pk").values_list("kind", "actor__legal_name", "source")) == [
        ("scored", "Tariq Aziz", "page"), ("override", "Ines Moreau", "page"),
        ("commented", "Tariq Aziz", "page"), ("held_back", "Tariq Aziz", "page"),
    ]  # fmt: skip
    call_command("audit_grades", verbosity=0)


def test_who_looked_at_another_version_is_told_who_changed_what(
    homework: Assessment, ada: Enrollment, people: People
) -> None:
    score(homework, ada, "7", people)

    with pytest.raises(CellChanged, match=r"Ada Okafor for Homework 1.*Tariq Aziz, “Scored”, 7 points"):
        score(homework, ada, "8", people, key="late")

    assert GradeCell.objects.get().points == 7
    assert GradeEvent.objects.count() == 1


def test_what_is_sent_twice_is_answered_as_the_first_time(
    homework: Assessment, ada: Enrollment, people: People
) -> None:
    first = score(homework, ada, "7", people, key="k")

    assert score(homework, ada, "7", people, key="k").version == first.version == 1
    with pytest.raises(KeyReused):
        score(homework, ada, "8", people, key="k")
    assert GradeEvent.objects.count() == 1


def test_undo_goes_back_step_by_step_and_can_itself_be_taken_back(
    homework: Assessment, ada: Enrollment, people: People
) -> None:
    score(homework, ada, "7", people)
    mark(homework, ada, "excused", people, 1)
    assert undo(homework, ada, people, 2).points == 7
    back = GradeEvent.objects.get(undoes__kind="excused")
    again = undo(homework, ada, people, 3, event=back.pk)
    assert (again.mark, again.points) == ("excused", None)
    assert undo(homework, ada, people, 4).mark == ""
    assert undo(homework, ada, people, 5).points is None
    with pytest.raises(NothingToUndo):
        undo(homework, ada, people, 6)
    assert undo(homework, ada, people, 5).version == 6
    assert GradeEvent.objects.count() == 6
    call_command("audit_grades", verbosity=0)


def test_the_work_of_a_suite_is_not_taken_back(homework: Assessment, ada: Enrollment, people: People) -> None:
    make_submission(homework, by=people.ada)
    grade_next(homework.suite)

    with pytest.raises(NothingToUndo):
        undo(homework, ada, people, 1)
    with pytest.raises(NothingToUndo):
        undo(homework, ada, people, 1, event=GradeEvent.objects.get().pk)


def test_a_score_of_handed_in_work_stands_until_somebody_asks_to_grade_again(
    homework: Assessment, ada: Enrollment, people: People
) -> None:
    submission = make_submission(homework, by=people.ada)
    score(homework, ada, "3", people)
    grade_next(homework.suite)

    assert GradeCell.objects.get().points == 3
    assert GradeEvent.objects.get(kind="scored").submission == submission


@pytest.mark.parametrize("text", ["-1", "11", "1.00001", "NaN", "Infinity", "1e30"])
def test_points_that_are_none_are_refused(homework: Assessment, ada: Enrollment, people: People, text: str) -> None:
    with pytest.raises(PointsInvalid):
        score(homework, ada, text, people)

    assert not GradeEvent.objects.exists()


def test_typed_points_are_read_with_a_comma_too() -> None:
    assert read_points(" 7,5 ") == Decimal("7.5")
    with pytest.raises(PointsInvalid, match="“seven”"):
        read_points("seven")


def test_a_zero_for_integrity_needs_a_reason(homework: Assessment, ada: Enrollment, people: People) -> None:
    with pytest.raises(ReasonNeeded):
        mark(homework, ada, "zeroed", people, 0)


def test_several_cells_are_changed_together_or_not_at_all(
    offering: Offering, homework: Assessment, ada: Enrollment, people: People
) -> None:
    ben = Enrollment.objects.select_related("user").get(offering=offering, user=people.ben)
    score(homework, ben, "5", people)

    def wanted(version: int) -> list[Wanted]:
        return [
            Wanted(assessment=homework, enrollment=who, kind="excused", version=number)
            for who, number in ((ada, 0), (ben, version))
        ]

    with pytest.raises(CellChanged):
        marking.write(offering, wanted(0), by=people.tariq, idempotency_key="bulk")
    assert GradeEvent.objects.count() == 1
    marking.write(offering, wanted(1), by=people.tariq, idempotency_key="bulk")
    assert set(GradeCell.objects.values_list("mark", flat=True)) == {"excused"}


def test_a_teaching_assistant_of_a_section_changes_only_that_section(
    offering: Offering, homework: Assessment, ada: Enrollment, people: People
) -> None:
    section = Cohort.objects.create(offering=offering, key="two", name="Two")
    section.members.add(Enrollment.objects.get(offering=offering, user=people.ben))
    RoleAssignment.objects.get(enrollment__user=people.tariq, enrollment__offering=offering).cohorts.add(section)

    assert [row.user.name for row in students_for(people.tariq, offering)] == ["Ben Lindqvist"]
    assert students_for(people.ines, offering).count() == 3
    assert not students_for(people.otto, offering).exists()
    assert not students_for(people.ada, offering).exists()
    with pytest.raises(Enrollment.DoesNotExist):
        student_for(people.tariq, offering, ada.pk)
    with pytest.raises(Enrollment.DoesNotExist):
        score(homework, ada, "7", people)
    with pytest.raises(NotAllowed):
        marking.score(homework, ada, points=Decimal(10), by=people.ada, version=0, idempotency_key="own")


def test_lateness_is_charged_to_what_was_handed_in_and_not_to_an_exam(
    offering: Offering, ada: Enrollment, people: People
) -> None:
    at = database_now()
    homework = make_assessment(offering, due_at=at - timedelta(hours=30), closes_at=at + timedelta(days=1))
    policy = LatePolicy.objects.create(offering=offering, key="l", title="L", form="deduct_of_max", rate=10)
    AssessmentLateness.objects.create(assessment=homework, policy=policy)

    assert score(homework, ada, "8", people).points == 8
    submission = make_submission(homework, by=people.ada)
    Submission.objects.filter(pk=submission.pk).update(received_at=at)
    cell = score(homework, ada, "9", people, 1)

    assert (cell.points, cell.raw_points, cell.penalty_points, cell.late_units) == (7, 9, 2, 2)


def test_a_curve_is_previewed_applied_and_taken_away(homework: Assessment, ada: Enrollment, people: People) -> None:
    score(homework, ada, "6.4", people)
    preview = class_changes.preview_curve(homework, RootCurve())
    assert [(line.before, line.after) for line in preview.lines] == [(Decimal("6.4"), 8)]

    def apply(seen: str, reason: str = "Hard") -> Curve:
        return class_changes.apply_curve(homework, RootCurve(), by=people.ines, reason=reason, seen=seen)

    with pytest.raises(NotAllowed):
        class_changes.apply_curve(homework, RootCurve(), by=people.tariq, reason="Hard", seen=preview.seen)
    with pytest.raises(ReasonNeeded):
        apply(preview.seen, " ")
    with pytest.raises(CurveInvalid):
        apply("0" * 16)
    assert apply(preview.seen) == apply(preview.seen)
    cell = GradeCell.objects.get()
    assert (cell.points, cell.raw_points) == (8, Decimal("6.4"))
    assert GradeEvent.objects.get(kind="curved").points == 8
    call_command("audit_grades", verbosity=0)
    other = LinearCurve(add=Decimal(1), cap=Decimal(10))
    class_changes.apply_curve(
        homework, other, by=people.ines, reason="Fairer", seen=class_changes.preview_curve(homework, other).seen
    )
    assert GradeCell.objects.get().points == Decimal("7.4")
    assert class_changes.remove_curve(homework, by=people.ines)
    assert not class_changes.remove_curve(homework, by=people.ines)
    assert GradeCell.objects.get().points == Decimal("6.4")


def test_course_points_on_top_need_a_reason_and_can_be_taken_back(ada: Enrollment, people: People) -> None:
    with pytest.raises(ReasonNeeded):
        class_changes.adjust(ada, course_points=Decimal(1), reason="", by=people.tariq)
    with pytest.raises(PointsInvalid):
        class_changes.adjust(ada, course_points=Decimal(0), reason="Why not", by=people.tariq)
    made = class_changes.adjust(ada, course_points=Decimal("0.5"), reason="A talk", by=people.tariq)

    assert class_changes.adjust(ada, course_points=Decimal("0.5"), reason="A talk", by=people.tariq) == made
    assert class_changes.remove_adjustment(ada, made.pk, by=people.ines)
    assert not class_changes.remove_adjustment(ada, made.pk, by=people.ines)


def test_released_grades_are_announced_without_the_grade(offering: Offering, ada: Enrollment, people: People) -> None:
    homework = make_assessment(offering, grade_release="manual")
    score(homework, ada, "7.25", people)
    ben = Enrollment.objects.select_related("user").get(offering=offering, user=people.ben)
    score(homework, ben, "4", people, key="ben")
    mark(homework, ben, "held_back", people, 1)
    assert my_grades(people.ada, offering)[0].points is None

    assert releasing.release(homework, by=people.ines) == 1
    assert mail.outbox == []
    deliver()
    deliver()

    assert [message.to for message in mail.outbox] == [["ada@example.edu"]]
    assert "7" not in mail.outbox[0].body.replace("Homework 1", "")
    assert my_grades(people.ada, offering)[0].points == Decimal("7.25")
    assert my_grades(people.ben, offering)[0].points is None
    with pytest.raises(ReleaseRefused):
        releasing.release(homework, by=people.ines)
    with pytest.raises(NotAllowed):
        releasing.unrelease(homework, by=people.tariq)
    releasing.unrelease(homework, by=people.ines)
    assert my_grades(people.ada, offering)[0].points is None
    with pytest.raises(ReleaseRefused):
        releasing.unrelease(homework, by=people.ines)


def test_a_total_that_waits_for_its_release_is_not_told_anywhere_else(
    offering: Offering, people: People, client: object
) -> None:
    homework = make_assessment(offering, grade_release="manual")
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite, earned={"case_0": 5})
    client.force_login(people.ada)

    page = client.get(f"/submissions/{submission.pk}/").content.decode()

    assert "9 of 10" not in page
    assert "in the grade book" not in page
