"""One page for all kinds of reports: who decided, what was said, what changed, with what it was graded."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.submissions import services
from grading.submissions.models import Submission
from runners.protocol import CheckReport, LeaderboardEntry, Outcome, SuiteKind, TextFormat, Visibility
from tests.coursehub.test_foreign import PAYLOADS
from tests.factories import grade_next, make_assessment, make_autograder, make_submission, make_suite
from tests.markup import complaints_about
from tests.people import People
from tests.web.conftest import SignIn
from tests.web.test_safety import assert_inert

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.ada)


@pytest.fixture
def tariq(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.tariq)


def html(client: Client, submission: Submission, **query: Any) -> str:
    return client.get(reverse("submission", args=[submission.pk]), query).content.decode()


def text(client: Client, submission: Submission, **query: Any) -> str:
    """Return what a person reads."""
    return " ".join(strip_tags(html(client, submission, **query)).split())


def check(name: str = "t", points: int = 1, most: int = 1, **fields: Any) -> CheckReport:
    outcome = Outcome.PASSED if points == most else Outcome.FAILED
    return CheckReport(id=name, title=f"Test {name}", outcome=outcome, points=points, max_points=most, **fields)


def autograded(offering: Offering, people: People, *checks: CheckReport, **report: Any) -> Submission:
    """Return Ada's submission, graded by an autograder that names its own tests."""
    homework = Assessment.objects.filter(slug="zip").first()
    homework = homework or make_assessment(offering, "zip", suite=make_autograder(points=4), max_points=Decimal(4))
    submission = make_submission(homework, by=people.ada)
    grade_next(homework.suite, checks=list(checks), **report)
    return submission


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (SuiteKind.DIFFERENTIAL, "Compared outside the sandbox."),
        (SuiteKind.VALUES, "Values compared outside."),
        (SuiteKind.PYTEST, "Self-reported: as honest as the autograder itself"),
    ],
)
def test_the_page_says_where_the_verdict_comes_from(
    ada: Client, offering: Offering, people: People, kind: SuiteKind, words: str
) -> None:
    submission = make_submission(make_assessment(offering, suite=make_suite(kind=kind)), by=people.ada)
    grade_next(submission.assessment.suite)

    assert words in text(ada, submission)


def test_an_autograder_s_own_report_is_shown_whole(ada: Client, offering: Offering, people: People) -> None:
    submission = autograded(
        offering,
        people,
        check("b", 0, 2, number="1.10", tags=["loops"], output="**no**", output_format=TextFormat.MARKDOWN),
        check("a", 2, 2, number="1.9"),
        check("info", 0, 0, counts=False, output="\x1b[32mfine\x1b[0m", output_format=TextFormat.ANSI),
        output="You did\nwell",
        console="compiling",
        console_visibility=Visibility.VISIBLE,
        is_partial=True,
        leaderboard=[LeaderboardEntry(name="speed", value="*****")],
    )

    page, words = html(ada, submission), text(ada, submission)

    assert "Self-reported: as honest as the autograder itself" in words
    assert words.index("1.9 Test a") < words.index("1.10 Test b")
    assert "<strong>no</strong>" in page
    assert '<span class="ansi-green">fine</span>' in page
    assert "<p>You did<br>well</p>" in page
    assert "compiling" in words
    assert "The run was ended at its time limit" in words
    assert "speed *****" in words
    assert "(does not count)" in words
    assert "One of two checks passed." in words
    assert "2 of 4 points" in words


def test_the_console_is_hidden_from_students_unless_the_autograder_shows_it(
    ada: Client, tariq: Client, offering: Offering, people: People
) -> None:
    submission = autograded(offering, people, check(), console="building secretly")

    assert "building secretly" not in text(ada, submission)
    assert "building secretly" in text(tariq, submission)
    assert "Hidden from students." in text(tariq, submission)


def test_staff_read_with_what_it_was_graded_and_what_a_person_should_look_at(
    ada: Client, tariq: Client, offering: Offering, people: People
) -> None:
    submission = autograded(
        offering,
        people,
        check(),
        flags=["nn.Linear is used in line 3."],
        extra_data={"seen": 3},
        image="sha256:beef",
        score=Decimal(3),
    )
    digest = submission.assessment.suite.digest

    for_staff, for_student = text(tariq, submission), text(ada, submission)

    for word in ("5eed" * 8, digest, "sha256:beef", "test-host", "numpy 2.4.6", "600 s in all", "nn.Linear", "seen"):
        assert word in for_staff, word
    assert "What this was graded with" not in for_student
    for word in ("5eed", "sha256:beef", "numpy", "nn.Linear", "seen"):
        assert word not in for_student, word


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_reports_do_nothing_on_the_page(
    ada: Client, tariq: Client, offering: Offering, people: People, payload: str
) -> None:
    checks = [
        check(
            f"{number} {payload}"[:120],
            points=0,
            number=payload[:40],
            tags=[payload[:120]],
            message=payload,
            hint=payload,
            output=payload,
            output_format=text_format,
        )
        for number, text_format in enumerate(TextFormat)
    ]
    submission = autograded(
        offering,
        people,
        *checks,
        output=payload,
        output_format=list(TextFormat)[len(payload) % len(TextFormat)],
        console=payload,
        console_visibility=Visibility.VISIBLE,
        leaderboard=[LeaderboardEntry(name=payload[:120], value=payload[:120])],
        flags=[payload],
        extra_data={payload: payload},
        machine=payload[:120],
        image=payload,
    )

    for client in (ada, tariq):
        page = html(client, submission)
        assert_inert(page.replace("&lt;a href=", ""))  # as text it is no address
        assert [each for each in complaints_about(page) if "without an address" not in each] == []


def test_the_page_says_what_was_fixed_and_broken_since_the_last_submission(
    ada: Client, tariq: Client, offering: Offering, people: People
) -> None:
    homework = make_assessment(offering, suite=make_suite(points=(2, 2, 2, 4)), tries=None)
    for earned in ({"case_0": 0, "case_1": 0}, {"case_2": 0, "case_3": 2}):
        submission = make_submission(homework, by=people.ada)
        grade_next(homework.suite, earned=earned)

    for client in (ada, tariq):
        words = text(client, submission)
        assert "2 fixed, 2 broken since submission 1." in words
        assert "Case 0 ↑ fixed" in words.replace("↑fixed", "↑ fixed")


def test_what_is_hidden_is_left_out_of_what_changed(ada: Client, offering: Offering, people: People) -> None:
    for points in (0, 1):
        submission = autograded(
            offering, people, check("a", points, 1), check("b", points, 1, visibility=Visibility.HIDDEN)
        )

    assert "1 fixed since submission 1." in text(ada, submission)


def test_nothing_is_said_of_changes_where_there_is_nothing_to_compare(ada: Client, finished: Submission) -> None:
    assert "since submission" not in text(ada, finished)


def test_staff_also_see_what_changed_between_two_runs_of_one_submission(
    tariq: Client, ada: Client, finished: Submission, people: People
) -> None:
    services.regrade(finished, by=people.tariq)
    grade_next(finished.assessment.suite, earned={"case_0": 0})

    assert "1 fixed, 1 broken since run 1." in text(tariq, finished)
    assert "since run" not in text(ada, finished)


def test_an_autograder_without_tests_shows_its_score(ada: Client, offering: Offering, people: People) -> None:
    submission = autograded(offering, people, score=Decimal(3), output="three")

    assert "3 of 4 points" in text(ada, submission)
    assert "Graded." in text(ada, submission)
