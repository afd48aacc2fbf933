"""Who reads which page of a course: visitors, outsiders, students, staff, and editors in borrowed eyes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from coursehub.courses.access import VISITOR, offering_for, offerings_for, offerings_of, viewer_for
from coursehub.courses.models import Announcement, Audience, Capability, Offering, Page, SyllabusBlock
from coursehub.courses.queries import announcements_for, blocks_for
from grading.assessments.models import AnchoredDate, Assessment
from tests.factories import make_assessment, make_offering
from tests.people import People
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
PUBLIC_PAGES = (
    "course",
    "schedule",
    "modules",
    "assessments_list",
    "staff_page",
    "policies",
    "announcements",
    "changes",
    "previous",
)
Visibility, Status = Offering.Visibility, Offering.Status


@pytest.fixture
def course(homework: Assessment) -> Offering:
    """The course, for everybody."""
    homework.offering.visibility = Visibility.PUBLIC
    homework.offering.save()
    return homework.offering


def page(client: Client, name: str, offering: Offering, query: str = "") -> str:
    return client.get(reverse(name, args=[offering.slug]) + query).content.decode()


@pytest.mark.parametrize("name", PUBLIC_PAGES)
def test_a_visitor_reads_every_page_of_a_public_course(client: Client, course: Offering, name: str) -> None:
    assert client.get(reverse(name, args=[course.slug])).status_code == 200


@pytest.mark.parametrize("name", PUBLIC_PAGES)
@pytest.mark.parametrize("change", [{"visibility": Visibility.ENROLLED}, {"status": Status.DRAFT}])
def test_what_is_not_public_asks_visitors_to_sign_in_and_is_not_there_for_outsiders(
    client: Client, sign_in: SignIn, people: People, course: Offering, name: str, change: dict[str, str]
) -> None:
    Offering.objects.filter(pk=course.pk).update(**change)
    address = reverse(name, args=[course.slug])

    assert client.get(address).status_code == 302
    assert sign_in(people.otto).get(address).status_code == 404
    assert sign_in(people.ines).get(address).status_code == 200


def test_an_address_that_leads_nowhere_tells_a_visitor_no_more_than_one_that_is_closed(
    client: Client, db: None
) -> None:
    assert client.get(reverse("course", args=["no-such-course"])).status_code == 302


def test_an_unlisted_course_is_read_by_its_address_and_found_by_nobody_else(
    client: Client, people: People, course: Offering
) -> None:
    Offering.objects.filter(pk=course.pk).update(visibility=Visibility.UNLISTED)

    assert offering_for(people.otto, course.slug) == course
    assert course not in offerings_for(people.otto)
    assert course in offerings_for(people.ada)
    assert reverse("course", args=[course.slug]) not in client.get(reverse("programme")).content.decode()


def test_my_courses_are_those_i_take_part_in(sign_in: SignIn, people: People, course: Offering) -> None:
    assert list(offerings_of(people.otto)) == []
    assert "You are not in a course yet." in sign_in(people.otto).get(reverse("home")).content.decode()


@pytest.mark.parametrize("name", ["my_grades", "staff_submissions"])
def test_a_public_course_keeps_its_inner_rooms_closed(
    client: Client, sign_in: SignIn, people: People, course: Offering, name: str
) -> None:
    address = reverse(name, args=[course.slug])

    assert client.get(address).status_code == 302
    assert sign_in(people.otto).get(address).status_code == 404


def test_a_visitor_reads_an_assessment_and_signs_in_to_hand_in(
    client: Client, sign_in: SignIn, people: People, course: Offering, homework: Assessment
) -> None:
    address = reverse("assessment", args=[course.slug, homework.slug])

    assert "Implement <em>everything</em>" in client.get(address).content.decode()
    assert "Hand in" not in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert "Hand in" not in sign_in(people.otto).get(address).content.decode()
    assert "Hand in" in sign_in(people.ada).get(address).content.decode()


def test_an_outsider_cannot_hand_in_to_a_public_course(
    sign_in: SignIn, people: People, course: Offering, homework: Assessment
) -> None:
    address = reverse("assessment", args=[course.slug, homework.slug])
    form = {"idempotency_key": "k", "files": SimpleUploadedFile("needle.py", b"x = 1")}

    assert sign_in(people.otto).post(address, form).status_code == 403
    assert not homework.submissions.exists()


def test_planned_work_is_named_but_opens_for_staff_only(
    client: Client, sign_in: SignIn, people: People, course: Offering
) -> None:
    planned = make_assessment(course, "hw9", title="Planned homework", release_at=now() + timedelta(days=30))
    unlisted = make_assessment(course, "secret", title="Idea of staff", is_listed=False)
    address = reverse("assessment", args=[course.slug, planned.slug])

    assert "Planned homework" in page(client, "assessments_list", course)
    assert address not in page(client, "assessments_list", course)
    assert unlisted.title not in page(client, "assessments_list", course)
    assert client.get(address).status_code == 302
    assert sign_in(people.ada).get(address).status_code == 404
    assert sign_in(people.ada).get(reverse("assessment", args=[course.slug, "secret"])).status_code == 404
    assert address in page(sign_in(people.tariq), "assessments_list", course)
    assert unlisted.title in page(sign_in(people.tariq), "assessments_list", course)


def test_each_part_has_its_audience(client: Client, sign_in: SignIn, people: People, course: Offering) -> None:
    for audience in Audience:
        SyllabusBlock.objects.create(offering=course, key=audience.value, heading=f"For {audience}", audience=audience)
        Page.objects.create(offering=course, slug=audience.value, title=f"Page {audience}", audience=audience)

    def seen(client: Client) -> list[str]:
        html = page(client, "course", course)
        return [audience.value for audience in Audience if f"For {audience}" in html and f"Page {audience}" in html]

    assert seen(client) == seen(sign_in(people.otto)) == ["public"]
    assert seen(sign_in(people.ada)) == ["public", "enrolled"]
    assert seen(sign_in(people.tariq)) == seen(sign_in(people.ines)) == ["public", "enrolled", "staff"]
    assert client.get(reverse("course_page", args=[course.slug, "staff"])).status_code == 302
    assert sign_in(people.ada).get(reverse("course_page", args=[course.slug, "staff"])).status_code == 404


@pytest.mark.parametrize(
    ("role", "audiences", "may_submit"),
    [(VISITOR, {"public"}, False), ("student", {"public", "enrolled"}, True), ("ta", set(Audience.values), False)],
)
def test_an_editor_borrows_the_eyes_of_any_role(
    people: People, course: Offering, role: str, audiences: set[str], may_submit: bool
) -> None:
    viewer = viewer_for(people.ines, course, role)

    assert viewer.is_preview
    assert viewer.audiences == audiences
    assert (Capability.SUBMIT in viewer.capabilities) == may_submit


@pytest.mark.parametrize(
    ("who", "role"), [("ada", "ta"), ("tariq", "instructor"), ("otto", "student"), ("ines", "king")]
)
def test_nobody_else_borrows_eyes(people: People, course: Offering, who: str, role: str) -> None:
    person = getattr(people, who)

    assert viewer_for(person, course, role) == viewer_for(person, course)


def test_a_preview_says_that_it_is_one_and_stays_one(sign_in: SignIn, people: People, course: Offering) -> None:
    SyllabusBlock.objects.create(offering=course, key="s", heading="For staff", audience=Audience.STAFF)
    ines = sign_in(people.ines)

    html = page(ines, "course", course, "?as=student")

    assert "For staff" not in html
    assert "Back to your own view" in html
    assert f"{reverse('schedule', args=[course.slug])}?as=student" in html
    assert "For staff" in page(ines, "course", course)


def test_announcements_reach_those_they_are_for(people: People, course: Offering) -> None:
    rotation = course.cohorts.create(key="a", name="Rotation A")
    rotation.members.add(course.enrollments.get(user=people.ada))
    yesterday = now() - timedelta(days=1)
    for key, fields in {
        "all": {"publish_at": yesterday},
        "later": {"publish_at": now() + timedelta(days=1)},
        "open": {"publish_at": yesterday, "audience": Audience.PUBLIC},
        "half": {"publish_at": yesterday},
    }.items():
        row = Announcement.objects.create(offering=course, key=key, title=key, **fields)
        if key == "half":
            row.cohorts.add(rotation)

    def read(who: str) -> set[str]:
        return set(announcements_for(viewer_for(getattr(people, who), course)).values_list("key", flat=True))

    assert read("otto") == {"open"}
    assert read("ben") == {"all", "open"}
    assert read("ada") == {"all", "open", "half"}
    assert read("tariq") == {"all", "later", "open", "half"}


def test_blocks_keep_the_order_that_was_chosen(people: People, course: Offering) -> None:
    for order, key in enumerate(["zebra", "apple", "mango"]):
        SyllabusBlock.objects.create(offering=course, key=key, heading=key, order=order)

    assert [block.key for block in blocks_for(viewer_for(people.ada, course))] == ["zebra", "apple", "mango"]


def at_noon(day: int) -> datetime:
    return datetime(2026, 3, day, 17, tzinfo=UTC)


def test_work_stands_at_its_anchor_else_at_that_days_class_else_on_a_row_of_its_own(
    client: Client, course: Offering
) -> None:
    def event(key: str, day: int, kind: str = "lecture") -> object:
        return course.events.create(
            key=key, title=f"Event {key}", date=date(2026, 3, day), kind=kind, calendar_uid=f"{key}@x"
        )

    event("tutorial", 2, "tutorial")
    event("lecture", 2)
    anchor = event("seminar", 4)
    event("class", 4)
    Assessment.objects.all().delete()
    make_assessment(course, "one", title="One", release_at=None, due_at=at_noon(2), closes_at=None)
    two = make_assessment(course, "two", title="Two", release_at=None, due_at=at_noon(4), closes_at=None)
    AnchoredDate.objects.create(assessment=two, which="due", event=anchor)
    make_assessment(course, "three", title="Three", release_at=None, due_at=at_noon(3), closes_at=None)

    rows = client.get(reverse("schedule", args=[course.slug])).context["page"].weeks[0].rows
    found = [(row.event.key if row.event else None, [mark.title for mark in row.work]) for row in rows]

    assert found == [("tutorial", []), ("lecture", ["One"]), (None, ["Three"]), ("seminar", ["Two"]), ("class", [])]


def test_solutions_appear_beside_the_work_once_they_are_out(client: Client, course: Offering) -> None:
    Assessment.objects.update(solutions_url="https://example.edu/s.pdf", solutions_at=now() + timedelta(days=1))
    assert "s.pdf" not in page(client, "schedule", course)

    Assessment.objects.update(solutions_at=now() - timedelta(days=1))

    assert "s.pdf" in page(client, "schedule", course)


def test_the_agenda_begins_today_and_shows_all_once_everything_is_over(client: Client, course: Offering) -> None:
    Assessment.objects.all().delete()
    today = now().astimezone(course.zone).date()
    for n, days in enumerate((-3, 0, 5)):
        course.events.create(key=f"e{n}", title=f"Day {days}", date=today + timedelta(days=days), calendar_uid=f"{n}@x")

    def days(query: str) -> list[str]:
        agenda = client.get(reverse("schedule", args=[course.slug]) + query).context["page"].agenda
        return [item.events[0].title for item in agenda]

    assert days("?view=agenda") == ["Day 0", "Day 5"]
    assert days("?view=agenda&from=start") == ["Day -3", "Day 0", "Day 5"]
    course.events.exclude(key="e0").delete()
    assert days("?view=agenda") == ["Day -3"]


def test_changes_show_their_reason_and_no_name(client: Client, people: People, course: Offering) -> None:
    shown = {"batch": "6f2b8a52-6f0a-4a3a-9b60-2a3c1f5f0a11", "made_by": people.ines, "subject": "event:lecture-5"}
    course.changes.create(
        **shown,
        title="Lecture 5",
        before={"date": "2026-03-01"},
        after={"date": "2026-03-03"},
        reason="The room floods on Mondays.",
        is_shown=True,
    )
    course.changes.create(**shown, title="Draft of mine", before=None, after={"x": 1}, is_shown=False)
    course.changes.create(
        **{**shown, "subject": "assumption:late"}, title="What staff assume", before=None, after={"x": 1}, is_shown=True
    )

    html = page(client, "changes", course)

    assert "What staff assume" not in html

    assert "The room floods on Mondays." in html and "Tue 3 Mar 2026" in html
    assert "Draft of mine" not in html and people.ines.name not in html


def test_the_programme_asks_the_database_as_often_for_one_course_as_for_ten(
    client: Client, django_assert_num_queries: Any, people: People
) -> None:
    def add(slug: str) -> None:
        course = make_offering(slug)
        Offering.objects.filter(pk=course.pk).update(visibility=Offering.Visibility.PUBLIC)
        for number in range(3):
            make_assessment(course, f"hw{number}")

    add("first")
    with CaptureQueriesContext(connection) as alone:
        client.get(reverse("programme"))

    for number in range(9):
        add(f"further-{number}")

    with django_assert_num_queries(len(alone)):
        assert "FURTHER-8" in client.get(reverse("programme")).content.decode()
