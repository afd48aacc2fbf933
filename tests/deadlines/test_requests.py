"""A student asks for more time; staff or the rule decide, once."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from coursehub.accounts.models import User
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Offering
from grading.assessments.models import Assessment
from grading.deadlines import requests
from grading.deadlines.errors import KeyReused, NoMoreTime, ReasonMissing, RequestDecided, RequestOpen
from grading.deadlines.models import ExtensionRequest, ExtensionRule
from grading.deadlines.queries import dates_for
from grading.deadlines.rule import Asked, grants, in_words
from tests.factories import make_assessment
from tests.people import People

pytestmark = pytest.mark.django_db
Status = ExtensionRequest.Status


def ask(assessment: Assessment, by: User, *, days: int = 2, key: str = "", reason: str = "Ill") -> ExtensionRequest:
    wanted = assessment.due_at + timedelta(days=days)
    return requests.ask(assessment, by=by, wanted_due_at=wanted, reason=reason, idempotency_key=key or uuid.uuid4().hex)


def test_a_request_waits_and_moves_nothing(homework: Assessment, people: People) -> None:
    request = ask(homework, people.ada)

    assert request.status == Status.OPEN
    assert dates_for(people.ada, homework).due_at == homework.due_at


def test_the_same_key_is_the_same_request(homework: Assessment, people: People) -> None:
    assert ask(homework, people.ada, key="k") == ask(homework, people.ada, key="k")
    with pytest.raises(KeyReused):
        ask(homework, people.ada, key="k", days=3)


def test_one_request_waits_for_each_assessment(offering: Offering, homework: Assessment, people: People) -> None:
    ask(homework, people.ada)
    ask(make_assessment(offering, "hw2"), people.ada)

    with pytest.raises(RequestOpen):
        ask(homework, people.ada)


def test_who_withdraws_may_ask_again(homework: Assessment, people: People) -> None:
    first = ask(homework, people.ada)
    with pytest.raises(NotAllowed):
        requests.withdraw(first, by=people.ben)
    requests.withdraw(first, by=people.ada)

    assert ask(homework, people.ada).status == Status.OPEN
    with pytest.raises(RequestDecided):
        requests.approve(first, by=people.ines)


def test_a_request_needs_a_reason_and_a_later_date(homework: Assessment, people: People) -> None:
    with pytest.raises(ReasonMissing):
        ask(homework, people.ada, reason="  ")
    with pytest.raises(NoMoreTime):
        ask(homework, people.ada, days=0)


def test_staff_may_grant_another_date(homework: Assessment, people: People) -> None:
    request = ask(homework, people.ada, days=5)
    until = homework.due_at + timedelta(days=1)

    requests.approve(request, by=people.ines, due_at=until, reply="One day")

    request.refresh_from_db()
    assert (request.status, request.extension.due_at) == (Status.APPROVED, until)
    assert dates_for(people.ada, homework).due_at == until


def test_a_request_is_decided_once(homework: Assessment, people: People) -> None:
    request = ask(homework, people.ada)
    requests.approve(request, by=people.ines)

    with pytest.raises(RequestDecided):
        requests.deny(request, by=people.ines, reply="No")


def test_nobody_is_refused_without_a_word(homework: Assessment, people: People) -> None:
    with pytest.raises(ReasonMissing):
        requests.deny(ask(homework, people.ada), by=people.ines, reply="")


@pytest.mark.parametrize("person", ["tariq", "ada", "otto"])
def test_only_who_has_the_right_decides(homework: Assessment, people: People, person: str) -> None:
    with pytest.raises(NotAllowed):
        requests.approve(ask(homework, people.ada), by=getattr(people, person))


def test_the_rule_grants_so_often_and_so_much(offering: Offering, people: People) -> None:
    ExtensionRule.objects.create(offering=offering, is_on=True, most_days=2, most_requests=1)
    first, second, third = (make_assessment(offering, slug) for slug in ("one", "two", "three"))

    found = [ask(first, people.ada, days=3).status, ask(second, people.ada).status, ask(third, people.ada).status]

    assert found == [Status.OPEN, Status.AUTOMATIC, Status.OPEN]
    assert dates_for(people.ada, second).due_at == second.due_at + timedelta(days=2)


def test_one_letter_says_what_was_decided(
    homework: Assessment, people: People, django_capture_on_commit_callbacks: object
) -> None:
    request = ask(homework, people.ada, reason="A secret illness")
    with django_capture_on_commit_callbacks(execute=True):
        requests.approve(request, by=people.ines, reply="Get well soon.")

    letter = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert letter.to == ["ada@example.edu"]
    assert "is granted" in letter.subject
    assert "Get well soon." in letter.body
    assert "secret" not in letter.body


def test_the_rule_says_beforehand_what_it_grants() -> None:
    rule = ExtensionRule(is_on=True, most_days=2, most_requests=3, hours_before=24)

    assert in_words(rule, granted_before=1) == (
        "A request is granted at once if it asks for at most 2 days beyond everybody's deadline and is made at least "
        "24 hours before it is due, 3 times in this course; you have 2 of them left. The staff reads every other "
        "request."
    )
    assert in_words(None) == "The staff reads every request and answers by e-mail."


@given(hours=st.integers(-100, 100), days=st.integers(0, 6), before=st.integers(0, 4))
def test_less_time_asked_for_earlier_and_less_often_is_never_worse(hours: int, days: int, before: int) -> None:
    rule = ExtensionRule(is_on=True, most_days=2, most_requests=2, hours_before=24)
    due = datetime.fromisoformat("2026-03-10T03:59:00+00:00")
    zone = Offering(timezone="America/New_York").zone

    def is_granted(hours: int, days: int, before: int) -> bool:
        at = due + timedelta(hours=hours)
        return grants(
            rule, Asked(due_at=due, wanted_at=due + timedelta(days=days), at=at, granted_before=before), zone=zone
        )

    if is_granted(hours, days, before):
        assert is_granted(hours - 1, max(0, days - 1), max(0, before - 1))
