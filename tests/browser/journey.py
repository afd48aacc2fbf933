"""What a person does in a browser, as functions: sign in, hand in, wait, look. The whole journey is made of these."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.people import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(os.environ.get("CI_OUTPUT", ROOT / ".ci-output")) / "screenshots"
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = (1280, 375)
SCHEMES = ("light", "dark")
VERDICT_SECONDS = 90
SUBMISSION_URL = re.compile(r"/submissions/\d+/$")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def watched(context: BrowserContext) -> tuple[Page, list[str]]:
    """Return a new page, and the list in which its console's complaints and broken requests collect."""
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"{request.url}: {request.failure}"))
    return page, complaints


def sign_in(page: Page, base: str, email: str, password: str = PASSWORD) -> None:
    """Sign in and arrive at my courses."""
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My courses", level=1)).to_be_visible()


def open_assessment(page: Page, base: str, *, course: str, assessment: str) -> None:
    """Go from my courses through the course to the assessment."""
    page.goto(f"{base}/")
    page.get_by_role("heading", name=course).get_by_role("link").click()
    page.get_by_role("main").get_by_role("link", name=assessment).click()
    expect(page.get_by_role("heading", name="Hand in")).to_be_visible()


def upload(page: Page, files: Sequence[Path], *, signature: str = "") -> str:
    """Choose files on the assessment page, sign, hand in; return the address of the submission."""
    page.get_by_label("Files", exact=True).set_input_files([str(path) for path in files])
    if signature and page.get_by_label("Pledge").count():
        page.get_by_label("Pledge").fill(signature)
    page.get_by_role("button", name="Hand in").click()
    expect(page).to_have_url(SUBMISSION_URL)
    return page.url


def wait_for_verdict(page: Page, *, seconds: float = VERDICT_SECONDS) -> str:
    """Wait, without ever loading the page again, until it has a verdict; return the verdict's key."""
    outcome = page.locator("section.outcome")
    expect(outcome).to_have_attribute(
        "data-verdict", re.compile("^(passed|partial|failed|fault)$"), timeout=seconds * 1000
    )
    expect(page.locator("[hx-get]")).to_have_count(0)
    return outcome.get_attribute("data-verdict") or ""


def photograph(page: Page, name: str) -> list[str]:
    """Keep the page in both themes and at both widths; return what is wider than its window."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    overflowing = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=str(SCREENSHOTS / f"{name}-{scheme}-{width}.png"), full_page=True)
            if (found := page.evaluate("document.documentElement.scrollWidth")) > width:
                overflowing.append(f"{name} at {width} px is {found} px wide")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    return overflowing


def unlabelled(page: Page) -> list[str]:
    """Return the controls that have no accessible name, and other slips that can be seen in the markup."""
    found: list[str] = page.evaluate(
        """() => {
          const slips = [];
          const named = (e) => (e.labels && e.labels.length) || e.getAttribute("aria-label")
            || e.getAttribute("aria-labelledby") || e.textContent.trim() || e.title;
          const controls = "input:not([type=hidden]), select, textarea, button, a[href], summary";
          for (const e of document.querySelectorAll(controls))
            if (!named(e)) slips.push(`no name: ${e.outerHTML.slice(0, 120)}`);
          const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
          for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n))) slips.push(`id twice: ${id}`);
          for (const attribute of ["for", "aria-describedby", "aria-labelledby"])
            for (const e of document.querySelectorAll(`[${attribute}]`))
              for (const id of e.getAttribute(attribute).split(/\\s+/))
                if (!document.getElementById(id)) slips.push(`${attribute} leads nowhere: ${id}`);
          const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((e) => Number(e.tagName[1]));
          if (levels.filter((level) => level === 1).length !== 1) slips.push(`not one h1: ${levels}`);
          if (levels.some((level, n) => n && level > levels[n - 1] + 1)) slips.push(`heading skipped: ${levels}`);
          for (const e of document.querySelectorAll("img:not([alt]), svg:not([aria-hidden]):not([aria-label])"))
            slips.push(`picture without words: ${e.outerHTML.slice(0, 80)}`);
          if (!document.documentElement.lang) slips.push("no language");
          return slips;
        }"""
    )
    return found
