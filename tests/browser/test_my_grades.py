"""My grades in a real browser: answers follow as one types, errors stand at their field, and a phone shows it all."""

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from coursehub.courses.models import Offering
from grading.gradebook.projection import project_offering
from tests.browser.journey import photograph, unlabelled, watched
from tests.browser.test_pages import let_in
from tests.grades import grade_class, make_exam, make_scheme, mark, place
from tests.people import People

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


def test_answers_follow_as_one_types(
    context: BrowserContext, live_server: object, offering: Offering, people: People
) -> None:
    exams = [make_exam(offering, slug) for slug in ("first", "second", "third")]
    make_scheme(offering, first=(50, exams[:1]), second=(50, exams[1:]))
    mark(exams[0], place(offering, people.ada), "scored", "9")
    grade_class(exams[0], 5)
    project_offering(offering)
    base = str(live_server)
    let_in(context, base, people.ada)
    page, complaints = watched(context)
    page.goto(base + reverse("my_grades", args=[offering.slug]))
    page.evaluate("window.sameDocument = true")

    field = page.get_by_role("spinbutton", name="Second")
    field.fill("10")
    expect(page.locator("#answers")).to_contain_text("With 10 on Second")
    expect(field).to_be_focused()
    field.fill("11")
    expect(page.locator(f"#id_score-{exams[1].pk}_problem")).to_contain_text("less than or equal to 10")
    field.fill("")
    expect(page.locator("#answers")).to_be_empty()
    page.get_by_label("On which item").select_option(label="Third")
    page.get_by_label("For which letter").select_option(label="A- (from 90)")
    expect(page.locator("#answers")).to_contain_text("You need at least 9 of 10 points")

    assert page.evaluate("window.sameDocument") is True
    page.locator("details.grade-item summary").first.click()
    expect(page.locator("details.grade-item").first).to_contain_text("9 of 10 points is 90.00 %")
    assert [*photograph(page, "my-grades"), *unlabelled(page), *complaints] == []
