"""The page of one submission, in every state that it can be in."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment
from coursehub.web.pages.checks import WAITING, CheckLine, under_headings
from grading.assessments.models import Assessment
from grading.gradebook import marking
from grading.gradebook.models import GradeCell
from grading.submissions import jobs, services
from grading.submissions.models import Submission
from runners.protocol import CheckReport, JobEvent, Outcome, Phase
from tests.factories import claim, make_runner, make_students, make_submission
from tests.people import People
from tests.web.conftest import SignIn, grade

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.ada)


def page(client: Client, submission: Submission, **headers: str) -> HttpResponse:
    return client.get(reverse("submission", args=[submission.pk]), headers=headers)


def marked_by_hand(homework: Assessment, people: People) -> Submission:
    """Return Ada's submission to an assessment without a suite, to which Tariq gave eight points."""
    Assessment.objects.update(suite=None)
    homework.refresh_from_db()
    submission = make_submission(homework, by=people.ada)
    ada = Enrollment.objects.get(offering=homework.offering, user=people.ada)
    marking.score(homework, ada, points=Decimal(8), by=people.tariq, version=0, idempotency_key="mark")
    return submission


def text(response: HttpResponse) -> str:
    """Return what a person reads."""
    return " ".join(strip_tags(response.content.decode()).split())


def fragment(client: Client, submission: Submission, seen: str = "") -> HttpResponse:
    """Ask as htmx does."""
    url = reverse("submission", args=[submission.pk])
    return client.get(url, {"seen": seen}, headers={"HX-Request": "true"})


def test_a_waiting_submission_says_its_place_and_that_one_may_leave(ada: Client, waiting: Submission) -> None:
    html = text(page(ada, waiting))

    assert "Next in the queue" in html
    assert "You can close this page" in html
    assert "Load it again to see more" in html
    assert "Case 0" in html


def test_a_waiting_page_polls_and_a_settled_one_does_not(ada: Client, waiting: Submission) -> None:
    assert 'hx-trigger="every 1500ms"' in page(ada, waiting).content.decode()

    grade(waiting)

    assert "hx-trigger" not in page(ada, waiting).content.decode()
    assert "hx-trigger" not in fragment(ada, waiting, "x").content.decode()


def test_the_fragment_is_part_of_the_page_and_not_all_of_it(ada: Client, waiting: Submission) -> None:
    answer = fragment(ada, waiting, "something older").content.decode()

    assert "<html" not in answer
    assert 'data-verdict="queued"' in answer


def test_nothing_is_sent_while_nothing_changes(ada: Client, waiting: Submission) -> None:
    seen = page(ada, waiting).context["page"].fingerprint

    assert fragment(ada, waiting, seen).status_code == 204

    grade(waiting)

    assert fragment(ada, waiting, seen).status_code == 200


def test_checks_appear_as_they_arrive(ada: Client, waiting: Submission) -> None:
    runner, _ = make_runner()
    run = claim(runner, waiting.assessment.suite)
    assert run is not None
    arrived = CheckReport(id="case_0", outcome=Outcome.PASSED, points=6, max_points=6, seconds=0.5)
    event = JobEvent(lease_token=run.lease_token, phase=Phase.FIRST_CHECK, checks=[arrived])
    jobs.hold(runner, run.job_id, event, at=database_now())

    html = text(page(ada, waiting))

    assert "1 of 2 checks so far" in html
    assert "Passed Case 0 6 / 6 0.50 s" in html
    assert "Waiting Case 1" in html


def test_a_result_says_what_passed_and_what_to_look_at_first(ada: Client, finished: Submission) -> None:
    response = page(ada, finished)

    assert "6 of 10 points" in text(response)
    assert "One of two checks passed. The first thing to look at is Case 1" in text(response)
    assert 'href="#check-case_1"' in response.content.decode()
    assert "Look at the sign." in text(response)


def test_full_points_are_said_plainly(ada: Client, waiting: Submission) -> None:
    grade(waiting)

    assert "All two checks passed." in text(page(ada, waiting))


def test_a_submission_that_cannot_be_graded_says_why(ada: Client, waiting: Submission) -> None:
    grade(waiting, earned={"case_0": 0, "case_1": 0}, message="needle.py does not import: SyntaxError in line 3.")

    html = text(page(ada, waiting))

    assert "needle.py does not import: SyntaxError in line 3." in html
    assert "Fix this first" in html


def test_our_fault_is_violet_and_costs_no_try(ada: Client, waiting: Submission) -> None:
    runner, _ = make_runner()
    at = database_now()
    for attempt in range(3):
        run = claim(runner, waiting.assessment.suite, at=at + timedelta(minutes=2 * attempt))
        assert run is not None
        jobs.fault(runner, run.job_id, run.lease_token, sentence="A disk broke.", detail="secret trace", at=at)

    response = page(ada, waiting)

    assert 'data-verdict="fault"' in response.content.decode()
    assert "This is our fault, not yours. No try was used." in text(response)
    assert "secret trace" not in text(response)


def test_staff_see_what_broke_and_the_seed_and_the_student(
    sign_in: SignIn, people: People, finished: Submission
) -> None:
    html = text(page(sign_in(people.tariq), finished))

    assert "Ada Okafor" in html
    assert "5eed" in html
    assert "Grade again" in html


def test_a_student_sees_neither_the_seed_nor_the_button(ada: Client, finished: Submission) -> None:
    html = text(page(ada, finished))

    assert "5eed" not in html
    assert "Grade again" not in html


def test_grading_again_keeps_the_older_result(sign_in: SignIn, people: People, finished: Submission) -> None:
    tariq = sign_in(people.tariq)
    tariq.post(reverse("regrade", args=[finished.pk]))
    older = finished.jobs.order_by("pk").first()
    assert older is not None

    waiting = text(page(tariq, finished))
    grade(finished)
    newer = text(page(tariq, finished))
    chosen = text(tariq.get(reverse("submission", args=[finished.pk]), {"run": older.pk}))

    assert "Until then the result below stands" in waiting
    assert "10 of 10 points" in newer
    assert "6 of 10 points" in chosen
    assert "This is an older run" in chosen


@pytest.mark.parametrize("run", ["0", "x", "-1", "99999999999999999999", "²"])
def test_a_run_that_is_not_there_shows_the_newest(ada: Client, finished: Submission, run: str) -> None:
    response = ada.get(reverse("submission", args=[finished.pk]), {"run": run})

    assert "6 of 10 points" in text(response)


def test_cancelling_stops_the_wait(ada: Client, waiting: Submission) -> None:
    response = ada.post(reverse("cancel", args=[waiting.pk]), follow=True)

    assert "This submission was cancelled" in text(response)
    assert "No try was used" in text(response)


def test_cancelling_too_late_says_so(ada: Client, finished: Submission) -> None:
    response = ada.post(reverse("cancel", args=[finished.pk]), follow=True)

    assert "nothing to cancel" in text(response)
    assert "6 of 10 points" in text(response)


def test_an_assessment_without_a_suite_says_that_a_person_looks(
    ada: Client, homework: Assessment, people: People
) -> None:
    Assessment.objects.update(suite=None)
    homework.refresh_from_db()
    submission = make_submission(homework, by=people.ada)

    html = text(page(ada, submission))

    assert "A person will mark it" in html
    assert "Received" in html


def test_what_a_person_has_marked_shows_the_points_to_everybody_who_may_know_them(
    ada: Client, homework: Assessment, people: People, sign_in: SignIn
) -> None:
    submission = marked_by_hand(homework, people)

    html = text(page(ada, submission))
    listed = text(sign_in(people.tariq).get(reverse("staff_submissions", args=[homework.offering.slug])))
    own = text(ada.get(reverse("assessment", args=[homework.offering.slug, homework.slug])))

    assert "8 of 10 points" in html
    assert "A person has marked it." in html
    assert "will mark it" not in html
    assert "Graded 8 / 10" in listed.replace("✓", "").replace("  ", " ")
    assert "8 / 10" in own


def test_marks_that_wait_for_their_release_or_were_taken_back_are_not_shown(
    ada: Client, homework: Assessment, people: People
) -> None:
    submission = marked_by_hand(homework, people)
    Assessment.objects.update(grade_release="manual")

    waits = text(page(ada, submission))
    Assessment.objects.update(grade_release="auto")
    cell = GradeCell.objects.get()
    marking.undo(cell.assessment, cell.enrollment, by=people.tariq, version=cell.version, idempotency_key="back")
    taken_back = text(page(ada, submission))

    for html in (waits, taken_back):
        assert "8 of 10" not in html
        assert "A person will mark it" in html


def test_what_nobody_has_marked_can_be_filtered(homework: Assessment, people: People, sign_in: SignIn) -> None:
    marked_by_hand(homework, people)
    make_submission(homework, by=people.ben)

    url = reverse("staff_submissions", args=[homework.offering.slug])
    html = text(sign_in(people.tariq).get(url, {"state": "to_mark"}))

    assert "1 submission, the newest first" in html
    assert "Ben Lindqvist" in html


def test_where_nothing_more_is_taken_nobody_is_asked_to_submit_again_or_told_what_that_would_cost(
    ada: Client, homework: Assessment, people: People
) -> None:
    submission = marked_by_hand(homework, people)
    open_page = text(page(ada, submission))
    Assessment.objects.update(due_at=database_now() - timedelta(days=3), closes_at=None)

    closed = text(page(ada, submission))
    own = text(ada.get(reverse("assessment", args=[homework.offering.slug, homework.slug])))

    assert "Submit again" in open_page
    assert "Submit again" not in closed
    assert "Nothing more is accepted" in own
    assert "Handed in now" not in own
    assert "Ask for more time" not in own


def test_a_class_below_five_shows_no_histogram_and_a_larger_one_does(
    ada: Client, finished: Submission, homework: Assessment
) -> None:
    assert "Class so far" not in text(page(ada, finished))

    for student in make_students(homework.offering, 4):
        grade(make_submission(homework, by=student))

    assert "Class so far" in text(page(ada, finished))
    assert "5 students" in text(page(ada, finished))


def test_the_receipt_and_the_files_are_saved_not_shown(ada: Client, finished: Submission) -> None:
    for name, arguments in [("receipt", []), ("submission_download", []), ("submission_file", ["needle.py"])]:
        response = ada.get(reverse(name, args=[finished.pk, *arguments]), {"download": ""})

        assert response.headers["Content-Disposition"].startswith("attachment"), name
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["other.py", "../needle.py", "needle.py/", "a%00b"])
def test_a_file_that_was_not_handed_in_is_not_there(ada: Client, finished: Submission, path: str) -> None:
    assert ada.get(f"/submissions/{finished.pk}/files/{path}").status_code == 404


def test_the_page_asks_the_database_the_same_number_of_times_however_much_there_is(
    ada: Client, finished: Submission, people: People, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(13):  # type: ignore[operator]
        page(ada, finished)
    for _ in range(3):
        services.regrade(finished, by=people.tariq)
        grade(finished)

    with django_assert_num_queries(13):  # type: ignore[operator]
        page(ada, finished)


def test_groups_of_checks_stand_under_headings_and_a_single_one_needs_none() -> None:
    def lines(*groups: str) -> list[str]:
        made = [
            CheckLine(anchor="", title="", look=WAITING, is_done=False, is_full=False, points="", group=group)
            for group in groups
        ]
        return [line.heading for line in under_headings(made)]

    assert lines("Sums", "Sums", "Products", "") == ["Sums", "", "Products", ""]
    assert lines("Sums", "Sums") == ["", ""]
