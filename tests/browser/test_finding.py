"""The search page and the calendar page in a real browser: axe in both themes at two widths, and without scripts."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, expect

from coursehub.courses.models import Offering, Policy
from tests.browser.journey import SCREENSHOTS, sign_in, watched
from tests.browser.test_public_pages import AXE, barriers_on
from tests.factories import make_assessment
from tests.people import People
from tests.schedule.calendars import make_event

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


@pytest.fixture
def filled(offering: Offering) -> Offering:
    """A public offering in which something about diffusion is found."""
    Offering.objects.update(visibility=Offering.Visibility.PUBLIC)
    make_event(offering, "lecture-3", title="Diffusion models", details_md="From noise, **step by step**, to images.")
    make_assessment(offering, "hw2", title="Diffusion from scratch")
    Policy.objects.create(offering=offering, key="late", title="Late work", body_md="Diffusion of responsibility")
    return offering


def test_nothing_keeps_anybody_out_of_search_and_calendar(
    context: BrowserContext, base: str, people: People, filled: Offering
) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page, _ = watched(context)
    sign_in(page, base, people.ada.email)
    found = []

    for name, address in (
        ("search", f"{reverse('search')}?q=diffusion"),
        ("search-empty", reverse("search")),
        ("calendar", reverse("calendar_settings")),
    ):
        page.goto(base + address)
        if name == "calendar":
            page.get_by_role("button", name="Make an address").click()
            expect(page.get_by_text("Copy it now")).to_be_visible()
        page.evaluate(AXE.read_text())
        found += barriers_on(page, name)

    assert "\n".join(found) == ""


def test_search_works_without_scripts_and_leads_to_the_row(browser: Browser, base: str, filled: Offering) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(base + reverse("search"))
    page.get_by_label("Words").fill("diffusion models")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_have_text("Diffusion")
    page.get_by_role("link", name="Diffusion models").click()

    expect(page.locator("tr:target")).to_contain_text("Diffusion models")
    context.close()
