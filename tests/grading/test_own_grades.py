"""What a student may know of their own grades, and that nothing tells of anything else."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db.models import F
from hypothesis import given

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from coursehub.web.pages.my_grades import SumLine, sum_part
from coursehub.web.words import MINUS
from grading.assessments.models import Assessment
from grading.deadlines.models import AssessmentLateness, LatePolicy, SlipDayEntry, SlipDayPolicy
from grading.engine.goals import Assumption
from grading.engine.items import ItemState
from grading.engine.nodes import Mode
from grading.engine.rows import StudentRow
from grading.engine.scheme import Scheme
from grading.engine.trace import traced
from grading.gradebook.distribution import FEWEST, class_points
from grading.gradebook.models import GradeNode, ParticipationRule
from grading.gradebook.own import grades_for_staff, own_grades
from grading.gradebook.own_data import own_data, own_sheet
from grading.gradebook.own_questions import Goal, needed_for, pending_of, totals_if
from grading.gradebook.own_slip_days import slip_days_of
from grading.gradebook.projection import project_offering
from grading.interchange.tables import read_sheet
from grading.submissions.models import Submission
from runners.protocol import Visibility
from tests.engine.strategies import graded
from tests.factories import grade_next, make_assessment, make_submission, make_suite, moment
from tests.grades import grade_class, make_exam, make_scheme, mark, place
from tests.people import People

pytestmark = pytest.mark.django_db


def leaves(nodes: list[dict]) -> Iterator[Fraction]:
    """Yield every contribution at the bottom of a trace, and the effect of every cap."""
    for node in nodes:
        if node["kind"] == "item" or not node["children"]:
            yield Fraction(node["contribution"]["exact"])
            continue
        yield Fraction(node["cap_effect"]["exact"])
        yield from leaves(node["children"])


def known(enrollment: Enrollment) -> str:
    """Return everything that a student can get to know, as one text: data, file, what-if and goals."""
    project_offering(enrollment.offering)
    grades = own_grades(enrollment)
    asked = [
        (item.title, assumption, goal, needed_for(grades, Goal(item=item.key, total=goal, assumption=assumption), {}))
        for item in pending_of(grades)
        for assumption in Assumption
        for goal in (Decimal(40), Decimal(80), Decimal(95))
    ]
    told = own_data(grades)
    del told["at"]
    tried = totals_if(grades, {item.key: Decimal(1) for item in pending_of(grades)[:1]})
    return "\n".join([json.dumps(told), own_sheet(grades).decode(), repr(asked), repr(tried)])


@pytest.fixture
def course(offering: Offering, people: People) -> tuple[Enrollment, Assessment, Assessment]:
    """Ada, a homework that she has 8 of 10 points in, and an exam that was written and is not graded."""
    homework, exam = make_assessment(offering), make_exam(offering, "exam")
    make_scheme(offering, homework=(60, [homework]), exam=(40, [exam]))
    ada = place(offering, people.ada)
    mark(homework, ada, "scored", "8")
    return ada, homework, exam


Course = tuple[Enrollment, Assessment, Assessment]


def by_hand(exam: Assessment, ada: Enrollment) -> None:
    Assessment.objects.filter(pk=exam.pk).update(grade_release="manual", grades_released_at=None)


def later(exam: Assessment, ada: Enrollment) -> None:
    Assessment.objects.filter(pk=exam.pk).update(
        grade_release="manual", grades_released_at=database_now() + timedelta(days=1)
    )


def held(exam: Assessment, ada: Enrollment) -> None:
    mark(exam, ada, "held_back")


@pytest.mark.parametrize("way", [by_hand, later, held])
@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("scored", "7.31"), ("scored", "0"), ("scored", "10"), ("override", "7.31"), ("zeroed", None),
        ("missing", None), ("commented", None),
    ],
)  # fmt: skip
def test_a_grade_that_is_not_released_changes_nothing_that_a_student_can_know(
    course: Course, way: Callable[[Assessment, Enrollment], None], kind: str, points: str | None
) -> None:
    ada, _, exam = course
    way(exam, ada)
    before = known(ada)

    mark(exam, ada, kind, points, reason="canary4711")
    after = known(ada)

    assert before == after
    assert "canary4711" not in after
    assert own_grades(ada).totals.current == 80


def test_an_excuse_is_told_and_neither_the_score_that_it_covers_nor_one_that_is_held_back(course: Course) -> None:
    ada, _, exam = course
    held(exam, ada)
    before = known(ada)
    mark(exam, ada, "excused")
    assert known(ada) == before
    mark(exam, ada, "let_go")
    by_hand(exam, ada)
    excused = known(ada)

    mark(exam, ada, "scored", "7.31")

    assert known(ada) == excused
    assert "7.31" not in excused
    assert own_grades(ada).row.items[exam.pk].state is ItemState.EXCUSED


@pytest.mark.parametrize(
    "fields",
    [{"is_listed": False}, {"release_at": moment("2099-01-01T00:00:00")}, {"release_at": None, "suite": True}],
    ids=["unlisted", "later", "never"],
)
def test_a_grade_of_work_that_is_not_out_changes_nothing_either(
    offering: Offering, people: People, course: Course, fields: dict
) -> None:
    ada = course[0]
    if fields.pop("suite", None):
        fields["suite"] = make_suite("secret")
    secret = make_exam(offering, "secret", **fields)
    GradeNode.objects.get(key="exam").assessments.add(secret)
    before = known(ada)

    mark(secret, ada, "scored", "7.31")

    assert known(ada) == before


def test_what_only_staff_plan_is_in_no_number(offering: Offering, course: Course) -> None:
    ada = course[0]
    before = known(ada)

    planned = make_exam(offering, "planned", is_listed=False)
    GradeNode.objects.get(key="exam").assessments.add(planned)

    assert known(ada) == before
    assert planned.title in json.dumps(own_data(grades_for_staff(ada)[1]))


def test_an_exam_without_a_date_of_release_shows_its_grade(offering: Offering, course: Course) -> None:
    ada, _, exam = course
    Assessment.objects.filter(pk=exam.pk).update(release_at=None)
    mark(exam, ada, "scored", "9")
    project_offering(offering)

    assert own_grades(ada).totals.current == 84


@pytest.mark.parametrize("visibility", [Visibility.AFTER_DUE_DATE, Visibility.AFTER_PUBLISHED, Visibility.HIDDEN])
def test_totals_with_hidden_checks_change_nothing_until_they_are_shown(
    offering: Offering, people: People, visibility: Visibility
) -> None:
    homework = make_assessment(offering, suite=make_suite(visibility={"case_1": visibility}))
    make_scheme(offering, homework=(60, [homework]), exam=(40, [make_exam(offering, "exam")]))
    ada = place(offering, people.ada)
    make_submission(homework, by=people.ada)
    before = known(ada)

    grade_next(homework.suite, earned={"case_1": "1.31"})

    assert known(ada) == before
    past = database_now() - timedelta(hours=1)
    Assessment.objects.filter(pk=homework.pk).update(due_at=past, closes_at=past, solutions_at=past)
    assert own_grades(place(offering, people.ada)).totals.current == Fraction("73.1")


def test_staff_are_told_what_the_student_does_not_see(course: Course) -> None:
    ada, _, exam = course
    by_hand(exam, ada)
    mark(exam, ada, "scored", "5")
    project_offering(ada.offering)

    theirs, whole = grades_for_staff(ada)

    assert theirs.totals == own_grades(ada).totals
    assert (theirs.totals.current, whole.totals.current) == (80, 68)
    assert (theirs.unreleased, whole.unreleased) == (frozenset(), {exam.pk})


def test_a_comment_comes_with_the_grade(course: Course) -> None:
    ada, homework, exam = course
    by_hand(exam, ada)
    for assessment in (homework, exam):
        mark(assessment, ada, "commented", reason=f"On {assessment.title}")
    project_offering(ada.offering)

    assert own_grades(ada).comments == {homework.pk: "On Homework 1"}


@given(case=graded())
def test_what_is_shown_of_a_total_makes_it_exactly(case: tuple[Scheme, StudentRow]) -> None:
    scheme, row = case
    for mode in Mode:
        trace = traced(scheme, row, mode=mode)
        told = json.loads(json.dumps(trace.to_json()))
        if trace.total is None:
            assert told["total"] is None
            continue

        total = Fraction(told["total"]["exact"])
        extra = [Fraction(one["contribution"]["exact"]) for one in told["adjustments"]]
        cap = Fraction(told["cap_effect"]["exact"])

        assert sum(map(exact, sum_part(trace).lines)) == total == trace.total
        assert sum([*leaves(told["nodes"]), *extra, cap]) == total


def exact(line: SumLine) -> Fraction:
    """Return the number that a line shows: exactly where it says so, for there rounding hides something."""
    return Fraction(line.exact or line.contribution.replace(MINUS, "-"))


def test_the_rows_of_the_file_make_the_total_too_and_no_text_is_a_formula(offering: Offering, people: People) -> None:
    works = [
        make_exam(offering, f"e{n}", title=f"=1+{n}", max_points=Decimal(most)) for n, most in enumerate((7, 3, 9))
    ]
    make_scheme(offering, exams=(70, works[:2]), last=(30, works[2:]))
    ada = place(offering, people.ada)
    for work, points in zip(works, ("3", "2", "5"), strict=True):
        mark(work, ada, "scored", points)
        mark(work, ada, "commented", reason="@SUM(A1)")
    project_offering(offering)

    sheet = own_sheet(own_grades(ada))
    read = read_sheet(sheet)
    rows = [dict(zip(read.header, row.cells, strict=True)) for row in read.rows]

    parts = [Fraction(int(row["Numerator"]), int(row["Denominator"])) for row in rows if row["What"] == "Item"]
    assert sum(parts) == own_grades(ada).totals.current
    cells = [cell for line in sheet.decode().splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.lstrip('"')[:1] in {"=", "@", "+"}]
    assert "'=1+0" in sheet.decode()


def test_a_scheme_that_says_too_little_has_no_total_and_says_what_is_open(offering: Offering, people: People) -> None:
    homework = [make_exam(offering, "one"), make_exam(offering, "two")]
    make_scheme(offering, homework=(60, homework), talks=(40, []))
    GradeNode.objects.filter(key="homework").update(aggregation="unsaid")
    talks = GradeNode.objects.get(key="talks")
    GradeNode.objects.filter(pk=talks.pk).update(aggregation="rule", weight=None)
    ParticipationRule.objects.create(node=talks, metric="discussions", threshold=5)
    ada = place(offering, people.ada)
    mark(homework[0], ada, "scored", "7")
    project_offering(offering)

    grades = own_grades(ada)

    assert (grades.totals, grades.has_total) == (None, False)
    assert grades.unsaid == (
        "How the parts of Homework count together: by their points, or each percentage alike.",
        "What Talks weighs.",
        "What fewer than 5 are worth in Talks; in proportion, as long as nothing else is said.",
    )
    told = own_data(grades)
    assert [one["points"] and one["points"]["shown"] for one in told["apart"]] == ["7.00", None]
    assert (totals_if(grades, {}), needed_for(grades, Goal(item=1), {})) == (None, None)


def test_weights_that_do_not_make_100_are_told(offering: Offering, people: People) -> None:
    make_scheme(offering, homework=(60, [make_exam(offering, "one")]))

    assert own_grades(place(offering, people.ada)).unsaid == (
        "What makes up the 100 points of the course: the weights that are said make 60.",
    )


def test_the_class_is_told_of_only_where_five_students_know_their_grade(offering: Offering) -> None:
    exam = make_exam(offering, "exam")
    people = grade_class(exam, FEWEST, points="6")
    assert class_points(offering, [exam]) == {exam.pk: (Decimal(6),) * FEWEST}

    for kind in ("held_back", "let_go", "excused", "cleared", "zeroed", "cleared", "missing", "cleared"):
        mark(exam, people[0], kind)
        project_offering(offering)
        is_told = kind in {"let_go", "cleared"}
        # Work that is marked missing keeps the score it has, and is not counted as earned.
        assert (exam.pk in class_points(offering, [exam])) == is_told, kind

    Enrollment.objects.filter(pk=people[0].pk).update(status=Enrollment.Status.DROPPED)
    assert class_points(offering, [exam]) == {}


def test_the_class_is_not_told_of_before_release_nor_are_those_whose_total_is_hidden(
    offering: Offering, people: People
) -> None:
    homework = make_assessment(offering, suite=make_suite(visibility={"case_1": Visibility.AFTER_DUE_DATE}))
    grade_class(homework, FEWEST)
    make_submission(homework, by=people.ada)
    grade_next(homework.suite, earned={"case_1": "1.31"})

    assert class_points(offering, [homework])[homework.pk] == (Decimal(5),) * FEWEST
    past = database_now() - timedelta(hours=1)
    Assessment.objects.filter(pk=homework.pk).update(due_at=past, closes_at=past)
    homework.refresh_from_db()
    assert len(class_points(offering, [homework])[homework.pk]) == FEWEST + 1
    homework.grade_release = "manual"
    assert class_points(offering, [homework]) == {}


def test_slip_days_count_what_is_released(offering: Offering, people: People) -> None:
    ada = place(offering, people.ada)
    assert slip_days_of(own_grades(ada)) is None
    SlipDayPolicy.objects.create(offering=offering, budget=3, per_assessment=2)
    SlipDayEntry.objects.create(enrollment=ada, kind="bonus", days=2)
    SlipDayEntry.objects.create(enrollment=ada, kind="withdrawn", days=-1)
    policy = LatePolicy.objects.create(offering=offering, key="ten", title="Ten", form="deduct_of_max", rate=10)
    homework = make_assessment(offering)
    AssessmentLateness.objects.create(assessment=homework, policy=policy)
    submission = make_submission(homework, by=people.ada)
    Submission.objects.filter(pk=submission.pk).update(received_at=F("received_at") + timedelta(days=7, hours=3))
    mark(homework, ada, "scored", "8", submission=submission)
    project_offering(offering)

    found = slip_days_of(own_grades(ada))

    assert (found.budget, found.added, found.charged, found.left, found.waits) == (3, 1, 1, 3, False)
    Assessment.objects.filter(pk=homework.pk).update(grade_release="manual")
    found = slip_days_of(own_grades(place(offering, people.ada)))
    assert (found.charged, found.left, found.waits) == (0, 4, True)


def test_work_that_is_missing_by_its_dates_is_missing(offering: Offering, people: People) -> None:
    past = database_now() - timedelta(days=1)
    homework = make_assessment(offering, due_at=past, closes_at=past, grade_release="manual")

    assert own_grades(place(offering, people.ada)).row.items[homework.pk].state is ItemState.MISSING
