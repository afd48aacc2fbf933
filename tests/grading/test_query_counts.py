"""Each list asks the database a fixed number of times, however many people there are."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.common.clock import database_now
from coursehub.courses.access import offerings_for
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.assessments.queries import assessments_for
from grading.deadlines.queries import upcoming_for
from grading.gradebook.queries import my_grades
from grading.submissions.models import GradingJob, JobKind, JobState, Submission
from grading.submissions.queries import submissions_for_staff, submissions_of
from tests.factories import make_assessment, make_students, make_submission
from tests.people import People

pytestmark = pytest.mark.django_db
Counter = Callable[[int], object]


@pytest.fixture
def crowd(offering: Offering, homework: Assessment) -> list[Submission]:
    students = make_students(offering, 300)
    submissions = Submission.objects.bulk_create(
        Submission(
            assessment=homework,
            author=student,
            number=1,
            sha256="0" * 64,
            total_bytes=1,
            idempotency_key=str(student.pk),
        )
        for student in students
    )
    GradingJob.objects.bulk_create(
        GradingJob(
            submission=submission,
            student_id=submission.author_id,
            suite=homework.suite,
            suite_digest=homework.suite.digest,
            kind=JobKind.SUBMISSION,
            requested_by_id=submission.author_id,
            lane="cpu",
            virtual_start=0,
        )
        for submission in submissions
    )
    return submissions


def test_the_staff_list_of_300_students(
    offering: Offering, people: People, crowd: list[Submission], django_assert_num_queries: Counter
) -> None:
    with django_assert_num_queries(2):
        rows = list(submissions_for_staff(people.tariq, offering))
        assert len([(row.author.name, row.assessment.title, row.state, row.points, row.verdict) for row in rows]) == 300


def test_the_staff_list_filters(offering: Offering, people: People, crowd: list[Submission]) -> None:
    GradingJob.objects.filter(submission=crowd[0]).update(state=JobState.FINISHED)

    def count(**filters: object) -> int:
        return submissions_for_staff(people.tariq, offering, **filters).count()

    assert count(state="finished") == 1
    assert count(state="queued") == 299
    assert count(verdict="passed") == 0
    assert count(text=crowd[7].author.email) == 1
    assert count(text="student 299") == 1
    assert count(text="\0 %") == 0
    assert count(assessment=make_assessment(offering, "hw2")) == 0


def test_my_own_lists_among_300(
    offering: Offering,
    homework: Assessment,
    people: People,
    crowd: list[Submission],
    django_assert_num_queries: Counter,
) -> None:
    for number in range(5):
        make_assessment(offering, f"extra-{number}", suite=homework.suite)
    make_submission(homework, by=people.ada)
    with django_assert_num_queries(8):
        rows = my_grades(people.ada, offering)
        assert [row.submission.assessment_id for row in rows if row.submission] == [homework.pk]
    with django_assert_num_queries(1):
        assert len([row.state for row in submissions_of(people.ada, homework)]) == 1
    with django_assert_num_queries(1):
        assert len([row.course.organization.name for row in offerings_for(people.ada)]) == 1
    with django_assert_num_queries(1):
        assert len([(row.suite, row.offering.course) for row in assessments_for(people.ada, offering)]) == 6
    at = database_now()
    with django_assert_num_queries(3):
        upcoming = upcoming_for(people.ada, at=at)
        assert len([row.assessment.offering.course.code for row in upcoming]) == 6


@pytest.mark.parametrize(
    ("model", "most"),
    [
        ("submissions_submission", 12),
        ("submissions_gradingjob", 12),
        ("submissions_runner", 12),
        ("courses_enrollment", 12),
        ("courses_offering", 14),
        ("accounts_user", 12),
        ("accounts_apitoken", 12),
        ("assessments_assessment", 14),
        ("gradebook_gradecell", 12),
        ("gradebook_gradeevent", 12),
    ],
)
def test_the_lists_of_the_admin_site(
    people: People, crowd: list[Submission], django_assert_max_num_queries: Counter, model: str, most: int
) -> None:
    people.ines.is_staff = people.ines.is_superuser = True
    people.ines.save()
    client = Client()
    client.force_login(people.ines)

    with django_assert_max_num_queries(most):
        assert client.get(reverse(f"admin:{model}_changelist")).status_code == 200
