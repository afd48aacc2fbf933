"""Pages in a real browser: live without reloading, usable by keyboard and without scripts, never wider than a phone."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Page as CoursePage
from grading.assessments.models import Assessment
from grading.assessments.services import set_handout
from grading.submissions import jobs
from grading.submissions.models import CheckResult, Submission
from runners.protocol import CheckReport, JobEvent, Outcome, Phase
from tests.browser.journey import photograph, sign_in, unlabelled, watched
from tests.factories import claim, make_runner, make_submission
from tests.people import People
from tests.web.conftest import grade

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


def let_in(context: BrowserContext, base: str, user: User) -> None:
    """Sign a person in without the form."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": base}])


@pytest.fixture
def as_ada(context: BrowserContext, base: str, people: People) -> tuple[Page, list[str]]:
    let_in(context, base, people.ada)
    return watched(context)


@pytest.fixture
def finished(homework: Assessment, people: People) -> Submission:
    submission = make_submission(homework, by=people.ada)
    grade(submission, earned={"case_1": 0})
    wide = {"name": "gradient", "reason": "differs " * 9, "found": "1.25, " * 60, "expected": "0.5, " * 60}
    CheckResult.objects.filter(case_id="case_1").update(
        message="x" * 300, output="wide " * 200 + "y" * 400, details=[wide | {"worst_index": [0, 1]}]
    )
    return submission


def addresses(submission: Submission) -> dict[str, str]:
    """Return every page of a student and of staff."""
    course, homework = submission.assessment.offering.slug, submission.assessment.slug
    return {
        "home": reverse("home"),
        "course": reverse("course", args=[course]),
        "assessment": reverse("assessment", args=[course, homework]),
        "submission": reverse("submission", args=[submission.pk]),
        "file": reverse("submission_file", args=[submission.pk, "needle.py"]),
        "grades": reverse("my_grades", args=[course]),
        "list": reverse("staff_submissions", args=[course]),
        "tokens": reverse("tokens"),
        "design": reverse("design"),
        "sign-in": reverse("account_login"),
        "reset": reverse("account_reset_password"),
    }


def test_every_page_fits_a_phone_names_its_controls_and_keeps_the_policy(
    context: BrowserContext, base: str, people: People, finished: Submission
) -> None:
    CoursePage.objects.create(
        offering=finished.assessment.offering,
        slug="introduction",
        title="Introduction",
        body_md="| a | b |\n|---|---|\n| " + "wide " * 40 + "| " + "w" * 200 + " |\n\n```\n" + "z" * 300 + "\n```\n",
    )
    set_handout(finished.assessment, contents={"needle.py": b"# begin\n"})
    User.objects.filter(pk=people.ines.pk).update(is_staff=True)
    slips = []

    for user in (people.ada, people.ines, None):
        context.clear_cookies()
        if user:
            let_in(context, base, user)
        page, complaints = watched(context)
        pages = addresses(finished)
        mine = {"sign-in", "reset"} if user is None else set(pages) - {"sign-in", "reset"}
        if user == people.ada:
            mine -= {"list", "design"}
        for name in sorted(mine):
            page.goto(base + pages[name])
            slips += photograph(page, f"page-{name}-{'nobody' if user is None else user.email.partition('@')[0]}")
            slips += [f"{name}: {slip}" for slip in unlabelled(page)]
        slips += complaints
        page.close()

    assert slips == []


def test_checks_and_the_verdict_appear_without_loading_the_page_again(
    as_ada: tuple[Page, list[str]], base: str, homework: Assessment, people: People
) -> None:
    page, complaints = as_ada
    submission = make_submission(homework, by=people.ada)
    page.goto(base + reverse("submission", args=[submission.pk]))
    expect(page.locator(".outcome")).to_contain_text("Next in the queue")
    page.evaluate("window.sameDocument = true")

    runner, _ = make_runner()
    run = claim(runner, homework.suite)
    assert run is not None
    arrived = CheckReport(id="case_0", outcome=Outcome.FAILED, points=Decimal(0), max_points=6, output="printed")
    jobs.hold(
        runner,
        run.job_id,
        JobEvent(lease_token=run.lease_token, phase=Phase.FIRST_CHECK, checks=[arrived]),
        at=database_now(),
    )
    expect(page.locator(".outcome")).to_contain_text("1 of 2 checks so far")
    page.locator("#check-case_0-output summary").click()

    jobs.release(runner, run.job_id, run.lease_token, at=database_now())
    grade(submission, earned={"case_0": 0})

    expect(page.locator(".outcome")).to_have_attribute("data-verdict", "partial")
    expect(page.locator("#check-case_0-output")).to_have_attribute("open", "")
    expect(page.locator("#announcer")).to_contain_text("One of two checks passed.")
    expect(page.locator("[hx-get]")).to_have_count(0)
    assert page.evaluate("window.sameDocument") is True
    assert complaints == []


def test_polling_stops_once_nothing_will_change(
    as_ada: tuple[Page, list[str]], base: str, finished: Submission
) -> None:
    page, _ = as_ada
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "seen=" in request.url else None)

    page.goto(base + reverse("submission", args=[finished.pk]))
    page.wait_for_timeout(3_500)

    assert asked == []


def hand_in(page: Page) -> Submission:
    page.get_by_role("button", name="Hand in").click()
    expect(page).to_have_url(re.compile(r"/submissions/\d+/$"))
    return Submission.objects.get()


def paths_of(submission: Submission) -> list[str]:
    return list(submission.files.order_by("path").values_list("path", flat=True))


def assessment_url(base: str, homework: Assessment) -> str:
    return base + reverse("assessment", args=[homework.offering.slug, homework.slug])


def test_a_whole_folder_is_handed_in_with_its_paths_and_without_what_is_hidden(
    as_ada: tuple[Page, list[str]], base: str, homework: Assessment, tmp_path: Path
) -> None:
    page, complaints = as_ada
    folder = tmp_path / "hw1"
    for name in ("needle.py", "parts/more.py", ".git/config", "__pycache__/needle.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x = 1\n")

    page.goto(assessment_url(base, homework))
    page.get_by_label("Or a whole folder").set_input_files(str(folder))
    expect(page.get_by_label("Chosen files")).to_contain_text("2 hidden or cached files left out")

    assert paths_of(hand_in(page)) == ["needle.py", "parts/more.py"]
    assert complaints == []


def test_files_can_be_dropped_on_the_box(as_ada: tuple[Page, list[str]], base: str, homework: Assessment) -> None:
    page, _ = as_ada
    page.goto(assessment_url(base, homework))
    dropped = page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["x = 1\\n"], "needle.py"));
          return transfer;
        }"""
    )

    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    expect(page.get_by_label("Chosen files")).to_contain_text("needle.py")

    assert paths_of(hand_in(page)) == ["needle.py"]


def test_a_refused_form_still_holds_the_files(
    as_ada: tuple[Page, list[str]], base: str, homework: Assessment, tmp_path: Path
) -> None:
    page, _ = as_ada
    Assessment.objects.update(pledge="This is my own work.")
    (tmp_path / "needle.py").write_text("x = 1\n")
    page.goto(assessment_url(base, homework))
    page.get_by_label("Files", exact=True).set_input_files(str(tmp_path / "needle.py"))
    page.get_by_role("button", name="Hand in").click()

    expect(page.get_by_role("alert")).to_contain_text("Sign the pledge")
    expect(page.get_by_label("needle.py")).to_be_checked()
    page.get_by_label("Pledge").fill("Ada Okafor")

    assert paths_of(hand_in(page)) == ["needle.py"]


def test_everything_works_without_scripts(
    browser: Browser, base: str, homework: Assessment, people: People, tmp_path: Path
) -> None:
    (tmp_path / "needle.py").write_text("x = 1\n")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, base, "ada@example.edu")
    page.goto(assessment_url(base, homework))

    expect(page.get_by_label("Or a whole folder")).to_be_hidden()
    page.get_by_label("Files", exact=True).set_input_files(str(tmp_path / "needle.py"))
    submission = hand_in(page)
    grade(submission)
    page.reload()
    expect(page.locator(".outcome")).to_contain_text("All two checks passed.")
    page.get_by_text("Ada Okafor").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


def test_the_keyboard_skips_to_the_content_and_sees_where_it_is(
    as_ada: tuple[Page, list[str]], base: str, homework: Assessment
) -> None:
    page, _ = as_ada
    page.goto(assessment_url(base, homework))

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    focused = page.evaluate("document.activeElement.closest('main') !== null")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused
    assert outline == "solid"


def test_the_theme_is_chosen_by_button_and_remembered(
    as_ada: tuple[Page, list[str]], base: str, homework: Assessment
) -> None:
    page, _ = as_ada
    page.goto(base)
    page.get_by_text("Ada Okafor").click()
    button = page.get_by_role("button", name="Theme: auto")
    button.click()
    page.get_by_role("button", name="Theme: light").click()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto(assessment_url(base, homework))
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 22, 26)"


CONTRAST = """() => {
  const rgb = (text) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [.2126, .7152, .0722][n], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (rgb(colour)[3] === 255) return rgb(colour);
    }
    return [255, 255, 255, 255];
  };
  const weak = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !e.checkVisibility() || e.closest("svg")) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) weak.add(`${e.tagName} ${e.className} ${ratio.toFixed(2)} ${e.textContent.trim().slice(0, 30)}`);
  }
  return [...weak];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(
    as_ada: tuple[Page, list[str]], base: str, people: People, finished: Submission, scheme: str
) -> None:
    page, _ = as_ada
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    User.objects.filter(pk=people.ada.pk).update(is_staff=True)
    weak: list[str] = []

    for name in ("design", "submission", "file", "assessment", "grades"):
        page.goto(base + addresses(finished)[name])
        weak += page.evaluate(CONTRAST)

    assert weak == []


def test_a_printed_submission_holds_the_facts_and_no_buttons(
    as_ada: tuple[Page, list[str]], base: str, finished: Submission
) -> None:
    page, _ = as_ada
    page.goto(base + reverse("submission", args=[finished.pk]))

    page.emulate_media(media="print")

    expect(page.get_by_role("link", name="Submit again")).to_be_hidden()
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator("#check-case_1-output pre")).to_be_visible()


def test_a_new_token_is_copied_by_button(context: BrowserContext, as_ada: tuple[Page, list[str]], base: str) -> None:
    page, complaints = as_ada
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(base + reverse("tokens"))
    page.get_by_label("Label").fill("my laptop")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret").inner_text()
    assert complaints == []
