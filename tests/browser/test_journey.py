"""The whole journey, on real parts: a student hands in twice, reads the hint, and a teaching assistant sees both."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.journey import (
    ROOT,
    SCREENSHOTS,
    open_assessment,
    photograph,
    sign_in,
    unlabelled,
    upload,
    wait_for_verdict,
    watched,
)

pytestmark = [pytest.mark.chromium, pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.timeout(600)]

SUITE = ROOT / "gpu_worker/suites/autodiff"
COURSE = "Deep Learning Systems"
HOMEWORK = "Homework 1"


def wrong_submission() -> Path:
    """Return the submission that forgets to sum over the broadcast axis."""
    return next(path / "needle.py" for path in sorted((SUITE / "wrong").iterdir()) if "broadcast" in path.name)


def look(page: Page, name: str) -> None:
    """Photograph a page and fail where something is too wide or has no name."""
    assert photograph(page, name) == []
    assert unlabelled(page) == []


def test_the_journey_from_upload_to_score(stack: str, context: BrowserContext) -> None:
    page, complaints = watched(context)
    page.goto(stack)
    look(page, "01-sign-in")
    sign_in(page, stack, "ada@example.edu")
    look(page, "02-my-courses")
    open_assessment(page, stack, course=COURSE, assessment=HOMEWORK)
    look(page, "03-assessment")

    right = upload(page, [SUITE / "reference/needle.py"], signature="Ada Okafor")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / "04-live-light-1280.png"))
    assert wait_for_verdict(page) == "passed"
    expect(page.locator(".outcome")).to_contain_text("checks passed")
    expect(page.locator(".checks .verdict").first).to_have_text("✓Passed")
    look(page, "05-full-points")

    open_assessment(page, stack, course=COURSE, assessment=HOMEWORK)
    wrong = upload(page, [wrong_submission()], signature="Ada Okafor")
    assert wait_for_verdict(page) == "partial"
    expect(page.locator(".outcome")).to_contain_text("The first thing to look at is")
    expect(page.locator(".checks .hint").first).to_be_visible()
    look(page, "06-partly-passed")

    page.get_by_role("link", name="needle.py").click()
    look(page, "07-file")
    page.get_by_role("link", name="My grades").click()
    expect(page.locator("main details").filter(has_text=HOMEWORK).first).to_contain_text("Full points")
    look(page, "08-my-grades")
    assert complaints == []

    tariq = context.browser.new_context() if context.browser else context
    page, complaints = watched(tariq)
    sign_in(page, stack, "tariq@example.edu")
    for address in (right, wrong):
        page.goto(address)
        expect(page.get_by_role("main")).to_contain_text("Ada Okafor")
        expect(page.get_by_role("main")).to_contain_text("Seed")
    look(page, "09-staff-submission")
    page.get_by_role("navigation", name="Course").get_by_role("link", name="Submissions").click()
    expect(page.get_by_role("row", name="of Ada Okafor")).to_have_count(2)
    look(page, "10-staff-list")
    assert complaints == []
    tariq.close()


def test_an_outsider_finds_the_public_page_and_nothing_behind_it(stack: str, context: BrowserContext) -> None:
    page, _ = watched(context)
    sign_in(page, stack, "otto@example.edu")
    course = f"{stack}/courses/deep-learning-systems/"

    expect(page.get_by_text("You are not in a course yet.")).to_be_visible()
    assert page.goto(course).status == 200  # type: ignore[union-attr]
    for inside, status in {"grades/": 404, "submissions/": 404, "slots/": 404, "edit/": 403}.items():
        assert page.goto(course + inside).status == status, inside  # type: ignore[union-attr]
    assert page.goto(f"{stack}/submissions/1/").status == 404  # type: ignore[union-attr]
    look(page, "11-not-found")
