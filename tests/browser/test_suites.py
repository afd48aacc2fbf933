"""The journey of a suite in a real browser, with a real runner: upload, watch, put right, publish, choose."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect

from coursehub.courses.models import Offering
from grading.assessments.models import SuiteVersion
from grading.catalogue import services
from runners import slots
from runners.sandboxes import Sandbox
from runners.slots import Slots
from tests.browser.journey import photograph, unlabelled, watched
from tests.browser.test_pages import let_in
from tests.browser.test_public_pages import AXE, barriers_on
from tests.catalogue.hosts import grading_host
from tests.catalogue.results import many_results
from tests.catalogue.suites import FILES, archive, make_published, uploads
from tests.factories import make_assessment
from tests.jails import warm_bubblewrap
from tests.people import People

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.bubblewrap,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]
CHECK_MS = 90_000


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with warm_bubblewrap("numpy") as opened:
        yield opened


@pytest.fixture
def host(base: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slots]:
    """A host that looks for work all the time."""
    monkeypatch.setattr(slots, "POLL_SECONDS", 0.5)
    with grading_host(base, sandbox, tmp_path / "cache") as opened:
        opened.start()
        yield opened


@pytest.fixture
def as_ines(context: BrowserContext, base: str, people: People) -> tuple[Page, list[str]]:
    let_in(context, base, people.ines)
    return watched(context)


def look(page: Page, name: str) -> None:
    """Photograph a page and fail where something is too wide, has no name, or keeps somebody out."""
    assert photograph(page, name) == []
    assert unlabelled(page) == []


def test_a_suite_is_uploaded_checked_put_right_published_and_chosen(
    as_ines: tuple[Page, list[str]],
    base: str,
    offering: Offering,
    host: Slots,
    tmp_path: Path,
) -> None:
    homework = make_assessment(offering, suite=None, required_files=["twice.py"])
    page, complaints = as_ines
    packed = tmp_path / "doubling.zip"
    packed.write_bytes(archive())
    page.goto(base + reverse("course", args=[offering.slug]))
    page.get_by_role("navigation", name="Course").get_by_role("link", name="Suites").click()
    look(page, "suites-01-none")

    page.get_by_label("Suite", exact=True).set_input_files(str(packed))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Check", exact=True)).to_be_visible()
    page.screenshot(path=str(tmp_path / "live.png"))
    expect(page.locator(".outcome")).to_have_attribute("data-verdict", "passed", timeout=CHECK_MS)
    expect(page.locator("[hx-get]")).to_have_count(0)
    expect(page.get_by_role("row", name="Wrong: squares")).to_contain_text("Fails double")
    look(page, "suites-02-good")

    page.get_by_role("link", name="Change the cases").click()
    page.locator("summary", has_text="double a number").click()
    page.get_by_label("Title").first.fill("")
    page.get_by_label("Points").first.fill("six")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved.")
    expect(page.get_by_text("Write a number from 0 on, such as 2.5.")).to_be_visible()
    look(page, "suites-03-refused")
    page.get_by_label("Title").first.fill("Twice a number")
    page.get_by_label("Points").first.fill("6")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".outcome")).to_have_attribute("data-verdict", "passed", timeout=CHECK_MS)
    expect(page.get_by_role("rowheader", name="Twice a number")).to_be_visible()

    page.get_by_role("button", name="Publish this version").click()
    expect(page.get_by_text("Doubling v1 is published.")).to_be_visible()
    look(page, "suites-04-published")
    page.get_by_text("Use it for").click()
    page.get_by_role("link", name="Homework 1").click()
    expect(page.get_by_role("heading", name="What Doubling v1 alters")).to_be_visible()
    look(page, "suites-05-choose")
    page.get_by_role("button", name="Use Doubling v1 from now on").click()

    expect(page.get_by_text("Doubling v1 grades what is handed in from now on.")).to_be_visible()
    homework.refresh_from_db()
    assert homework.suite is not None
    assert homework.suite.manifest["cases"][0]["title"] == "Twice a number"
    assert complaints == []


def test_a_suite_that_is_not_right_says_so(
    as_ines: tuple[Page, list[str]], base: str, offering: Offering, host: Slots, people: People
) -> None:
    page, complaints = as_ines
    files = {**FILES, "wrong/squares/expect.json": b'{"mistake": "It squares.", "fails": ["halve"]}'}
    draft = services.upload_draft(offering, by=people.ines, uploads=uploads(files))

    page.goto(base + reverse("suite_version", args=[offering.slug, draft.name, draft.pk]))
    expect(page.locator(".outcome")).to_have_attribute("data-verdict", "failed", timeout=CHECK_MS)

    expect(page.get_by_text("It should fail halve, but passes it.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish this version")).to_have_count(0)
    look(page, "suites-06-not-right")
    assert complaints == []


def test_the_pages_of_suites_are_open_to_everybody_who_may_see_them(
    as_ines: tuple[Page, list[str]], base: str, offering: Offering, people: People
) -> None:
    version = make_published(offering, people)
    other = make_published(offering, people, {**FILES, "README.md": b"x", "cases.py": FILES["cases.py"] + b"\n"})
    homework = make_assessment(offering, suite=version, required_files=["twice.py"])
    many_results(homework)
    page, _ = as_ines  # the checker itself is refused its inline styles
    page.add_init_script(path=AXE)
    slips = []

    for name, address in {
        "suites": reverse("suites", args=[offering.slug]),
        "suite": reverse("suite", args=[offering.slug, "doubling"]) + f"?version={version.pk}",
        "version": reverse("suite_version", args=[offering.slug, "doubling", version.pk]),
        "choose": reverse("choose_suite", args=[offering.slug, homework.slug]) + f"?version={other.pk}",
    }.items():
        page.goto(base + address)
        page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        slips += barriers_on(page, f"suites-{name}")
        slips += photograph(page, f"suites-07-{name}")
        slips += [f"{name}: {slip}" for slip in unlabelled(page)]

    assert slips == []


def test_uploading_and_publishing_need_no_scripts(
    browser: Browser, base: str, offering: Offering, people: People, host: Slots, tmp_path: Path
) -> None:
    packed = tmp_path / "doubling.zip"
    packed.write_bytes(archive())
    context = browser.new_context(java_script_enabled=False)
    let_in(context, base, people.ines)
    page = context.new_page()
    page.goto(base + reverse("suites", args=[offering.slug]))

    page.get_by_label("Suite", exact=True).set_input_files(str(packed))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Check", exact=True)).to_be_visible()
    for _ in range(120):
        page.reload()
        if page.get_by_role("button", name="Publish this version").count():
            break
        page.wait_for_timeout(500)
    page.get_by_role("button", name="Publish this version").click()

    expect(page.get_by_text("Doubling v1 is published.")).to_be_visible()
    assert SuiteVersion.objects.get().number == 1
    context.close()
