"""Every public page of the five courses in a real browser: for everybody, on a phone, in the dark, on paper."""

import hashlib
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coursehub.courses.models import Offering
from tests.browser.journey import SCHEMES, SCREENSHOTS, unlabelled, watched
from tests.courses.conftest import COURSES, FOLDER, LARGE, ONLINE
from tests.courses.pages import public_addresses
from tests.factories import make_suite

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]
VENDOR = Path(__file__).resolve().parent / "vendor"
AXE = VENDOR / "axe-core-4.14.1.min.js"
WIDTHS = (320, 1280)
BARRIERS = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations
    .filter((rule) => ["serious", "critical"].includes(rule.impact))
    .map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 90)).slice(0, 3).join(" | ")}`);
}"""


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


def load(*slugs: str) -> None:
    for suite in ("autodiff", "nn", "pytorch"):
        make_suite(suite)
    call_command("load_courses", *(str(FOLDER / slug) for slug in slugs), verbosity=0)


def barriers_on(page: Page, name: str) -> list[str]:
    """Return what keeps somebody out of a page, in both themes and at both widths, and what is wider than a phone."""
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"{name} {scheme} {width}: {barrier}" for barrier in page.evaluate(BARRIERS)]
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
                found.append(f"{name} at {width} px is {wide} px wide")
            if scheme == "light" or width == WIDTHS[1]:
                page.screenshot(path=str(SCREENSHOTS / f"public-{name}-{scheme}-{width}.png"), full_page=True)
    return found


def test_the_checker_is_the_one_that_was_reviewed() -> None:
    sums = dict(reversed(line.split()) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())

    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == sums[AXE.name]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("slug", COURSES)
def test_nothing_keeps_anybody_out_of_a_public_page(context: BrowserContext, base: str, slug: str) -> None:
    load(slug)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page, complaints = watched(context)
    axe = AXE.read_text()
    found = []

    addresses = public_addresses(Offering.objects.get(slug=slug)) | {"programme": reverse("programme")}
    for name, address in addresses.items():
        page.goto(base + address)
        found += [f"{name}: {slip}" for slip in [*unlabelled(page), *complaints]]
        page.evaluate("document.querySelectorAll('main details').forEach((part) => { part.open = true; })")
        page.evaluate(axe)
        found += barriers_on(page, f"{slug}-{name}")
        complaints.clear()  # the checker's own inline styles, which our policy blocks

    assert "\n".join(found) == ""


def test_the_checker_finds_a_barrier_where_there_is_one(context: BrowserContext, base: str) -> None:
    page, _ = watched(context)
    page.goto(base + reverse("programme"))
    page.evaluate(AXE.read_text())

    page.evaluate("document.querySelector('main').append(document.createElement('button'))")

    assert any(barrier.startswith("button-name") for barrier in page.evaluate(BARRIERS))


def test_public_pages_work_without_scripts(browser: Browser, base: str) -> None:
    load(LARGE, ONLINE)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page = context.new_page()

    page.goto(base + reverse("schedule", args=[LARGE]))
    page.locator(".event summary").first.click()
    expect(page.locator(".event .prose").first).to_be_visible()
    page.get_by_role("link", name="Month").click()
    page.get_by_role("link", name="October 2025").click()
    expect(page.get_by_role("heading", name="October 2025")).to_be_visible()
    page.goto(base + reverse("modules", args=[ONLINE]))
    page.get_by_role("link", name="By phase").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(3)
    page.goto(base + reverse("policies", args=[LARGE]))
    page.locator("details.card").first.locator("summary").click()
    expect(page.locator("details.card").first).to_have_attribute("open", "")
    context.close()


def test_on_paper_the_details_are_open_and_the_bar_is_gone(context: BrowserContext, base: str) -> None:
    load(LARGE)
    page = context.new_page()
    page.goto(base + reverse("schedule", args=[LARGE]))

    page.emulate_media(media="print")

    expect(page.locator(".bar")).to_be_hidden()
    expect(page.locator(".views")).to_be_hidden()
    expect(page.locator(".schedule .event .prose").first).to_be_visible()
    assert len(page.pdf(format="A4")) > 10_000
