"""The editor in a real browser: by keyboard, without scripts, on a phone, and with nothing lost."""

import datetime as dt
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coursehub.courses.models import Offering
from coursehub.publishing.folders import read_folder
from grading.assessments.models import Assessment
from tests.browser.journey import SCREENSHOTS, photograph, unlabelled, watched
from tests.browser.test_pages import CONTRAST, let_in
from tests.browser.test_public_pages import AXE, barriers_on
from tests.people import People
from tests.web.editing import Editor, load

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
FOLDER = Path(__file__).resolve().parents[2] / "courses" / "deep-learning-mit"


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


@pytest.fixture
def course(people: People) -> Offering:
    return load()


@pytest.fixture
def as_ines(context: BrowserContext, base: str, people: People, course: Offering) -> tuple[Page, list[str]]:
    let_in(context, base, people.ines)
    return watched(context)


def address(base: str, course: Offering, name: str, *args: str) -> str:
    return base + Editor(None, course).url(name, *args)  # type: ignore[arg-type]  # no client is needed for addresses


def test_a_row_of_the_schedule_is_moved_by_keyboard_alone(
    as_ines: tuple[Page, list[str]], base: str, course: Offering
) -> None:
    page, complaints = as_ines
    Offering.objects.update(status=Offering.Status.PUBLISHED)
    due = Assessment.objects.get(slug="hw1").due_at
    page.goto(address(base, course, "edit_schedule"))

    page.get_by_label("Title of Lecture 1", exact=True).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_label("Title of Lecture 2", exact=True)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("Lecture 2: graphs")
    for _ in range(12):
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Date of Lecture 2":
            break
        page.keyboard.press("Shift+Tab")
    for _ in range(3):  # from its calendar button over year and day to its month
        page.keyboard.press("Shift+Tab")
    page.keyboard.type("09092026")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="What this changes")).to_be_visible()
    expect(page.get_by_role("table", name="Dates that follow")).to_contain_text("Homework 1")
    assert due == Assessment.objects.get(slug="hw1").due_at
    page.get_by_label("Why").focus()
    page.keyboard.type("The hall is taken.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    event = course.events.get(key="lecture-2")
    assert (event.title, event.date) == ("Lecture 2: graphs", dt.date(2026, 9, 9))
    assert Assessment.objects.get(slug="hw1").due_at == (due + dt.timedelta(days=1) if due else None)
    assert complaints == []


def test_rows_are_duplicated_and_cancelled_from_the_menu_of_a_row(
    as_ines: tuple[Page, list[str]], base: str, course: Offering
) -> None:
    page, _ = as_ines
    page.goto(address(base, course, "edit_schedule"))
    page.get_by_label("Do something with Lecture 3").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Title of Lecture 3", exact=True)).to_have_count(2)
    page.get_by_label("Do something with Lecture 3").last.click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page.locator("tr[data-cancelled]")).to_have_count(1)


def test_what_was_typed_and_not_saved_is_offered_again(
    as_ines: tuple[Page, list[str]], base: str, course: Offering
) -> None:
    page, complaints = as_ines
    page.on("dialog", lambda dialog: dialog.accept())
    url = address(base, course, "edit_entry", "blocks", "overview")
    page.goto(url)
    page.get_by_label("Text").fill("A long text that took an hour to write.")
    page.wait_for_timeout(700)

    page.goto(address(base, course, "edit_home"))
    page.goto(url)
    page.get_by_role("button", name="Bring it back").click()

    expect(page.get_by_label("Text")).to_have_value("A long text that took an hour to write.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.goto(url)
    expect(page.get_by_role("button", name="Bring it back")).to_have_count(0)
    assert complaints == []


def test_leaving_a_page_with_unsaved_text_is_warned_about(
    as_ines: tuple[Page, list[str]], base: str, course: Offering
) -> None:
    page, _ = as_ines
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto(address(base, course, "edit_entry", "blocks", "overview"))
    page.get_by_label("Text").fill("Not saved yet")

    page.get_by_role("link", name="Leave it as it is").click()
    page.wait_for_timeout(300)

    assert asked == ["beforeunload"]
    expect(page.get_by_label("Text")).to_have_value("Not saved yet")


def test_everything_is_edited_without_scripts(browser: Browser, base: str, people: People, course: Offering) -> None:
    context = browser.new_context(java_script_enabled=False)
    let_in(context, base, people.ines)
    page = context.new_page()
    Offering.objects.update(status=Offering.Status.PUBLISHED)
    page.goto(address(base, course, "edit_schedule"))
    page.get_by_label("Place of Lecture 1").fill("Hall 7")
    page.get_by_role("button", name="Save the schedule").first.click()
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("Place of Lecture 1")).to_have_value("Hall 7")
    page.get_by_role("button", name="Save the schedule").first.click()
    page.get_by_label("Why").fill("The hall is closed.")
    page.get_by_role("button", name="Save this").click()

    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert course.events.get(key="lecture-1").location == "Hall 7"
    context.close()


def test_rows_are_pasted_and_mapped(as_ines: tuple[Page, list[str]], base: str, course: Offering) -> None:
    page, complaints = as_ines
    page.goto(address(base, course, "edit_paste"))
    page.get_by_label("Rows").fill("Date\tWhat happens\n9/17\tGraphs\n9/24\tTrees\n")
    page.get_by_role("button", name="Read the rows").click()
    page.get_by_label("What happens holds").select_option("Title")
    page.get_by_role("button", name="Read the rows again").click()
    page.get_by_role("button", name="Add these rows").click()

    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert course.events.filter(key__in=["graphs", "trees"]).count() == 2
    assert complaints == []


PAGES = {
    "home": ("edit_home",),
    "structure": ("edit_structure",),
    "schedule": ("edit_schedule",),
    "grading": ("edit_grading",),
    "syllabus": ("edit_shelf", "blocks"),
    "event": ("edit_entry_add", "events"),
    "assessment": ("edit_entry_add", "assessments"),
    "assumptions": ("edit_assumptions",),
    "changes": ("edit_changes",),
    "publish": ("edit_publish",),
    "paste": ("edit_paste",),
    "clone": ("clone",),
}


def test_every_page_of_the_editor_fits_a_phone_and_names_its_controls(
    context: BrowserContext, base: str, people: People
) -> None:
    large = load(read_folder(FOLDER))
    Offering.objects.update(status=Offering.Status.DRAFT)
    let_in(context, base, people.ines)
    page, complaints = watched(context)
    slips: list[str] = []
    for name, (view, *args) in PAGES.items():
        page.goto(address(base, large, view, *args))
        slips += photograph(page, f"edit-{name}")
        slips += [f"{name}: {slip}" for slip in unlabelled(page)]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.reload()
            slips += [f"{name} {scheme}: {weak}" for weak in page.evaluate(CONTRAST)]

    page.goto(address(base, large, "edit_schedule"))
    page.locator(".row-menu summary").first.click()
    page.screenshot(path=str(SCREENSHOTS / "edit-menu.png"))
    first = page.locator("tbody input[type=date]").nth(2)
    first.fill("2025-09-12")
    page.get_by_role("button", name=re.compile("Save the schedule")).first.click()
    slips += photograph(page, "edit-after")
    assert slips + complaints == []


def test_nothing_keeps_anybody_out_of_the_editor(context: BrowserContext, base: str, people: People) -> None:
    large = load(read_folder(FOLDER))
    Offering.objects.update(status=Offering.Status.PUBLISHED)
    let_in(context, base, people.ines)
    page, _ = watched(context)
    found: list[str] = []
    for name, (view, *args) in PAGES.items():
        page.goto(address(base, large, view, *args))
        page.evaluate(AXE.read_text())
        found += barriers_on(page, f"edit-{name}")

    assert "\n".join(found) == ""
