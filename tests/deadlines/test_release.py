"""Where staff release the grades, the grade waits for them; what the checks say does not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension
from grading.deadlines.queries import dates_for
from grading.gradebook.queries import my_grades
from grading.submissions.models import Submission
from grading.submissions.reading import eyes_of
from runners.protocol import Visibility
from tests.factories import grade_next, make_assessment, make_submission, make_suite
from tests.people import People

pytestmark = pytest.mark.django_db
MANUAL = Assessment.GradeRelease.MANUAL


@pytest.fixture
def graded(offering: Offering, people: People) -> Submission:
    homework = make_assessment(offering, "manual", suite=make_suite("manual"), grade_release=MANUAL)
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite, earned={"case_1": 0})
    return submission


def release(assessment: Assessment) -> None:
    Assessment.objects.filter(pk=assessment.pk).update(grades_released_at=database_now() - timedelta(seconds=1))


def api(client: Client, name: str, *args: object) -> dict[str, object]:
    return client.get(reverse(f"api:{name}", args=args)).json()


def test_my_grades_have_no_points_before_the_release(offering: Offering, people: People, graded: Submission) -> None:
    before = my_grades(people.ada, offering)[0]
    release(graded.assessment)
    after = my_grades(people.ada, offering)[0]

    assert (before.points, before.waits_for) == (None, Visibility.AFTER_PUBLISHED)
    assert (after.points, after.waits_for) == (6, None)


def test_the_page_shows_the_checks_and_not_the_total(client: Client, people: People, graded: Submission) -> None:
    client.force_login(people.ada)

    content = client.get(reverse("submission", args=[graded.pk])).content.decode()

    assert "Case 0" in content
    assert "Your total appears when the grades are released." in content
    assert "6 / 10" not in content
    assert "in the grade book" not in content


def test_lists_and_the_page_of_the_assessment_say_that_it_is_not_shown_yet(
    client: Client, offering: Offering, people: People, graded: Submission
) -> None:
    client.force_login(people.ada)

    page = client.get(reverse("assessment", args=[offering.slug, "manual"])).content.decode()
    grades = client.get(reverse("my_grades", args=[offering.slug])).content.decode()

    assert "not shown yet" in page
    assert "6 / 10" not in page + grades


def test_the_api_tells_no_points_before_the_release(client: Client, people: People, graded: Submission) -> None:
    client.force_login(people.ada)

    one = client.get(f"/api/v1/submissions/{graded.pk}/").json()
    report = client.get(f"/api/v1/submissions/{graded.pk}/report/").json()

    assert (one["points"], one["verdict"]) == (None, None)
    assert (report["points"], report["verdict"], report["total_visibility"]) == (None, None, "after_published")
    assert [check["outcome"] for check in report["checks"]] == ["passed", "failed"]


def test_staff_see_the_grade_at_once(client: Client, people: People, graded: Submission) -> None:
    client.force_login(people.tariq)

    assert client.get(f"/api/v1/submissions/{graded.pk}/").json()["points"] == "6.0000"


def test_what_waits_for_the_due_date_waits_for_that_of_the_author(
    offering: Offering, homework: Assessment, people: People
) -> None:
    over = database_now() + timedelta(days=10)
    Extension.objects.create(
        assessment=homework, enrollment=Enrollment.objects.get(offering=offering, user=people.ada), has_no_end=True
    )

    adas = eyes_of((), homework, dates=dates_for(people.ada, homework), is_held_back=False, at=over)
    bens = eyes_of((), homework, dates=dates_for(people.ben, homework), is_held_back=False, at=over)

    assert (adas.last_hand_in_at, bens.last_hand_in_at) == (None, homework.closes_at)
