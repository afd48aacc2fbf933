"""The grade book in a real browser: edited by keyboard, nothing under the headings that stay, no barrier."""

from decimal import Decimal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coursehub.courses.models import Enrollment, Offering
from coursehub.web import words
from grading.gradebook import marking
from grading.gradebook.models import GradeCell
from tests.browser.journey import SCREENSHOTS, watched
from tests.browser.test_pages import let_in
from tests.browser.test_public_pages import AXE, barriers_on
from tests.factories import make_assessment, make_offering, make_students
from tests.grading.test_reckoning import make_scheme
from tests.people import People

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
TITLES = ("Essay", "Reading response", "Critique", "Proposal", "Report", "Talk", "Review", "Poster", "Summary", "Notes")


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


@pytest.fixture
def course(people: People) -> Offering:
    offering = make_offering()
    items = [make_assessment(offering, f"item-{n}", title=title, suite=None) for n, title in enumerate(TITLES)]
    make_scheme(offering, *items)
    make_students(offering, 30)
    for number, row in enumerate(Enrollment.objects.filter(user__email__startswith="student").select_related("user")):
        marking.score(
            items[0], row, points=Decimal(number % 11), by=people.ines, version=0, idempotency_key="k", reason="Read"
        )
    return offering


@pytest.fixture
def page(context: BrowserContext, base: str, people: People, course: Offering) -> tuple[Page, list[str]]:
    let_in(context, base, people.tariq)
    return watched(context)


def test_cells_are_edited_by_keyboard_alone(
    page: tuple[Page, list[str]], base: str, course: Offering, people: People
) -> None:
    opened, complaints = page
    opened.goto(f"{base}/courses/{course.slug}/gradebook/")
    first = opened.locator(".gradebook tbody tr").first.locator(".cell a")

    first.nth(0).focus()
    opened.keyboard.type("8.5")
    opened.keyboard.press("Enter")
    expect(first.nth(0)).to_have_text("8.5")
    expect(opened.locator("#announcer")).to_have_text("Ada Okafor, Essay: 8.5.")
    expect(opened.locator(".gradebook tbody tr").nth(1).locator(".cell a").first).to_be_focused()
    opened.keyboard.press("ArrowUp")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Enter")
    opened.keyboard.type("ex")
    opened.keyboard.press("Enter")
    expect(first.nth(1)).to_have_text("Excused")
    expect(opened.locator(".gradebook tbody tr").nth(1).locator(".cell a").nth(1)).to_be_focused()
    opened.keyboard.press("ArrowUp")
    opened.keyboard.type("3")
    opened.keyboard.press("Escape")
    expect(first.nth(1)).to_have_text("Excused")
    opened.keyboard.press("u")
    expect(first.nth(1)).to_have_text(words.DASH)

    ada = GradeCell.objects.filter(enrollment__user=people.ada)
    assert list(ada.order_by("assessment").values_list("points", "mark", "version")) == [
        (Decimal("8.5"), "", 1), (None, "", 2),
    ]  # fmt: skip
    assert not complaints


def test_who_types_over_a_colleague_is_told_and_nothing_is_lost(
    page: tuple[Page, list[str]], base: str, course: Offering, people: People
) -> None:
    opened, _ = page
    opened.goto(f"{base}/courses/{course.slug}/gradebook/")
    ada = Enrollment.objects.select_related("user").get(offering=course, user=people.ada)
    essay = course.assessments.get(slug="item-0")
    marking.score(essay, ada, points=Decimal(9), by=people.ines, version=0, idempotency_key="first")

    opened.locator(".gradebook tbody tr").first.locator(".cell a").first.focus()
    opened.keyboard.type("4")
    opened.keyboard.press("Enter")

    expect(opened.locator("#announcer")).to_contain_text("Ines Moreau, “Scored”, 9 points")
    assert GradeCell.objects.get(assessment=essay, enrollment=ada).points == 9
    opened.keyboard.press("Enter")
    expect(opened.locator(".gradebook tbody tr").first.locator(".cell a").first).to_have_text("4")


def test_keys_can_be_switched_off(page: tuple[Page, list[str]], base: str, course: Offering) -> None:
    opened, _ = page
    opened.goto(f"{base}/courses/{course.slug}/gradebook/")
    opened.get_by_label("Use these keys").uncheck()

    opened.locator(".gradebook tbody .cell a").first.focus()
    opened.keyboard.type("7")
    assert not opened.locator(".gradebook .cell input").count()
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("heading", name="History")).to_be_visible()


def test_what_has_the_focus_is_never_under_a_heading_that_stays(
    page: tuple[Page, list[str]], base: str, course: Offering
) -> None:
    opened, _ = page
    opened.set_viewport_size({"width": 375, "height": 700})
    opened.goto(f"{base}/courses/{course.slug}/gradebook/")
    opened.locator(".gradebook tbody tr").nth(25).locator(".cell a").nth(9).focus()

    for key in ["ArrowUp"] * 20 + ["ArrowLeft"] * 9:
        opened.keyboard.press(key)
        covered = opened.evaluate(
            """() => {
              const mine = document.activeElement.getBoundingClientRect();
              const head = document.querySelector('.gradebook thead th').getBoundingClientRect();
              const hidden = mine.top < head.bottom - 1 || mine.left < head.right - 1;
              return hidden ? [mine.top, head.bottom, mine.left, head.right].join(" ") : "";
            }"""
        )
        assert not covered, (key, covered)


def test_the_pages_of_the_grade_book_have_no_barrier(
    browser: Browser, base: str, course: Offering, people: People
) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    ada = Enrollment.objects.select_related("user").get(offering=course, user=people.ada)
    essay = course.assessments.get(slug="item-0")
    marking.score(essay, ada, points=Decimal(9), by=people.ines, version=0, idempotency_key="first", reason="Clear")
    # What reads a page for barriers has a script of its own, which the site's policy refuses.
    context = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    let_in(context, base, people.ines)
    opened, _ = watched(context)
    opened.add_init_script(path=AXE)
    book, found = f"{base}/courses/{course.slug}/gradebook/", []
    for name, url in (
        ("book", book), ("cell", f"{book}students/{ada.pk}/item-0/"), ("student", f"{book}students/{ada.pk}/"),
        ("item", f"{book}items/item-0/?form=linear&slope=1&add=1&cap=10"),
        ("at-risk", f"{book}at-risk/?missing=0&below=60"), ("audit", f"{book}audit/"),
    ):  # fmt: skip
        opened.goto(url)
        found += barriers_on(opened, f"gradebook-{name}")

    assert not found
    context.close()
