"""What courses say of themselves, by the API: who reads what, and who writes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from coursehub.courses.models import Announcement, Audience, Change, Offering, Page, StaffMember, SyllabusBlock
from coursehub.schedule.models import Event
from grading.assessments.models import AnchoredDate
from tests.api.test_v1 import api
from tests.factories import make_assessment
from tests.people import People
from tests.schedule.calendars import make_event

pytestmark = pytest.mark.django_db
URL = "/api/v1/offerings/tensors-101/"


@pytest.fixture
def course(offering: Offering) -> Offering:
    """A public offering with something of each sort."""
    Offering.objects.filter(pk=offering.pk).update(visibility=Offering.Visibility.PUBLIC)
    make_event(offering, "lecture-1")
    SyllabusBlock.objects.create(offering=offering, key="overview", heading="Overview", body_md="All of it")
    for audience in Audience:
        Page.objects.create(offering=offering, slug=audience.value, title=audience.label, audience=audience)
    StaffMember.objects.create(offering=offering, key="grace", name="Grace", position="ta", email="grace@example.edu")
    return offering


def keys(client: Client, place: str) -> list[str]:
    """Return the keys of what a list holds."""
    return [row["key"] for row in client.get(URL + place).json()["results"]]


def put(client: Client, place: str, entry: Any, *, version: int | None = 1, **query: str) -> Any:
    """Write an entry; the answer."""
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return client.put(URL + place, entry, content_type="application/json", headers=headers, query_params=query)


def test_a_visitor_without_a_token_reads_a_public_course(client: Client, course: Offering) -> None:
    facts = client.get(URL).json()

    assert facts["course"] == {"code": "TENSORS-101", "title": "Tensors"}
    assert facts["version"] == course.version
    assert "staff" not in facts
    assert keys(client, "events/") == ["lecture-1"]
    assert keys(client, "blocks/") == ["overview"]
    assert client.get(URL + "events/lecture-1/").json()["start"] == "19:15"
    assert client.get(URL + "grading/").json()["nodes"] == []


def test_nobody_reads_a_course_that_is_not_for_them(client: Client, people: People, offering: Offering) -> None:
    for place in ("", "events/", "grading/", "content/", "events/lecture-1/"):
        assert client.get(URL + place).status_code == 404
        assert api(people.otto).get(URL + place).status_code == 404


def test_each_audience_reads_its_own_pages(client: Client, people: People, course: Offering) -> None:
    assert keys(client, "pages/") == ["public"]
    assert set(keys(api(people.ada), "pages/")) == {"public", "enrolled"}
    assert set(keys(api(people.tariq), "pages/")) == {"public", "enrolled", "staff"}
    assert client.get(URL + "pages/staff/").status_code == 404


def test_an_announcement_to_come_is_read_by_staff_only(people: People, course: Offering) -> None:
    Announcement.objects.create(offering=course, key="soon", title="Soon", publish_at=now() + timedelta(days=1))

    assert keys(api(people.ada), "announcements/") == []
    assert keys(api(people.ines), "announcements/") == ["soon"]


def test_the_instructions_of_work_to_come_are_not_read(client: Client, people: People, course: Offering) -> None:
    make_assessment(course, release_at=now() + timedelta(days=1), instructions_md="Hidden")
    make_assessment(course, "plan", is_listed=False)

    assert keys(client, "planned/") == ["hw1"]
    assert client.get(URL + "planned/hw1/").json()["body_md"] == ""
    assert api(people.ines).get(URL + "planned/hw1/").json()["body_md"] == "Hidden"


def test_an_address_that_pages_spell_out_is_kept_from_programs(
    client: Client, people: People, course: Offering
) -> None:
    assert client.get(URL + "staff/").json()["results"][0]["email"] == ""
    assert api(people.ines).get(URL + "staff/").json()["results"][0]["email"] == "grace@example.edu"


def test_assumptions_and_the_whole_content_are_for_who_edits(people: People, course: Offering) -> None:
    course.assumptions.create(key="weights", about="grade_node:hw", question="How much?")

    assert keys(api(people.ada), "assumptions/") == []
    assert keys(api(people.ines), "assumptions/") == ["weights"]
    assert api(people.ada).get(URL + "content/").status_code == 403
    assert api(people.ines).get(URL + "content/").json()["offering"]["slug"] == course.slug


def test_an_instructor_changes_an_event_and_students_get_the_reason(people: People, course: Offering) -> None:
    ines = api(people.ines, "read", "edit")
    entry = ines.get(URL + "events/lecture-1/")

    answer = ines.put(
        URL + "events/lecture-1/",
        {**entry.json(), "date": "2026-03-05"},
        content_type="application/json",
        headers={"If-Match": entry.headers["ETag"]},
        query_params={"reason": "The room is taken."},
    )

    assert answer.status_code == 200, answer.json()
    assert answer.json()["version"] == 2
    assert answer.headers["ETag"] == '"2"'
    assert [made["subject"] for made in answer.json()["changes"]] == ["event:lecture-1"]
    change = Change.objects.get()
    assert (change.reason, change.source, change.made_by) == ("The room is taken.", "api", people.ines)
    event = Event.objects.get()
    assert event.date.isoformat() == "2026-03-05"
    assert event.calendar_sequence == 1


def test_a_dry_run_says_what_would_follow_and_writes_nothing(people: People, course: Offering) -> None:
    homework = make_assessment(course, closes_at=None)
    AnchoredDate.objects.create(assessment=homework, which="due", event=Event.objects.get())
    ines = api(people.ines, "read", "edit")
    entry = ines.get(URL + "events/lecture-1/").json()

    answer = put(ines, "events/lecture-1/", {**entry, "date": "2026-03-05"}, dry_run="true").json()

    assert [effect["assessment"] for effect in answer["dates"]] == ["hw1"]
    assert answer["version"] == 1
    assert not Change.objects.exists()
    assert Event.objects.get().date.isoformat() == "2026-03-04"


def test_without_a_reason_a_published_course_does_not_change(people: People, course: Offering) -> None:
    answer = put(api(people.ines, "edit"), "blocks/overview/", {"heading": "Outline"})

    assert answer.status_code == 422
    assert "why it changes" in answer.json()["detail"]


def test_who_has_read_an_older_version_is_told(people: People, course: Offering) -> None:
    ines = api(people.ines, "edit")
    assert put(ines, "blocks/overview/", {"heading": "Outline"}, reason="Clearer").status_code == 200

    answer = put(ines, "blocks/overview/", {"heading": "Summary"}, reason="Clearer")

    assert answer.status_code == 412
    assert SyllabusBlock.objects.get().heading == "Outline"


def test_a_change_that_names_no_version_is_not_made(people: People, course: Offering) -> None:
    assert put(api(people.ines, "edit"), "blocks/overview/", {"heading": "X"}, version=None).status_code == 428


def test_an_entry_is_added_and_taken_out_again(people: People, course: Offering) -> None:
    ines = api(people.ines, "read", "edit")

    added = put(ines, "announcements/welcome/", {"title": "Welcome", "body_md": "Hello"}, reason="News")
    removed = ines.delete(
        URL + "announcements/welcome/", headers={"If-Match": '"2"'}, query_params={"reason": "Too early"}
    )

    assert (added.status_code, removed.status_code) == (200, 200)
    assert added.json()["changes"][0]["before"] is None
    assert removed.json()["changes"][0]["after"] is None
    assert not Announcement.objects.exists()


def test_taking_out_what_is_not_there_is_404(people: People, course: Offering) -> None:
    ines = api(people.ines, "edit")

    assert ines.delete(URL + "blocks/nothing/", headers={"If-Match": '"1"'}).status_code == 404


def test_what_cannot_be_right_is_refused_field_by_field(people: People, course: Offering) -> None:
    ines = api(people.ines, "edit")

    misspelt = put(ines, "events/lecture-1/", {"title": "One", "dat": "2026-03-05"})
    pointing = put(ines, "events/lecture-1/", {"title": "One", "series": "nothing"}, reason="Why not")
    renamed = put(ines, "events/lecture-1/", {"key": "other", "title": "One"})
    not_fields = put(ines, "events/lecture-1/", [1])

    assert (misspelt.status_code, misspelt.json()["errors"][0]["path"]) == (400, ["dat"])
    assert pointing.status_code == 422
    assert "nothing" in pointing.json()["errors"][0]["sentence"]
    assert (renamed.status_code, not_fields.status_code) == (400, 400)


@pytest.mark.parametrize("key", ["ada", "tariq"])
def test_who_does_not_edit_the_course_does_not_write_it(key: str, people: People, course: Offering) -> None:
    answer = put(api(getattr(people, key), "edit"), "blocks/overview/", {"heading": "Mine"}, reason="Because")

    assert answer.status_code == 403
    assert SyllabusBlock.objects.get().heading == "Overview"


def test_a_token_without_the_scope_and_a_visitor_do_not_write(client: Client, people: People, course: Offering) -> None:
    assert put(api(people.ines, "read", "submit"), "blocks/overview/", {"heading": "X"}).status_code == 403
    assert put(client, "blocks/overview/", {"heading": "X"}).status_code == 401


def test_a_whole_course_is_read_and_written_at_once(people: People, course: Offering) -> None:
    ines = api(people.ines, "read", "edit")
    content = ines.get(URL + "content/").json()

    same = put(ines, "content/", content)
    content["blocks"]["overview"]["heading"] = "Outline"
    other = put(ines, "content/", content, reason="Clearer")
    content["offering"]["slug"] = "another"
    stolen = put(ines, "content/", content, version=2, reason="Clearer")

    assert same.json()["changes"] == []
    assert other.json()["version"] == 2
    assert stolen.status_code == 400


def test_the_schema_describes_the_entries(client: Client) -> None:
    schema = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()

    assert set(schema["paths"]["/api/v1/offerings/{offering}/events/{key}/"]) == {"get", "put", "delete"}
    assert "speakers" in schema["components"]["schemas"]["EventEntry"]["properties"]
