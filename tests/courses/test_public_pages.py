"""The five real courses as a visitor without an account reads them."""

import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coursehub.courses.models import ExternalLink, Offering, Page, Policy, SyllabusBlock
from coursehub.courses.services import create_roles, enroll
from coursehub.schedule.models import Event, EventSeries, Material, MaterialLink, Module, Outcome, Week
from grading.assessments.models import Assessment
from tests.courses.conftest import COURSES, FOLDER, LARGE, LECTURE, ONLINE, SEMINAR, SYSTEMS
from tests.courses.pages import public_addresses
from tests.factories import make_suite
from tests.markup import complaints_about
from tests.people import everybody
from tests.web.test_safety import assert_inert

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(db: None) -> None:
    for suite in ("autodiff", "nn", "pytorch"):
        make_suite(suite)
    call_command("load_courses", *(str(FOLDER / slug) for slug in COURSES), verbosity=0)


def read(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def words_of(html: str) -> str:
    """Return the text of a page's main part, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") :]).split())


def rows_of(html: str) -> list[str]:
    """Return the text of each row of the schedule table that has a date."""
    rows = re.findall(r"<tr[^>]*>.*?</tr>", html[html.index('<table class="schedule"') :], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows if 'class="date"' in row]


@pytest.mark.usefixtures("loaded")
def test_every_public_page_of_all_five_is_valid_inert_and_open_to_visitors(client: Client, tmp_path: Path) -> None:
    found = []

    for offering in Offering.objects.all():
        for name, url in public_addresses(offering).items():
            html = read(client, url)
            assert_inert(html)
            found += [f"{offering.slug} {name}: {slip}" for slip in complaints_about(html)]
            (tmp_path / f"{offering.slug}-{name}.html").write_text(html)
    (tmp_path / "programme.html").write_text(html := read(client, reverse("programme")))
    found += complaints_about(html)

    assert found == []
    if jar := os.environ.get("VNU_JAR"):
        done = subprocess.run(
            ["java", "-jar", jar, "--errors-only", str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.stderr.strip() == ""


@pytest.mark.usefixtures("loaded")
def test_staff_and_students_get_valid_pages_too(client: Client) -> None:
    people = everybody()
    found = []

    for slug in (ONLINE, LARGE):
        offering = Offering.objects.get(slug=slug)
        create_roles(offering)
        enroll(offering, user=people.ines, role="instructor")
        enroll(offering, user=people.ada, role="student")
        for person in (people.ines, people.ada):
            client.force_login(person)
            for name, url in public_addresses(offering).items():
                found += [f"{slug} {name}: {slip}" for slip in complaints_about(read(client, url))]

    assert found == []


@pytest.mark.usefixtures("loaded")
def test_the_large_course_shows_its_weeks_days_and_work_on_the_right_rows(client: Client) -> None:
    html = read(client, reverse("schedule", args=[LARGE]))
    rows = rows_of(html)

    def on(day: str) -> str:
        return " ".join(row for row in rows if row.startswith(day))

    assert len(re.findall(r'<tr class="week">', html)) == 15
    assert len(rows) == 32
    assert sum("No class:" in row for row in rows) == 2
    assert sum("PyTorch Tutorial" in row for row in rows) == 4
    assert "Problem set 1 out" in on("Tue 9 Sep How to train")
    assert "Problem set 1 due" in on("Tue 23 Sep") and "Problem set 2 out" in on("Tue 23 Sep")
    assert "Problem set 5 due" in on("Thu 13 Nov")
    assert "due" in rows[-1] and "project" in rows[-1].lower()
    assert "Rose E Wang (OpenAI)" in on("Tue 18 Nov")
    assert "19:30" in on("Tue 21 Oct")
    assert "Required readings" in on("Tue 9 Sep") and "Required reading CNNs" in on("Tue 16 Sep")
    assert "Optional readings" in on("Thu 4 Sep") and re.search(r"Reading Transformers", on("Tue 23 Sep"))


@pytest.mark.usefixtures("loaded")
def test_the_large_course_lists_everybody_and_the_slots_that_they_share(client: Client) -> None:
    html = read(client, reverse("staff_page", args=[LARGE]))
    people, slots = html.split('id="office-hours"')

    assert len(re.findall(r'<li id="', people)) == 26
    assert len(re.findall(r'<th scope="row"', slots)) == 14
    assert "at mit dot example" in people
    assert "@" not in html


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(("scheme", "groups"), [("phase", 3), ("chapter", 5)])
def test_twelve_modules_stand_in_either_grouping(client: Client, scheme: str, groups: int) -> None:
    html = read(client, reverse("modules", args=[ONLINE]) + f"?by={scheme}")

    assert len(re.findall(r'<article class="card module', html)) == 12
    assert len(re.findall(rf'<h2 id="{scheme}-\d+"', html)) == groups


@pytest.mark.usefixtures("loaded")
def test_grading_tables_have_as_many_columns_and_levels_as_needed(client: Client) -> None:
    flat, described, nested = (
        read(client, reverse("course", args=[slug])).split('class="weights"')[1].split("</table>")[0]
        for slug in (LECTURE, SEMINAR, ONLINE)
    )

    assert flat.split("</thead>")[0].count("<th") == 1 + 2
    assert described.split("</thead>")[0].count("<th") == 1 + 3
    assert re.findall(r"(\d+)%", flat) == ["10", "20", "20", "30", "20", "100"]
    assert re.findall(r"(\d+) points", nested) == ["5", "10", "25"]


@pytest.mark.usefixtures("loaded")
def test_only_who_edits_sees_what_is_to_be_confirmed(client: Client) -> None:
    people = everybody()
    offering = Offering.objects.get(slug=SYSTEMS)
    create_roles(offering)
    enroll(offering, user=people.ines, role="instructor")
    enroll(offering, user=people.ada, role="student")
    url = reverse("course", args=[SYSTEMS])

    assert "to confirm" not in read(client, url) and "To be confirmed" not in read(client, url)
    client.force_login(people.ada)
    assert "to confirm" not in read(client, url) and "To be confirmed" not in read(client, url)
    client.force_login(people.ines)
    assert "assumptions wait for you to confirm" in read(client, url)
    assert "assumptions wait" not in read(client, f"{url}?as=student")


@pytest.mark.usefixtures("loaded")
def test_what_is_not_known_is_tbd_and_no_error(client: Client) -> None:
    for slug in (LECTURE, SYSTEMS):
        assert "TBD" in words_of(read(client, reverse("course", args=[slug])))
        for view in ("table", "agenda", "month"):
            read(client, reverse("schedule", args=[slug]) + f"?view={view}")
    assert "September 2025" in read(client, reverse("schedule", args=[LARGE]) + "?view=month&month=nonsense")


@pytest.mark.usefixtures("loaded")
def test_the_programme_lists_all_five_and_two_of_one_title(client: Client) -> None:
    html = read(client, reverse("programme"))

    for slug in COURSES:
        assert reverse("course", args=[slug]) in html
    assert html.count("Deep Learning at Scale</a>") == 2
    assert "<svg" in html and "As a table" in html


@pytest.mark.usefixtures("loaded")
def test_policies_say_whether_the_system_enforces_them(client: Client) -> None:
    Policy.objects.filter(offering__slug=LARGE).update(rule="")
    assert read(client, reverse("policies", args=[LARGE])).count("text only") == 4

    Policy.objects.filter(offering__slug=LARGE).update(rule="Work that comes later is refused.")

    assert read(client, reverse("policies", args=[LARGE])).count("enforced by the system") == 4


def more_of_everything(offering: Offering, *, begin: int) -> None:
    """Make an offering longer in every way, with numbers from `begin` on."""
    Week.objects.bulk_create(Week(offering=offering, number=begin + n) for n in range(10))
    Module.objects.bulk_create(
        Module(offering=offering, key=f"more-{begin + n}", number=begin + n, title=f"More {n}") for n in range(10)
    )
    for module in offering.modules.filter(number__gte=begin):
        Outcome.objects.create(module=module, kind="goal", text_md="More", order=1)
    material = Material.objects.create(offering=offering, key=f"more-{begin}", kind="paper", title="More")
    weeks, modules = list(offering.weeks.all()), list(offering.modules.all())
    cohort = offering.cohorts.create(key=f"more-{begin}", name="More")
    teams = offering.team_sets.create(key=f"more-{begin}", title="More")
    for n in range(begin, begin + 20):
        event = Event.objects.create(
            offering=offering,
            key=f"more-{n}",
            title=f"More {n}",
            date=date(2026, 3, 1) + timedelta(days=n % 30),
            week=weeks[n % len(weeks)],
            calendar_uid=f"more-{offering.pk}-{n}",
        )
        event.modules.set(modules[:2])
        event.cohorts.add(cohort)
        event.speakers.create(name=f"Guest {n}")
        MaterialLink.objects.create(material=material, event=event)
        assessment = Assessment.objects.create(
            offering=offering, slug=f"more-{n}", title=f"More {n}", max_points=1, team_set=teams, event=event
        )
        assessment.modules.set(modules[:2])
        assessment.parts.create(key="code", kind="code", title="Code")
        assessment.material_links.create(material=material)
        offering.grading_scheme.nodes.create(key=f"more-{n}", label="More").assessments.add(assessment)
        offering.announcements.create(
            key=f"more-{n}", title="More", audience="public", publish_at=datetime(2026, 1, 1, tzinfo=UTC)
        )
        SyllabusBlock.objects.create(offering=offering, key=f"more-{n}", heading="More", order=n)
        Page.objects.create(offering=offering, slug=f"more-{n}", title="More")
        ExternalLink.objects.create(offering=offering, key=f"more-{n}", kind="site", label="More")
        series = EventSeries.objects.create(offering=offering, key=f"more-{n}", kind="office_hours", title="More")
        series.staff.set(offering.staff.all()[:3])


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("slug", COURSES)
def test_no_public_page_asks_more_often_when_there_is_more_to_show(client: Client, slug: str) -> None:
    offering = Offering.objects.get(slug=slug)
    # Of what is not there at all, nothing more is fetched; so there is some of everything to begin with.
    more_of_everything(offering, begin=100)
    addresses = public_addresses(offering)

    def asked() -> dict[str, int]:
        return {name: _count(lambda url=url: read(client, url)) for name, url in addresses.items()}  # type: ignore[misc]

    before = asked()
    more_of_everything(offering, begin=200)

    assert asked() == before
    assert max(before.values()) <= 30


def _count(get: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        get()
    return len(captured)
