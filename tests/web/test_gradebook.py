"""The grade book in the browser of staff: what it shows, how it is changed, and what it refuses."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coursehub.courses.models import Cohort, Enrollment, Offering, RoleAssignment
from grading.assessments.models import Assessment
from grading.gradebook.models import AuditRead, Curve, GradeAdjustment, GradeCell, GradeEvent
from grading.gradebook.projection import project_offering
from tests.factories import make_assessment, make_students, make_suite
from tests.grading.test_reckoning import make_scheme
from tests.people import People

pytestmark = pytest.mark.django_db
Page = Callable[..., Any]


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada(offering: Offering, people: People) -> Enrollment:
    return Enrollment.objects.get(offering=offering, user=people.ada)


@pytest.fixture
def essay(offering: Offering) -> Assessment:
    """Something that no suite grades."""
    return make_assessment(offering, "essay", suite=None, title="Essay")


def cell_url(enrollment: Enrollment, assessment: Assessment) -> str:
    return f"/courses/{assessment.offering.slug}/gradebook/students/{enrollment.pk}/{assessment.slug}/"


def item_url(assessment: Assessment, more: str = "") -> str:
    return f"/courses/{assessment.offering.slug}/gradebook/items/{assessment.slug}/{more}"


def change(client: Client, url: str, *, version: int, key: str = "k", **fields: object) -> Any:
    json = fields.pop("json", False)
    headers = {"Accept": "application/json"} if json else {}
    return client.post(url, {"version": version, "key": key, **fields}, headers=headers)


def test_the_book_shows_points_states_and_totals_as_text(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    make_scheme(offering, essay)
    client = client_of(people.tariq)
    change(client, cell_url(ada, essay), version=0, action="scored", points="9")

    text = client.get(f"/courses/{offering.slug}/gradebook/").content.decode()

    assert f'<a href="{cell_url(ada, essay)}">9<small></small></a>' in text
    assert "100.00 A" not in text
    assert "90.00 A" in text
    assert '<th scope="row">' in text
    assert "3 students, 1 item" in text
    assert AuditRead.objects.filter(what="grade_book", actor=people.tariq).exists()


def test_a_cell_is_changed_by_its_form_and_a_stale_one_is_told_who_was_there(
    essay: Assessment, ada: Enrollment, people: People
) -> None:
    client, url = client_of(people.tariq), cell_url(ada, essay)

    assert change(client, url, version=0, action="scored", points="7,5", reason="Good").status_code == 302
    stale = change(client_of(people.ines), url, version=0, key="other", action="override", points="3")

    assert GradeCell.objects.get().points == Decimal("7.5")
    text = stale.content.decode()
    assert "changed since you looked" in text
    assert "Tariq Aziz" in text
    assert 'value="3"' in text
    page = client.get(url).content.decode()
    assert "7.5 of 10" in page
    assert "Good" in page
    assert "Take back" in page


def test_a_replayed_post_changes_nothing_twice(essay: Assessment, ada: Enrollment, people: People) -> None:
    client, url = client_of(people.tariq), cell_url(ada, essay)

    for _ in range(2):
        assert change(client, url, version=0, action="scored", points="7").status_code == 302
    assert GradeEvent.objects.count() == 1


def test_the_script_of_the_book_gets_what_stands_there_saved_or_not(
    essay: Assessment, ada: Enrollment, people: People
) -> None:
    client, url = client_of(people.tariq), cell_url(ada, essay)

    saved = change(client, url, version=0, action="typed", points="8", json=True)
    late = change(client, url, version=0, key="late", action="typed", points="5", json=True)
    excused = change(client, url, version=1, key="ex", action="typed", points="ex", json=True)
    undone = change(client, url, version=2, key="u", action="undo", json=True)
    none = change(client, url, version=3, key="n", action="typed", points="seven", json=True)

    assert (saved.status_code, saved.json()["text"], saved.json()["version"]) == (200, "8", 1)
    assert (late.status_code, late.json()["text"]) == (409, "8")
    assert "Tariq Aziz" in late.json()["sentence"]
    assert (excused.json()["text"], undone.json()["text"], none.status_code) == ("Excused", "8", 409)


def test_several_students_are_changed_together(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    ben = Enrollment.objects.get(offering=offering, user=people.ben)
    client, url = client_of(people.tariq), f"/courses/{offering.slug}/gradebook/several/"
    change(client, cell_url(ben, essay), version=0, action="scored", points="7")

    def send(ben_version: int) -> str:
        chosen = [f"{ada.pk}.0", f"{ben.pk}.{ben_version}"]
        sent = {"key": "b", "order": essay.pk, "item": essay.slug, "action": "excused", "student": chosen}
        return client.post(url, sent, follow=True).content.decode()

    assert "changed since you looked" in send(0)
    assert "changed for 2 students" in send(1)
    assert set(GradeCell.objects.values_list("mark", flat=True)) == {"excused"}
    assert (
        "Choose at least one student"
        in client.post(
            url, {"key": "c", "order": essay.pk, "item": essay.slug, "action": "excused"}, follow=True
        ).content.decode()
    )


def test_the_book_is_sorted_and_filtered(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    make_scheme(offering, essay)
    section = Cohort.objects.create(offering=offering, key="one", name="One")
    section.members.add(ada)
    client, url = client_of(people.tariq), f"/courses/{offering.slug}/gradebook/"
    for user, points in ((people.ada, "5"), (people.ben, "9")):
        row = Enrollment.objects.get(offering=offering, user=user)
        change(client, cell_url(row, essay), version=0, action="scored", points=points)

    def names(query: str) -> list[str]:
        text = client.get(f"{url}?{query}").content.decode()
        found = [(text.find(f">{name}</a></th>"), name) for name in ("Ada Okafor", "Ben Lindqvist", "Chloe Tan")]
        return [name.split()[0] for place, name in sorted(found) if place >= 0]

    assert names("") == ["Ada", "Ben", "Chloe"]
    assert names("falling=1") == ["Chloe", "Ben", "Ada"]
    assert names("sort=essay") == names("sort=total") == ["Ada", "Ben", "Chloe"]
    assert names("sort=essay&falling=1") == ["Ben", "Ada", "Chloe"]
    assert names("section=one") == ["Ada"]
    assert names("q=lind") == ["Ben"]
    assert names("state=missing") == []
    assert names("state=nonsense&page=99") == ["Ada", "Ben", "Chloe"]


def test_who_may_not_see_grades_finds_nothing(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    book = f"/courses/{offering.slug}/gradebook/"
    urls = [
        book,
        f"{book}at-risk/",
        f"{book}audit/",
        cell_url(ada, essay),
        item_url(essay),
        f"{book}students/{ada.pk}/",
    ]

    assert [client_of(people.ada).get(url).status_code for url in urls] == [403] * 6
    assert [client_of(people.otto).get(url).status_code for url in urls] == [404] * 6
    assert [Client().get(url).status_code for url in urls] == [302] * 6
    assert [client_of(people.tariq).get(url).status_code for url in urls] == [200, 200, 403, 200, 200, 200]
    assert (
        change(client_of(people.ada), cell_url(ada, essay), version=0, action="scored", points="10").status_code == 403
    )
    assert client_of(people.tariq).post(item_url(essay, "release/")).status_code == 403


def test_a_teaching_assistant_of_another_section_finds_nobody(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    section = Cohort.objects.create(offering=offering, key="two", name="Two")
    section.members.add(Enrollment.objects.get(offering=offering, user=people.ben))
    RoleAssignment.objects.get(enrollment__user=people.tariq, enrollment__offering=offering).cohorts.add(section)
    client = client_of(people.tariq)

    assert client.get(cell_url(ada, essay)).status_code == 404
    assert change(client, cell_url(ada, essay), version=0, action="scored", points="1").status_code == 404
    text = client.get(f"/courses/{offering.slug}/gradebook/").content.decode()
    assert "Ben Lindqvist" in text
    assert "Ada Okafor" not in text


def test_the_page_of_an_item_tells_how_the_class_did_and_curves_it(
    offering: Offering, essay: Assessment, people: People
) -> None:
    students = Enrollment.objects.filter(user__in=make_students(offering, 6))
    for number, row in enumerate(students):
        GradeEvent.objects.create(assessment=essay, enrollment=row, kind="scored", points=number + 2, max_points=10)
    project_offering(offering)
    client = client_of(people.ines)

    text = client.get(item_url(essay)).content.decode()
    tried = client.get(item_url(essay), {"form": "linear", "slope": "1", "add": "1", "cap": "10"})
    seen = tried.context_data["page"].curve.seen
    applied = client.post(
        item_url(essay, "curve/"),
        {"form": "linear", "slope": "1", "add": "1", "cap": "10", "seen": seen, "reason": "Hard"},
        follow=True,
    )

    for said in ("4.50", "3.25", "5.75", "<svg", "The same as a table"):
        assert said in text
    assert "It would change the grade of 6 students." in tried.content.decode()
    assert "The curve is applied." in applied.content.decode()
    assert Curve.objects.get().reason == "Hard"
    assert "negative slope" in client.get(item_url(essay), {"form": "linear", "slope": "-1"}).content.decode()
    client.post(item_url(essay, "curve/"), {"remove": "1"})
    assert GradeCell.objects.order_by("points").first().points == 2


def test_grades_are_released_on_the_page_of_the_item(offering: Offering, people: People) -> None:
    essay, client = make_assessment(offering, "essay", grade_release="manual"), client_of(people.ines)

    assert "Released. 0 students" in client.post(item_url(essay, "release/"), follow=True).content.decode()
    assert "released already" in client.post(item_url(essay, "release/"), follow=True).content.decode()
    assert "do not see" in client.post(item_url(essay, "release/"), {"back": "1"}, follow=True).content.decode()


def test_course_points_on_top_are_given_and_taken_back(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    make_scheme(offering, essay)
    client, url = client_of(people.ines), f"/courses/{offering.slug}/gradebook/students/{ada.pk}/"

    assert "Say why" in client.post(url, {"points": "1"}).content.decode()
    assert "+1: A talk" in client.post(url, {"points": "1", "reason": "A talk"}, follow=True).content.decode()
    client.post(url, {"remove": GradeAdjustment.objects.get().pk})
    assert GradeAdjustment.objects.get().removed_by == people.ines


def test_the_list_at_risk_states_its_conditions(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    make_scheme(offering, essay)
    client, url = client_of(people.tariq), f"/courses/{offering.slug}/gradebook/at-risk/"
    change(client, cell_url(ada, essay), version=0, action="scored", points="6")

    text = client.get(url).content.decode()
    assert "the current total is below 70, or 2 items or more are missing" in text
    assert "Ada Okafor" in text
    assert "Nobody meets these conditions" in client.get(f"{url}?below=50&missing=0").content.decode()


def test_the_list_at_risk_draws_the_totals_of_a_class_that_hides_its_people(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    make_scheme(offering, essay)
    client, url = client_of(people.tariq), f"/courses/{offering.slug}/gradebook/at-risk/"
    change(client, cell_url(ada, essay), version=0, action="scored", points="6")
    alone = client.get(url).content.decode()
    for number, student in enumerate(make_students(offering, 4)):
        enrollment = Enrollment.objects.get(offering=offering, user=student)
        change(client, cell_url(enrollment, essay), version=0, action="scored", points=str(number + 5))

    together = client.get(url).content.decode()

    assert "Totals of the class" not in alone
    assert "Totals of the class" in together
    assert "5 students; most have" in together


def test_the_audit_tells_who_changed_and_who_looked(
    offering: Offering, essay: Assessment, ada: Enrollment, people: People
) -> None:
    change(client_of(people.tariq), cell_url(ada, essay), version=0, action="scored", points="6", reason="Fine")
    client_of(people.tariq).get(cell_url(ada, essay))
    client, url = client_of(people.ines), f"/courses/{offering.slug}/gradebook/audit/"

    changes = client.get(url).content.decode()
    reads = client.get(f"{url}?show=reads&student={ada.pk}&item=essay").content.decode()

    for text in (changes, reads):
        assert "Tariq Aziz" in text
        assert "Ada Okafor" in text
    assert "Scored: 6 of 10" in changes
    assert "The history of one grade" in reads


@pytest.fixture
def big(offering: Offering, people: People) -> Offering:
    """A class of 1,000 by 60, with everything that costs a query."""
    suite = make_suite()
    items = [make_assessment(offering, f"item-{number}", suite=suite) for number in range(60)]
    make_scheme(offering, *items)
    rows = Enrollment.objects.filter(user__in=make_students(offering, 1000))
    Cohort.objects.create(offering=offering, key="one", name="One").members.set(rows[:100])
    GradeCell.objects.bulk_create(
        [
            GradeCell(assessment=one, enrollment=row, points=(row.pk + one.pk) % 11, raw_points=1)
            for row in rows
            for one in items
        ],
        batch_size=5000,
    )
    return offering


@pytest.mark.slow
def test_a_page_of_1000_by_60_takes_at_most_12_queries(big: Offering, people: People) -> None:
    client, url = client_of(people.ines), f"/courses/{big.slug}/gradebook/"
    client.get(url)

    for query in ("", "?page=7&section=one", "?sort=total&falling=1"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url + query)

        assert answer.status_code == 200
        assert len(queries) <= 12, "\n".join(query["sql"][:200] for query in queries)
