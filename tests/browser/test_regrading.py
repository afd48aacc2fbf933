"""A class graded again in a real browser: asked for, followed, compared, approved; and reports of every kind."""

from decimal import Decimal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from coursehub.courses.models import Offering
from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook.models import GradeCell, RegradeBatch
from grading.submissions.models import Submission
from runners.protocol import CheckReport, LeaderboardEntry, Outcome, TextFormat, ValueDifference, Visibility
from tests.browser.journey import photograph, unlabelled, watched
from tests.browser.test_pages import CONTRAST, let_in
from tests.factories import (
    grade_next,
    make_assessment,
    make_autograder,
    make_students,
    make_submission,
    make_suite,
)
from tests.people import People

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
EARNED = [(6, 4), (6, 0), (5, 4), (6, 4), (0, 4), (6, 2), (6, 4), (3, 1)]
EARNED_AGAIN = [(6, 4), (6, 4), (0, 4), (6, 4), (0, 4), (6, 4), (6, 4), (3, 3)]


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


@pytest.fixture
def homework(offering: Offering) -> Assessment:
    """Homework that eight students have handed in, and a newer version of its suite."""
    old = make_suite("sums", digest="3f2a9c1d07be" + "0" * 52)
    make_suite("sums", digest="9c1d44aa21f0" + "0" * 52)
    found = make_assessment(offering, suite=old)
    for student, (first, second) in zip(make_students(offering, len(EARNED)), EARNED, strict=True):
        make_submission(found, by=student)
        grade_next(old, earned={"case_0": first, "case_1": second})
    return found


def grade(count: int, start: int = 0) -> None:
    new = SuiteVersion.objects.get(digest__startswith="9c1d")
    for first, second in EARNED_AGAIN[start : start + count]:
        grade_next(new, earned={"case_0": first, "case_1": second})


def slips_on(page: Page, name: str) -> list[str]:
    """Photograph a page in both themes and at both widths; return all that is wrong with it."""
    page.emulate_media(reduced_motion="reduce")  # colours that are on their way are no colours to measure
    slips = photograph(page, name) + [f"{name}: {slip}" for slip in unlabelled(page)]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        slips += [f"{name} in {scheme}: {weak}" for weak in page.evaluate(CONTRAST)]
    page.emulate_media(color_scheme="light")
    return slips


def test_a_class_is_graded_again_compared_and_approved(
    context: BrowserContext, base: str, people: People, homework: Assessment
) -> None:
    let_in(context, base, people.tariq)
    page, complaints = watched(context)
    page.goto(f"{base}/courses/{homework.offering.slug}/assessments/{homework.slug}/")
    page.get_by_role("link", name="Grade all again").click()
    page.get_by_label("By which version").select_option(index=0)
    page.get_by_label("The submission of each student that counts").check()
    page.get_by_label("Why").fill("Case 1 compared with the wrong sign.")
    slips = slips_on(page, "regrade-form")
    page.get_by_role("button", name="Grade all again").click()

    expect(page.get_by_text("0 of 8 submissions graded, 8 waiting.")).to_be_visible()
    grade(3)
    expect(page.get_by_text("3 of 8 submissions graded, 5 waiting.")).to_be_visible()
    page.reload()
    slips += slips_on(page, "regrade-running")
    grade(5, start=3)
    page.get_by_role("link", name="Show the differences.").click()

    expect(page.get_by_role("heading", name="What changes")).to_be_visible()
    expect(
        page.get_by_text("Of 8 students, 1 would lose points, 3 would win some, and for 4 they stay.")
    ).to_be_visible()
    slips += slips_on(page, "regrade-differences")
    page.get_by_role("link", name="Only the 4 that change").click()
    expect(page.get_by_role("checkbox")).to_have_count(4)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Drop the chosen").click()
    expect(page.get_by_text("Dropped for 1 student.")).to_be_visible()
    page.get_by_role("button", name="Approve 7 of 7").click()

    expect(page.get_by_text("Approved for 7 students.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    slips += slips_on(page, "regrade-decided")
    batch = RegradeBatch.objects.get()
    assert batch.state == "closed"
    assert sorted(GradeCell.objects.values_list("points", flat=True)) == [4, 6, 9, 10, 10, 10, 10, 10]
    page.goto(f"{base}/courses/{homework.offering.slug}/assessments/{homework.slug}/regrade/")
    slips += slips_on(page, "regrade-batches")
    assert slips + complaints == []


def test_a_batch_is_decided_without_scripts(browser: object, base: str, people: People, homework: Assessment) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    let_in(context, base, people.tariq)
    page = context.new_page()
    page.goto(f"{base}/courses/{homework.offering.slug}/assessments/{homework.slug}/regrade/")
    page.get_by_label("Why").fill("Case 1 compared with the wrong sign.")
    page.get_by_role("button", name="Grade all again").click()
    grade(8)
    page.get_by_role("link", name="load it again").click()

    page.get_by_text("Drop all that are left").click()
    page.get_by_role("button", name="Drop 8").click()

    expect(page.get_by_text("Dropped for 8 students.")).to_be_visible()
    context.close()


def autograded(offering: Offering, people: People) -> Submission:
    """Return Ada's second submission to an autograder that says a lot."""
    homework = make_assessment(offering, "zip", title="Autograded", suite=make_autograder(points=10), tries=None)
    for number in (0, 1):
        submission = make_submission(homework, by=people.ada)
        grade_next(
            homework.suite,
            checks=[
                CheckReport(
                    id="a", title="Sums of lists", number="1.1", outcome=Outcome.PASSED if number else Outcome.FAILED,
                    points=Decimal(3 * number), max_points=Decimal(3), tags=["lists"], seconds=0.12,
                ),
                CheckReport(
                    id="b", title="Products", number="1.2", outcome=Outcome.FAILED if number else Outcome.PASSED,
                    points=Decimal(2 - 2 * number), max_points=Decimal(2), message="Expected 6, found 5.",
                    output="## Products\n\n| in | out |\n|---|---|\n| 2, 3 | **5** |\n\nLook at `mul`.",
                    output_format=TextFormat.MARKDOWN, seconds=0.3,
                    details=[ValueDifference(name="product", reason="differs", found="5", expected="6")],
                ),
                CheckReport(
                    id="c", title="Style", outcome=Outcome.PASSED, points=Decimal(0), max_points=Decimal(0),
                    counts=False, output="\x1b[1mruff\x1b[0m \x1b[32mAll checks passed!\x1b[0m\n\x1b[33m1 note\x1b[0m",
                    output_format=TextFormat.ANSI,
                ),
                CheckReport(
                    id="d", title="Large inputs", number="2", outcome=Outcome.TIMEOUT, points=Decimal(0),
                    max_points=Decimal(5), visibility=Visibility.AFTER_DUE_DATE, message="Took more than 2 s.",
                ),
            ],
            output="Compiled in 3 s.\nSee <https://docs.example/hw> for help.",
            is_partial=True,
            console="$ make\n\x1b[31mwarning\x1b[0m: unused\n" * 3,
            leaderboard=[LeaderboardEntry(name="Time", value="0.42 s")],
            flags=["numpy.prod is used in line 12 of solution.py, where the task is to write it."],
            extra_data={"attempts": number},
            image="sha256:" + "4711" * 16,
        )  # fmt: skip
    return submission


def test_reports_of_an_autograder_are_shown_to_students_and_staff(
    context: BrowserContext, base: str, people: People, offering: Offering
) -> None:
    submission = autograded(offering, people)
    slips: list[str] = []
    for person in (people.ada, people.tariq):
        context.clear_cookies()
        let_in(context, base, person)
        page, complaints = watched(context)
        page.goto(f"{base}/submissions/{submission.pk}/")
        for summary in page.locator("main summary").all():
            summary.click()
        slips += slips_on(page, f"report-{person.email.partition('@')[0]}") + complaints
        page.close()

    assert slips == []
