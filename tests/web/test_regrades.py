"""The pages of a class graded again."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from coursehub.courses.models import Offering
from coursehub.web.charts import change_chart
from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook import regrading
from grading.gradebook.differences import differences_of, fingerprint
from grading.gradebook.models import GradeCell, GradeEvent, RegradeBatch
from grading.submissions.models import CheckResult, GradingJob, GradingResult, JobState, Submission
from tests.factories import grade_next, make_assessment, make_students, make_submission, make_suite
from tests.markup import complaints_about
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def graded(offering: Offering, people: People) -> Assessment:
    """Homework on which Ada has 10 and Ben 6 of 10 points, and a newer version of its suite."""
    suite = make_suite("sums", digest="a" * 64)
    make_suite("sums", digest="b" * 64)
    homework = make_assessment(offering, suite=suite, counting_try="latest")
    for person, earned in ((people.ada, {}), (people.ben, {"case_1": 0})):
        make_submission(homework, by=person)
        grade_next(suite, earned=earned)
    return homework


@pytest.fixture
def tariq(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.tariq)


def new_version() -> SuiteVersion:
    return SuiteVersion.objects.get(digest="b" * 64)


def form_url(homework: Assessment) -> str:
    return reverse("regrade_all", args=[homework.offering.slug, homework.slug])


def ask(client: Client, homework: Assessment, **fields: Any) -> Any:
    given = {"suite": new_version().pk, "scope": "counting", "reason": "Case 1 was wrong.", "idempotency_key": "k"}
    return client.post(form_url(homework), {**given, **fields})


def started(client: Client, homework: Assessment, *reports: dict[str, Any]) -> RegradeBatch:
    ask(client, homework)
    for report in reports:
        grade_next(new_version(), **report)
    return RegradeBatch.objects.get()


def page(client: Client, batch: RegradeBatch, **query: Any) -> Any:
    return client.get(reverse("regrade_batch", args=[batch.pk]), query)


def text(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def queries(get: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        get()
    return len(captured)


def test_staff_ask_for_a_batch_and_follow_it(tariq: Client, graded: Assessment) -> None:
    shown = text(tariq.get(form_url(graded)))
    assert "Nobody's grade changes until you have seen the difference" in strip_tags(shown).replace("&#x27;", "'")
    assert "grades new submissions" in shown

    answer = ask(tariq, graded)

    batch = RegradeBatch.objects.get()
    assert answer.headers["Location"] == reverse("regrade_batch", args=[batch.pk])
    response = page(tariq, batch)
    assert "0 of 2 submissions graded, 2 waiting." in text(response)
    assert 'hx-trigger="every 3s"' in response.content.decode()
    assert "New submissions are still graded by Sums aaaaaaaa" in text(response)


def test_the_differences_are_shown_and_approved(tariq: Client, graded: Assessment, people: People) -> None:
    batch = started(tariq, graded, {"earned": {"case_0": 0}}, {})
    response = page(tariq, batch)
    words = text(response)

    assert "2 of 2 submissions graded." in words
    assert "Of 2 students, 1 would lose points, 1 would win some, and for none they stay." in words
    assert words.index("Ada Okafor") < words.index("Ben Lindqvist")
    assert "\N{MINUS SIGN}6" in words
    assert "+4" in words
    assert "hx-trigger" not in response.content.decode()
    assert complaints_about(response.content.decode()) == []

    done = tariq.post(
        reverse("regrade_approve", args=[batch.pk]), {"all": "1", "seen": response.context["page"].seen}, follow=True
    )

    assert "Approved for 2 students" in text(done)
    assert sorted(GradeCell.objects.values_list("points", flat=True)) == [4, 10]
    assert "Approve " not in text(done)


def test_some_are_chosen_by_their_rows(tariq: Client, graded: Assessment, people: People) -> None:
    batch = started(tariq, graded, {"earned": {"case_0": 0}}, {})
    rows = {row.student: row.token for row in page(tariq, batch).context["page"].rows}
    approve, drop = (reverse(f"regrade_{what}", args=[batch.pk]) for what in ("approve", "drop"))

    tariq.post(approve, {"row": [rows["Ben Lindqvist"]]})
    tariq.post(drop, {"row": [rows["Ada Okafor"]]})

    assert dict(GradeCell.objects.values_list("enrollment__user__legal_name", "points")) == {
        "Ada Okafor": 10,
        "Ben Lindqvist": 10,
    }
    words = text(page(tariq, batch))
    assert "Partly approved" in words
    assert "Choose Ada" not in page(tariq, batch).content.decode()


@pytest.mark.parametrize("what", ["approve", "drop"])
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"row": ["x"]},
        {"row": ["1"]},
        {"row": ["99999999999999999999.abc"]},
        {"row": ["\u00b2.abc"]},
        {"all": "1"},
        {"all": "1", "seen": "0" * 16},
    ],
)
def test_a_decision_that_carries_nothing_that_was_seen_decides_nothing(
    tariq: Client, graded: Assessment, what: str, sent: dict[str, Any]
) -> None:
    batch = started(tariq, graded, {}, {})

    answer = tariq.post(reverse(f"regrade_{what}", args=[batch.pk]), sent, follow=True)

    assert answer.status_code == 200
    assert batch.rows.filter(decision="pending").count() == 2
    assert not GradeEvent.objects.filter(kind="regraded").exists()


def test_what_changed_since_it_was_seen_is_said(tariq: Client, graded: Assessment) -> None:
    batch = started(tariq, graded, {})
    seen = fingerprint(differences_of(batch))
    grade_next(new_version())

    answer = tariq.post(reverse("regrade_approve", args=[batch.pk]), {"all": "1", "seen": seen}, follow=True)

    assert "Something changed since you looked" in text(answer)


def test_how_far_it_is_comes_alone_for_htmx(tariq: Client, graded: Assessment) -> None:
    batch = started(tariq, graded, {})
    url = reverse("regrade_batch", args=[batch.pk])

    half = tariq.get(url, {"part": "progress"}, headers={"HX-Request": "true"})
    grade_next(new_version())
    whole = tariq.get(url, {"part": "progress"}, headers={"HX-Request": "true"})

    assert "<html" not in half.content.decode()
    assert "1 of 2 submissions graded, 1 waiting." in text(half)
    assert "hx-trigger" in half.content.decode()
    assert "hx-trigger" not in whole.content.decode()
    assert "Show the differences." in text(whole)


def test_only_those_that_change_can_be_shown(tariq: Client, graded: Assessment) -> None:
    batch = started(tariq, graded, {}, {})

    assert "Ada Okafor" in text(page(tariq, batch))
    assert "Ada Okafor" not in text(page(tariq, batch, show="changed"))
    assert "Ben Lindqvist" in text(page(tariq, batch, show="changed"))


def test_failed_and_cancelled_jobs_are_shown(tariq: Client, graded: Assessment) -> None:
    batch = started(tariq, graded)
    first, second = GradingJob.objects.filter(is_held=True).order_by("pk")
    GradingJob.objects.filter(pk=first.pk).update(state=JobState.GRADER_ERROR)
    GradingJob.objects.filter(pk=second.pk).update(state=JobState.CANCELLED)

    words = text(page(tariq, batch))

    assert "0 of 2 submissions graded, 1 failed on our side, 1 cancelled." in words
    assert "Our fault" in words
    assert "Cancelled" in words
    assert "For 2 students there is nothing to approve" in words


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " "}, "This field is required."),
        ({"suite": 0}, "is not one of the available choices"),
        ({"scope": "x"}, "is not one of the available choices"),
        ({"idempotency_key": "a b"}, "The idempotency key must be"),
    ],
)
def test_a_form_that_does_not_fit_says_why(
    tariq: Client, graded: Assessment, fields: dict[str, Any], sentence: str
) -> None:
    answer = ask(tariq, graded, **fields)

    assert answer.status_code == 200
    assert sentence in text(answer)
    assert not RegradeBatch.objects.exists()


def test_the_same_form_sent_twice_makes_one_batch(tariq: Client, graded: Assessment) -> None:
    assert ask(tariq, graded).headers["Location"] == ask(tariq, graded).headers["Location"]
    assert "waits for a decision" in text(tariq.get(form_url(graded)))
    assert "Approve or drop it first" in text(ask(tariq, graded, idempotency_key="k2"))
    assert RegradeBatch.objects.count() == 1


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("otto", 404)])
def test_nobody_else_asks_for_a_batch(
    sign_in: SignIn, people: People, graded: Assessment, who: str, status: int
) -> None:
    client = sign_in(getattr(people, who))

    assert client.get(form_url(graded)).status_code == status
    assert ask(client, graded).status_code == status
    assert not RegradeBatch.objects.exists()


@pytest.mark.parametrize("who", ["ada", "ben", "otto"])
def test_for_everybody_else_a_batch_is_not_there(
    sign_in: SignIn, tariq: Client, people: People, graded: Assessment, who: str
) -> None:
    batch = started(tariq, graded, {}, {})
    client = sign_in(getattr(people, who))

    assert page(client, batch).status_code == 404
    for what in ("approve", "drop"):
        url = reverse(f"regrade_{what}", args=[batch.pk])
        assert client.post(url, {"all": "1", "seen": fingerprint(differences_of(batch))}).status_code == 404
        assert client.get(url).status_code == 405
    assert not batch.rows.exclude(decision="pending").exists()


def test_a_student_sees_an_approved_batch_with_its_reason_and_a_held_one_not_at_all(
    sign_in: SignIn, tariq: Client, people: People, graded: Assessment
) -> None:
    batch = started(tariq, graded, {"earned": {"case_0": 0}}, {})
    url = reverse("submission", args=[Submission.objects.get(author=people.ada).pk])
    held = GradingJob.objects.get(is_held=True, student=people.ada)
    ada = sign_in(people.ada)

    before = text(ada.get(url, {"run": held.pk}))
    for_staff = text(tariq.get(url, {"run": held.pk}))
    tariq.post(
        reverse("regrade_approve", args=[batch.pk]), {"all": "1", "seen": page(tariq, batch).context["page"].seen}
    )
    after = text(ada.get(url))

    assert "10 of 10 points" in before
    assert "Case 1 was wrong." not in before
    assert "This run is held back" in for_staff
    assert "1 broken since run 1." in for_staff
    assert "4 of 10 points" in after
    assert "Case 1 was wrong." in after
    assert "The whole batch" not in after


def test_a_batch_of_300_students_asks_as_often_as_one_of_two(
    tariq: Client, graded: Assessment, offering: Offering, people: People
) -> None:
    batch = started(tariq, graded, {}, {})
    small = queries(lambda: page(tariq, batch))
    seen_small = queries(lambda: differences_of(batch))
    crowd_batch = crowd(graded, offering, people)

    assert queries(lambda: differences_of(crowd_batch)) == seen_small <= 14
    assert queries(lambda: page(tariq, crowd_batch)) == small <= 20
    assert "Of 300 students" in text(page(tariq, crowd_batch))


def crowd(homework: Assessment, offering: Offering, people: People) -> RegradeBatch:
    """Return a batch of 300 students with two checks each, before and after, made in few queries."""
    other = make_assessment(offering, "crowd", suite=homework.suite)
    students = make_students(offering, 300)
    submissions = Submission.objects.bulk_create(
        Submission(assessment=other, author=student, number=1, sha256="0" * 64, total_bytes=1, idempotency_key="k")
        for student in students
    )
    jobs = GradingJob.objects.bulk_create(
        GradingJob(
            submission=submission,
            student_id=submission.author_id,
            suite=homework.suite,
            suite_digest=homework.suite.digest,
            requested_by_id=submission.author_id,
            lane="cpu",
            virtual_start=0,
            state=JobState.FINISHED,
        )
        for submission in submissions
    )
    results(jobs, Decimal(6))
    enrolled = dict(offering.enrollments.values_list("user_id", "pk"))
    GradeEvent.objects.bulk_create(
        GradeEvent(
            assessment=other,
            enrollment_id=enrolled[job.student_id],
            kind="auto",
            points=6,
            max_points=10,
            submission_id=job.submission_id,
            job=job,
        )
        for job in jobs
    )
    batch = regrading.start(
        other, by=people.tariq, suite=new_version(), scope="all", reason="Because.", idempotency_key="crowd"
    )
    held = GradingJob.objects.filter(regrade_item__row__batch=batch)
    held.update(state=JobState.FINISHED)
    results(list(held), Decimal(10))
    return RegradeBatch.objects.get(pk=batch.pk)


def results(jobs: list[GradingJob], points: Decimal) -> None:
    made = GradingResult.objects.bulk_create(
        GradingResult(job=job, lease_token=1, points=points, max_points=10, verdict="partial") for job in jobs
    )
    CheckResult.objects.bulk_create(
        CheckResult(
            result=result,
            order=order,
            case_id=f"case_{order}",
            title=f"Case {order}",
            outcome="passed" if order == 0 or points == 10 else "failed",
            points=most if order == 0 or points == 10 else 0,
            max_points=most,
        )
        for result in made
        for order, most in enumerate((6, 4))
    )


def test_the_chart_counts_everybody_once_and_says_it_in_words() -> None:
    chart = change_chart([Decimal(n) for n in (-6, -1, 0, 0, 2, 6)])

    assert chart.sentence == "Of 6 students, 2 would lose points, 2 would win some, and for 2 they stay."
    assert 'role="img"' in chart.svg
    assert "style" not in chart.svg
    assert chart.svg.count("<rect") == 11
    assert "Loses more than 4.8 and up to 6 points: 1 student" in chart.svg


def test_the_chart_of_no_change_at_all_can_be_drawn() -> None:
    assert change_chart([Decimal(0)] * 3).sentence == (
        "Of 3 students, none would lose points, none would win some, and for 3 they stay."
    )
