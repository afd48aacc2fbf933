"""The policy for what is hidden, over everything that a student can reach: a canary that must never appear."""

import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from coursehub.accounts.models import User
from coursehub.accounts.services import create_token
from coursehub.common.clock import database_now
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.gradebook.models import GradeCell
from grading.submissions import jobs
from grading.submissions.models import GradingJob, GradingResult, Runner, Submission
from runners.protocol import CheckReport, JobEvent, Outcome, Phase, ValueDifference, Visibility
from tests.factories import (
    claim,
    grade_next,
    make_assessment,
    make_autograder,
    make_runner,
    make_submission,
    make_suite,
)
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
CANARY = "canary4711"
LATER = [Visibility.HIDDEN, Visibility.AFTER_DUE_DATE, Visibility.AFTER_PUBLISHED]
SECRET_TOTAL = "7.31"


def hidden_check(visibility: Visibility, *, case_id: str = "case_1", points: str = "1.31") -> CheckReport:
    """Return a check whose every text holds the canary."""
    return CheckReport(
        id=case_id,
        title=f"{CANARY} title",
        outcome=Outcome.PARTIAL,
        points=Decimal(points),
        max_points=Decimal(4),
        message=f"{CANARY} message",
        hint=f"{CANARY} hint",
        details=[ValueDifference(name=f"{CANARY} name", reason=f"{CANARY} reason", found=f"{CANARY}f", expected="e")],
        output=f"{CANARY} output",
        tags=[f"{CANARY} tag"],
        visibility=visibility,
    )


def open_check(case_id: str = "case_0") -> CheckReport:
    return CheckReport(id=case_id, title="Open", outcome=Outcome.PASSED, points=Decimal(6), max_points=Decimal(6))


def homework_with(offering: Offering, visibility: Visibility, *, names_its_own: bool) -> Assessment:
    """Return homework of ten points, six open and four hidden, with a suite of either sort."""
    if names_its_own:
        return make_assessment(offering, suite=make_autograder())
    suite = make_suite(visibility={"case_1": visibility})
    suite.manifest["cases"][1]["title"] = f"{CANARY} title"
    suite.save()
    return make_assessment(offering, suite=suite)


def everything(user: User, submission: Submission) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of everything that a student can ask for about a submission."""
    client = Client()
    client.force_login(user)
    course, homework = submission.assessment.offering.slug, submission.assessment.slug
    page = reverse("submission", args=[submission.pk])
    addresses = {
        "page": page,
        "other run": f"{page}?run={GradingJob.objects.order_by('-pk').values_list('pk', flat=True)[0]}",
        "assessment": reverse("assessment", args=[course, homework]),
        "assessments": reverse("assessments_list", args=[course]),
        "grades": reverse("my_grades", args=[course]),
        "course": reverse("course", args=[course]),
        "home": reverse("home"),
        "receipt": reverse("receipt", args=[submission.pk]),
        "search": reverse("search") + "?q=title",
    }
    for name, address in addresses.items():
        answer = client.get(address)
        assert answer.status_code == 200, name
        yield name, answer.content.decode()
    yield "fragment", client.get(page, {"seen": "x"}, headers={"HX-Request": "true"}).content.decode()
    _, secret = create_token(user, label="t", scopes=["read", "submit"])
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    at = f"/api/v1/submissions/{submission.pk}/"
    lists = f"/api/v1/offerings/{course}/assessments/"
    for address in (at, f"{at}report/", f"{at}changes/", f"{at}receipt/", lists, f"{lists}{homework}/submissions/"):
        yield address, api.get(address).content.decode()


@pytest.mark.parametrize("names_its_own", [False, True], ids=["manifest", "autograder"])
@pytest.mark.parametrize("visibility", LATER)
def test_nothing_that_is_hidden_reaches_a_student(
    offering: Offering, people: People, visibility: Visibility, names_its_own: bool, mailoutbox: list
) -> None:
    homework = homework_with(offering, visibility, names_its_own=names_its_own)
    for _ in range(2):
        submission = make_submission(homework, by=people.ada)
        grade_next(homework.suite, checks=[open_check(), hidden_check(visibility)])
    assert Decimal(SECRET_TOTAL) == GradeCell.objects.get().points

    for name, text in everything(people.ada, submission):
        assert CANARY not in text, name
        assert SECRET_TOTAL not in text, name
        assert "73%" not in text, name
    assert mailoutbox == []


@pytest.mark.parametrize("names_its_own", [False, True], ids=["manifest", "autograder"])
def test_nothing_that_is_hidden_reaches_a_student_while_it_runs(
    offering: Offering, people: People, names_its_own: bool
) -> None:
    homework = homework_with(offering, Visibility.HIDDEN, names_its_own=names_its_own)
    submission = make_submission(homework, by=people.ada)
    runner, _ = make_runner()
    run = claim(runner, homework.suite)

    def send(*checks: CheckReport) -> None:
        event = JobEvent(lease_token=run.lease_token, phase=Phase.FIRST_CHECK, checks=list(checks))
        assert jobs.hold(Runner.objects.get(pk=runner.pk), run.job_id, event, at=database_now())

    client = Client()
    client.force_login(people.ada)
    page = reverse("submission", args=[submission.pk])
    send(open_check())
    before = client.get(page).context["page"].fingerprint
    send(open_check(), hidden_check(Visibility.HIDDEN))

    for name, text in everything(people.ada, submission):
        assert CANARY not in text, name
    assert client.get(page).context["page"].fingerprint == before
    _, secret = create_token(people.ada, label="t", scopes=["read"])
    polled = Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/api/v1/submissions/{submission.pk}/").json()
    assert (polled["checks_done"], polled["checks_total"]) == (1, 1)


@pytest.mark.parametrize("visibility", LATER)
def test_staff_see_it_all_at_any_time(
    sign_in: SignIn, offering: Offering, people: People, visibility: Visibility
) -> None:
    homework = homework_with(offering, visibility, names_its_own=False)
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite, checks=[open_check(), hidden_check(visibility)])

    html = sign_in(people.tariq).get(reverse("submission", args=[submission.pk])).content.decode()

    for word in ("title", "message", "hint", "output", "reason"):
        assert f"{CANARY} {word}" in html
    assert SECRET_TOTAL in html


def close(homework: Assessment, *, solutions_in: timedelta = -timedelta(minutes=1)) -> None:
    now = database_now()
    Assessment.objects.filter(pk=homework.pk).update(
        due_at=now - timedelta(days=2), closes_at=now - timedelta(hours=1), solutions_at=now + solutions_in
    )


@pytest.mark.parametrize(
    ("visibility", "solutions_in", "shows_check", "shows_total"),
    [
        (Visibility.AFTER_DUE_DATE, timedelta(days=3), True, True),
        (Visibility.AFTER_PUBLISHED, timedelta(days=3), False, False),
        (Visibility.AFTER_PUBLISHED, -timedelta(minutes=1), True, True),
        (Visibility.HIDDEN, timedelta(days=3), False, False),
        (Visibility.HIDDEN, -timedelta(minutes=1), False, True),
    ],
)
def test_once_its_time_has_come_a_check_shows_its_points_and_still_not_what_it_printed(
    sign_in: SignIn,
    offering: Offering,
    people: People,
    visibility: Visibility,
    solutions_in: timedelta,
    shows_check: bool,
    shows_total: bool,
) -> None:
    homework = homework_with(offering, visibility, names_its_own=False)
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite, checks=[open_check(), hidden_check(visibility)])
    close(homework, solutions_in=solutions_in)

    html = sign_in(people.ada).get(reverse("submission", args=[submission.pk])).content.decode()
    grades = sign_in(people.ada).get(reverse("my_grades", args=[offering.slug])).content.decode()

    assert (f"{CANARY} title" in html) == shows_check
    assert ("1.31 / 4" in html) == shows_check
    assert ("What it printed stays hidden" in html) == shows_check
    for word in ("message", "hint", "output", "reason", "name"):
        assert f"{CANARY} {word}" not in html
    assert (SECRET_TOTAL in html) == shows_total
    assert (SECRET_TOTAL in grades) == shows_total


def test_the_page_says_when_the_total_appears_and_what_passed_until_then(
    sign_in: SignIn, offering: Offering, people: People
) -> None:
    homework = homework_with(offering, Visibility.AFTER_DUE_DATE, names_its_own=False)
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite, checks=[open_check(), hidden_check(Visibility.AFTER_DUE_DATE)])
    ada = sign_in(people.ada)

    page = " ".join(strip_tags(ada.get(reverse("submission", args=[submission.pk])).content.decode()).split())
    grades = strip_tags(ada.get(reverse("my_grades", args=[offering.slug])).content.decode())

    assert "The check that you can see now passed." in page
    assert "Your total appears when nobody can hand in any more." in page
    assert "6 / 6" in page
    assert "Your total appears when nobody can hand in any more." in grades


def test_the_class_s_histogram_waits_as_long_as_the_totals(sign_in: SignIn, offering: Offering, people: People) -> None:
    homework = homework_with(offering, Visibility.AFTER_DUE_DATE, names_its_own=False)
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite, checks=[open_check(), hidden_check(Visibility.AFTER_DUE_DATE)])
    for number, person in enumerate((people.ben, people.chloe, people.tariq, people.ines)):
        GradeCell.objects.create(
            assessment=homework, enrollment=person.enrollments.get(offering=offering), points=Decimal(number)
        )

    def shows(user: User) -> bool:
        return "Class so far" in sign_in(user).get(reverse("submission", args=[submission.pk])).content.decode()

    assert not shows(people.ada)
    assert shows(people.tariq)
    close(homework)
    assert shows(people.ada)


def test_handing_in_by_api_tells_no_hidden_total_either(offering: Offering, people: People) -> None:
    homework = homework_with(offering, Visibility.HIDDEN, names_its_own=False)
    make_submission(homework, by=people.ada, key="same", content=b"x")
    grade_next(homework.suite, checks=[open_check(), hidden_check(Visibility.HIDDEN)])
    _, secret = create_token(people.ada, label="t", scopes=["read", "submit"])
    file = io.BytesIO(b"x")
    file.name = "needle.py"

    answer = Client(headers={"Authorization": f"Bearer {secret}"}).post(
        f"/api/v1/offerings/{offering.slug}/assessments/{homework.slug}/submissions/",
        {"files": [file]},
        headers={"Idempotency-Key": "same"},
    )

    assert answer.status_code == 201
    assert (answer.json()["points"], answer.json()["verdict"]) == (None, None)


def test_what_is_held_back_reaches_no_student(offering: Offering, people: People) -> None:
    homework = make_assessment(offering, suite=make_suite())
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite)
    GradingJob.objects.create(
        submission=submission,
        student=people.ada,
        suite=homework.suite,
        suite_digest=homework.suite.digest,
        kind="regrade",
        requested_by=people.tariq,
        lane="cpu",
        priority=1,
        virtual_start=9,
        is_held=True,
    )
    grade_next(homework.suite, earned={"case_0": "1.31", "case_1": "1"}, message=CANARY)
    assert GradingResult.objects.filter(points="2.31").exists()

    for name, text in everything(people.ada, submission):
        assert CANARY not in text, name
        assert "2.31" not in text, name


def test_a_grade_that_is_held_back_shows_its_total_nowhere_and_staff_see_it_all_the_same(
    sign_in: SignIn, people: People, finished: Submission
) -> None:
    places = [
        reverse("submission", args=[finished.pk]),
        reverse("assessment", args=[finished.assessment.offering.slug, finished.assessment.slug]),
        reverse("api_submission", args=[finished.pk]),
        reverse("api_submissions", args=[finished.assessment.offering.slug, finished.assessment.slug]),
    ]
    ada, tariq = sign_in(people.ada), sign_in(people.tariq)
    before = [ada.get(place).content.decode() for place in places]
    assert GradeCell.objects.update(is_held_back=True) == 1
    after = [ada.get(place).content.decode() for place in places]

    assert "6 of 10 points" in " ".join(strip_tags(before[0]).split())
    assert "6 of 10 points" not in " ".join(strip_tags(after[0]).split())
    assert "6 / 10" in before[1] and "6 / 10" not in after[1]
    assert '"points":"6.0000","max_points":"10.0000"' in before[2].replace(" ", "")
    assert '"points":"6.0000","max_points":"10.0000"' not in after[2].replace(" ", "")
    assert before[3] != after[3]
    assert "6 of 10 points" in " ".join(strip_tags(tariq.get(places[0]).content.decode()).split())
