"""Pages about deadlines: what staff grant and decide, what a student reads and asks."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from coursehub.common.clock import database_now
from coursehub.courses.models import Change, Cohort, Enrollment, Offering, Role, RoleAssignment, RoleCapability
from coursehub.courses.services import enroll
from coursehub.participation.models import Team, TeamSet
from coursehub.publishing.rows import content_of
from coursehub.schedule.queries import changed_at_of
from coursehub.web.pages.editing import said
from grading.assessments.models import Assessment
from grading.deadlines import requests
from grading.deadlines.models import (
    AssessmentLateness,
    Extension,
    ExtensionRequest,
    ExtensionRule,
    LatePolicy,
    SlipDayEntry,
    SlipDayPolicy,
)
from grading.deadlines.queries import dates_for
from tests.factories import make_assessment, make_offering, make_students, make_submission
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines(people: People) -> Client:
    client = Client()
    client.force_login(people.ines)
    return client


@pytest.fixture
def ada(people: People) -> Client:
    client = Client()
    client.force_login(people.ada)
    return client


def text_of(client: Client, url: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(url).content.decode()).split())


def assessment_url(assessment: Assessment) -> str:
    return reverse("assessment", args=[assessment.offering.slug, assessment.slug])


def wall(assessment: Assessment, days: int) -> str:
    """Return so many days after it is due, as a change tells it."""
    local = assessment.due_at.astimezone(assessment.offering.zone) + timedelta(days=days)
    return said(f"{local:%Y-%m-%d %H:%M}")


def grant_form(assessment: Assessment, **typed: str) -> dict[str, object]:
    return {"assessments": [assessment.slug], "people": "ada@example.edu", **typed}


def ask(homework: Assessment, people: People) -> ExtensionRequest:
    return requests.ask(
        homework,
        by=people.ada,
        wanted_due_at=homework.due_at + timedelta(days=2),
        reason="My private reason",
        idempotency_key="one",
    )


def test_staff_grant_to_people_by_address(
    ines: Client, offering: Offering, homework: Assessment, people: People
) -> None:
    url = reverse("extensions", args=[offering.slug])
    sent = {"assessments": [homework.slug], "people": "ada@example.edu\nBEN@example.edu", "days": "2",
            "reason_shown": "A conference", "reason_private": "Between us"}  # fmt: skip

    ines.post(url, sent)

    assert dates_for(people.ben, homework).due_at == homework.due_at + timedelta(days=2)
    assert "Between us" in ines.get(url).content.decode()


def test_an_address_that_nobody_has_is_named_and_nothing_is_granted(
    ines: Client, offering: Offering, homework: Assessment
) -> None:
    sent = {"assessments": [homework.slug], "people": "ada@example.edu nobody@example.edu", "days": "2"}

    content = ines.post(reverse("extensions", args=[offering.slug]), sent).content.decode()

    assert "Nobody in this course has this address: nobody@example.edu." in content
    assert not Extension.objects.exists()


def test_a_date_is_typed_in_the_zone_of_the_course(ines: Client, offering: Offering, people: People) -> None:
    homework = make_assessment(offering, "dated")
    typed = (homework.due_at + timedelta(days=3)).astimezone(offering.zone).replace(second=0, microsecond=0)
    sent = {"assessments": ["dated"], "people": "ada@example.edu", "due_at": f"{typed:%Y-%m-%dT%H:%M}"}

    ines.post(reverse("extensions", args=[offering.slug]), sent)

    assert dates_for(people.ada, homework).due_at == typed


def test_an_extension_is_changed_at_its_version(
    ines: Client, offering: Offering, homework: Assessment, people: People
) -> None:
    person = Enrollment.objects.get(offering=offering, user=people.ada)
    row = Extension.objects.create(assessment=homework, enrollment=person, due_at=homework.due_at + timedelta(days=1))
    url = reverse("extension", args=[row.pk])

    ines.post(url, {"days": "4", "version": "1"})
    second = ines.post(url, {"days": "5", "version": "1"}).content.decode()

    assert "Somebody changed or revoked this extension" in second
    assert dates_for(people.ada, homework).due_at == homework.due_at + timedelta(days=4)


def test_every_change_is_read_on_the_page_with_who_and_before_and_after(
    ines: Client, offering: Offering, homework: Assessment, people: People
) -> None:
    ines.post(reverse("extensions", args=[offering.slug]), grant_form(homework, days="2", reason_private="A hospital."))
    row = Extension.objects.get()
    ines.post(reverse("extension", args=[row.pk]), {"days": "4", "version": "1", "reason_private": "Two hospitals."})
    ines.post(reverse("extension_revoke", args=[row.pk]), {"version": "2"})

    text = text_of(ines, reverse("extension", args=[row.pk]))

    assert text.count("Ines Moreau") >= 3
    due = [wall(homework, days) for days in (2, 4)]
    assert f"from {due[0]} → to {due[1]}" in text
    assert "from A hospital. → to Two hospitals." in text
    assert "A revoked extension" in text
    assert 'name="days"' not in ines.get(reverse("extension", args=[row.pk])).content.decode()


def test_the_audit_lists_what_was_done_to_extensions_and_can_be_narrowed(
    ines: Client, offering: Offering, homework: Assessment, people: People
) -> None:
    url = reverse("gradebook_audit", args=[offering.slug]) + "?show=extensions"
    ines.post(reverse("extensions", args=[offering.slug]), grant_form(homework, days="2"))
    row = Extension.objects.get()
    ines.post(reverse("extension", args=[row.pk]), {"days": "4", "version": "1"})
    ada, ben = (Enrollment.objects.get(offering=offering, user=user) for user in (people.ada, people.ben))

    text = text_of(ines, url)

    assert "Changed an extension" in text
    assert "Granted an extension" in text
    assert f"from {wall(homework, 2)} → to {wall(homework, 4)}" in text
    assert "Changed an extension" in text_of(ines, f"{url}&student={ada.pk}&item={homework.slug}")
    assert "Nothing here yet." in text_of(ines, f"{url}&student={ben.pk}")


def test_what_was_given_to_people_is_no_change_of_the_course(
    ines: Client, offering: Offering, homework: Assessment, people: People
) -> None:
    ines.post(reverse("extensions", args=[offering.slug]), grant_form(homework, days="2", reason_private="A hospital."))

    assert Change.objects.filter(offering=offering, is_shown=False).count() == 1
    assert "hospital" not in text_of(ines, reverse("edit_changes", args=[offering.slug]))
    assert changed_at_of([offering]) == {}


def test_one_button_revokes(ines: Client, offering: Offering, homework: Assessment, people: People) -> None:
    person = Enrollment.objects.get(offering=offering, user=people.ada)
    row = Extension.objects.create(assessment=homework, enrollment=person, due_at=homework.due_at + timedelta(days=1))

    for _ in range(2):
        ines.post(reverse("extension_revoke", args=[row.pk]), {"version": "1"})

    assert dates_for(people.ada, homework).due_at == homework.due_at
    assert "Revoked" in text_of(ines, reverse("extensions", args=[offering.slug]) + "?revoked=1")


@pytest.mark.parametrize("who", ["ada", "tariq", "otto"])
def test_others_see_nothing_of_it(client: Client, homework: Assessment, people: People, who: str) -> None:
    request = ask(homework, people)
    person = Enrollment.objects.get(offering=homework.offering, user=people.ben)
    row = Extension.objects.create(assessment=homework, enrollment=person, due_at=homework.due_at + timedelta(days=1))
    client.force_login(getattr(people, who))
    slug = homework.offering.slug

    pages = [
        client.get(reverse(name, args=[slug])) for name in ("extensions", "extension_requests", "extensions_person")
    ]
    answers = [
        client.get(reverse("extension", args=[row.pk])),
        client.post(reverse("extension_revoke", args=[row.pk]), {"version": "1"}),
        client.post(reverse("extension_decide", args=[request.pk]), {"approve": "1"}),
    ]

    assert {page.status_code for page in pages} <= {403, 404}
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_who_grants_for_one_section_sees_only_that_section(
    client: Client, offering: Offering, homework: Assessment, people: People
) -> None:
    section = Cohort.objects.create(offering=offering, key="a", name="Section A")
    section.members.add(Enrollment.objects.get(offering=offering, user=people.ben))
    role = Role.objects.get(offering=offering, key="ta")
    RoleCapability.objects.create(role=role, capability="grant_extensions")
    RoleAssignment.objects.get(enrollment__user=people.tariq, role=role).cohorts.add(section)
    request = ask(homework, people)
    client.force_login(people.tariq)

    assert "Ada" not in text_of(client, reverse("extension_requests", args=[offering.slug]))
    assert client.post(reverse("extension_decide", args=[request.pk]), {"approve": "1"}).status_code == 404
    sent = {"assessments": [homework.slug], "people": "ada@example.edu", "days": "2"}
    assert "Nobody in this course" in client.post(reverse("extensions", args=[offering.slug]), sent).content.decode()


def test_a_request_is_granted_with_one_button(
    ines: Client, homework: Assessment, people: People, django_capture_on_commit_callbacks: object
) -> None:
    request = ask(homework, people)
    with django_capture_on_commit_callbacks(execute=True):
        ines.post(reverse("extension_decide", args=[request.pk]), {"approve": "1", f"{request.pk}-reply": "Fine."})

    assert dates_for(people.ada, homework).due_at == request.wanted_due_at
    assert [letter.to for letter in mail.outbox] == [["ada@example.edu"]]


def test_a_refusal_without_a_word_comes_back(ines: Client, homework: Assessment, people: People) -> None:
    request = ask(homework, people)

    content = ines.post(reverse("extension_decide", args=[request.pk]), {"deny": "1"}).content.decode()

    assert "Write to the student why" in content
    assert ExtensionRequest.objects.get().status == "open"


def test_a_student_asks_once_and_may_withdraw(ada: Client, homework: Assessment) -> None:
    url = reverse("ask_for_time", args=[homework.offering.slug, homework.slug])
    wanted = (homework.due_at + timedelta(days=1)).astimezone(homework.offering.zone)
    sent = {"wanted_due_at": f"{wanted:%Y-%m-%dT%H:%M}", "reason": "Ill", "idempotency_key": "k"}

    for _ in range(2):
        assert ada.post(url, sent).status_code == 302
    assert "Waiting" in text_of(ada, assessment_url(homework))
    ada.post(reverse("withdraw_request", args=[ExtensionRequest.objects.get().pk]))

    assert "Withdrawn" in text_of(ada, assessment_url(homework))


def test_the_rule_is_said_before_and_grants_at_once(ada: Client, ines: Client, homework: Assessment) -> None:
    slug = homework.offering.slug
    rule = {"is_on": "on", "most_days": "2", "most_requests": "1", "hours_before": "0"}
    ines.post(reverse("edit_extension_rule", args=[slug]), rule)
    url = reverse("ask_for_time", args=[slug, homework.slug])
    wanted = (homework.due_at + timedelta(days=1)).astimezone(homework.offering.zone)

    assert ExtensionRule.objects.get().is_on
    assert "granted at once if it asks for at most 2 days" in text_of(ada, url)
    ada.post(url, {"wanted_due_at": f"{wanted:%Y-%m-%dT%H:%M}", "reason": "Ill", "idempotency_key": "k"})
    assert "By an extension for you: Granted by the course's rule." in text_of(ada, assessment_url(homework)).replace(
        "&#x27;", "'"
    )


@pytest.fixture
def late(offering: Offering) -> Assessment:
    now = database_now()
    teams = TeamSet.objects.create(offering=offering, key="pairs", title="Pairs")
    homework = make_assessment(
        offering,
        "late",
        due_at=now - timedelta(hours=30),
        closes_at=now + timedelta(days=5),
        suite=None,
        team_set=teams,
    )
    policy = LatePolicy.objects.create(
        offering=offering, key="daily", title="Daily", form=LatePolicy.Form.DEDUCT_OF_MAX, rate=Decimal(10)
    )
    AssessmentLateness.objects.create(assessment=homework, policy=policy)
    SlipDayPolicy.objects.create(offering=offering, budget=1)
    return homework


def test_before_handing_in_one_reads_what_it_costs_and_who_pays(ada: Client, late: Assessment, people: People) -> None:
    team = Team.objects.create(team_set=late.team_set, name="One")
    team.members.set(Enrollment.objects.filter(user__in=[people.ada, people.ben], offering=late.offering))

    said = text_of(ada, assessment_url(late))

    assert "Handed in now, it is 2 days late." in said
    assert "1 slip day would be charged; 0 of your 1 slip day would be left." in said
    assert "Full work would earn 9 of 10 points: 1 are taken off." in said
    assert "You hand in with Ben Lindqvist. Each of you pays from your own slip days" in said


def test_in_time_nothing_is_charged(ada: Client, homework: Assessment) -> None:
    assert "it is in time: nothing is charged and nothing is taken off" in text_of(ada, assessment_url(homework))


def test_slip_days_are_placed_until_they_settle(ada: Client, late: Assessment, people: People) -> None:
    make_submission(late, by=people.ada)
    other = make_assessment(
        late.offering, "other", suite=None,
        due_at=late.due_at - timedelta(hours=2), closes_at=late.closes_at,
    )  # fmt: skip
    make_submission(other, by=people.ada)
    url = reverse("slip_days", args=[late.offering.slug])
    assert "0 of 1 slip day left" in text_of(ada, url)

    refused = ada.post(url, {f"days-{late.pk}": "1", f"days-{other.pk}": "1"}).content.decode()
    ada.post(url, {f"days-{late.pk}": "0", f"days-{other.pk}": "1"})

    assert "gave out 2" in refused
    assert dict(SlipDayEntry.objects.values_list("assessment__slug", "days")) == {"late": 0, "other": 1}
    SlipDayPolicy.objects.update(locks_at=database_now())
    assert "Place them otherwise" not in text_of(ada, url)


def test_slip_days_and_time_of_one_person(ines: Client, offering: Offering, people: People, late: Assessment) -> None:
    sent = {"email": "ada@example.edu", "time_factor": "1.5", "kind": "bonus", "days": "2", "note": "Helped others"}

    ines.post(reverse("extensions_person", args=[offering.slug]), sent)

    person = Enrollment.objects.get(offering=offering, user=people.ada)
    assert (person.time_factor, SlipDayEntry.objects.get(enrollment=person).days) == (Decimal("1.5"), 2)


def test_late_work_is_edited_in_words_and_numbers(ines: Client, offering: Offering, homework: Assessment) -> None:
    url = reverse("edit_deadlines", args=[offering.slug])
    page = ines.get(url).context["page"]
    sent = {name: field.value() for name, field in ((row.html_name, row) for row in page.form)}
    sent = {name: value for name, value in sent.items() if value not in (None, [])}
    sent |= {"+:title": "Ten a day", "+:form": "deduct_of_max", "+:rate": "10", "budget": "3",
             "version": str(offering.version), "confirmed": "1", "reason": "New rules"}  # fmt: skip

    ines.post(url, sent)

    file = content_of(Offering.objects.get(pk=offering.pk)).deadlines
    assert [(entry.key, entry.rate) for entry in file.late_policies] == [("ten-a-day", Decimal(10))]
    assert file.slip_days is not None
    assert file.slip_days.budget == 3
    assert "Each late day takes 10 % of the full points." in text_of(ines, url)


def test_lists_ask_as_often_for_fifty_as_for_one(
    ines: Client, offering: Offering, homework: Assessment, people: People, django_assert_max_num_queries: object
) -> None:
    students = Enrollment.objects.filter(user__in=make_students(offering, 50))
    due = homework.due_at + timedelta(days=1)
    Extension.objects.bulk_create(
        Extension(assessment=homework, enrollment=student, due_at=due, granted_by=people.ines) for student in students
    )
    ExtensionRequest.objects.bulk_create(
        ExtensionRequest(
            assessment=homework, enrollment=student, wanted_due_at=due, reason="x", idempotency_key=str(student.pk)
        )
        for student in students
    )

    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert ines.get(reverse("extensions", args=[offering.slug])).status_code == 200
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert ines.get(reverse("extension_requests", args=[offering.slug])).status_code == 200


def test_numbers_of_another_course_are_not_found(client: Client, homework: Assessment, people: People) -> None:
    request = ask(homework, people)
    other = make_offering("vectors-201", with_people=False)
    enroll(other, user=people.otto, role="instructor")
    client.force_login(people.otto)

    assert client.post(reverse("extension_decide", args=[request.pk]), {"approve": "1"}).status_code == 404
    assert client.post(reverse("withdraw_request", args=[request.pk])).status_code == 404
