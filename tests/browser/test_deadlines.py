"""Pages about deadlines in a real browser: axe, both themes, two widths, and the reader's own time zone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, expect

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment, Offering
from coursehub.participation.models import Team, TeamSet
from grading.assessments.models import Assessment
from grading.deadlines import requests, services
from grading.deadlines.models import AssessmentLateness, ExtensionRule, LatePolicy, SlipDayEntry, SlipDayPolicy
from grading.deadlines.slip_days import give_days
from tests.browser.journey import photograph, unlabelled, watched
from tests.browser.test_pages import let_in
from tests.browser.test_public_pages import AXE, barriers_on
from tests.factories import make_assessment, make_submission
from tests.people import People

pytestmark = [pytest.mark.chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(live_server: object) -> str:
    return str(live_server)


@pytest.fixture
def late(offering: Offering, people: People) -> Assessment:
    """Late homework of a team, with a policy, slip days, an extension, and requests in every state."""
    now = database_now()
    teams = TeamSet.objects.create(offering=offering, key="pairs", title="Pairs")
    late = make_assessment(
        offering,
        "late",
        title="Late homework",
        due_at=now - timedelta(hours=70),
        closes_at=now + timedelta(days=5),
        suite=None,
        team_set=teams,
    )
    policy = LatePolicy.objects.create(
        offering=offering, key="daily", title="Daily", form=LatePolicy.Form.DEDUCT_OF_MAX, rate=Decimal(10), cutoff=4
    )
    AssessmentLateness.objects.create(assessment=late, policy=policy)
    SlipDayPolicy.objects.create(offering=offering, budget=2, locks_at=now + timedelta(days=40))
    ExtensionRule.objects.create(offering=offering, is_on=True)
    ada, ben = (Enrollment.objects.get(offering=offering, user=user) for user in (people.ada, people.ben))
    Team.objects.create(team_set=teams, name="One").members.add(ada, ben)
    other = make_assessment(
        offering, "other", title="Other homework", suite=None, due_at=now - timedelta(hours=20),
        closes_at=now + timedelta(days=9),
    )  # fmt: skip
    make_submission(other, by=people.ada)
    services.grant(
        [late], to=[ada], given=services.Given(due_at=now - timedelta(hours=30), tries=12), by=people.ines,
        reason_private="A word to staff", reason_shown="A conference abroad",
    )  # fmt: skip
    give_days(ada, kind=SlipDayEntry.Kind.BONUS, days=1, note="Helped others", by=people.ines)
    for user, key in ((people.ada, "a"), (people.ben, "b"), (people.chloe, "c")):
        requests.ask(
            late, by=user, wanted_due_at=now + timedelta(days=3), reason="I was ill last week.", idempotency_key=key
        )
    requests.deny(
        ada.extension_requests.get(), by=people.ines, reply="You have more time already; please use your slip days."
    )
    return late


def test_every_page_is_for_everybody(context: BrowserContext, base: str, people: People, late: Assessment) -> None:
    slug = late.offering.slug
    pages = {
        people.ada: {
            "deadline-assessment": reverse("assessment", args=[slug, "late"]),
            "deadline-ask": reverse("ask_for_time", args=[slug, "late"]),
            "deadline-slip-days": reverse("slip_days", args=[slug]),
        },
        people.ines: {
            "deadline-extensions": reverse("extensions", args=[slug]),
            "deadline-change": reverse("extension", args=[late.extensions.get().pk]),
            "deadline-requests": reverse("extension_requests", args=[slug]),
            "deadline-person": reverse("extensions_person", args=[slug]),
            "deadline-late-work": reverse("edit_deadlines", args=[slug]),
            "deadline-rule": reverse("edit_extension_rule", args=[slug]),
        },
    }
    slips = []
    for user, addresses in pages.items():
        context.clear_cookies()
        let_in(context, base, user)
        page, complaints = watched(context)
        for name, address in addresses.items():
            page.goto(base + address)
            slips += photograph(page, name)
            slips += [f"{name}: {slip}" for slip in unlabelled(page)]
            slips += complaints
            page.evaluate(AXE.read_text())
            slips += barriers_on(page, name)
            complaints.clear()  # the checker's own inline styles, which our policy blocks
        page.close()

    assert slips == []


def test_a_deadline_is_shown_in_the_zone_of_its_reader(
    browser: Browser, base: str, people: People, late: Assessment
) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    let_in(context, base, people.ada)
    page = context.new_page()

    page.goto(base + reverse("assessment", args=[late.offering.slug, "late"]))

    expect(page.locator("[data-local-time]")).to_contain_text("where you are (Asia/Tokyo)")
    context.close()
