"""Calendars over HTTP, and the page where their addresses are made."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import http_date
from django.utils.timezone import now
from icalendar import Calendar

from coursehub.courses.models import Change, Offering
from coursehub.schedule.models import Event, FeedToken
from coursehub.web.views.feeds import TIMES_A_MINUTE
from grading.assessments.models import Assessment
from tests.people import People
from tests.schedule.calendars import make_event
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def public_offering(offering: Offering) -> Offering:
    """An offering that everybody may read."""
    Offering.objects.filter(pk=offering.pk).update(visibility=Offering.Visibility.PUBLIC)
    make_event(offering, "lecture-1")
    return offering


@pytest.fixture
def ada(sign_in: SignIn, people: People) -> Client:
    return sign_in(people.ada)


def url_of(offering: Offering) -> str:
    return reverse("calendar", args=[offering.slug])


def make_address(client: Client) -> str:
    """Make the address of a calendar and return its path."""
    return urlsplit(client.post(reverse("calendar_settings")).context["page"].address).path


def test_everybody_may_subscribe_to_a_public_course(client: Client, public_offering: Offering) -> None:
    answer = client.get(url_of(public_offering))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert [str(event["SUMMARY"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")] == [
        "TENSORS-101: Lecture 1"
    ]


def test_the_calendar_of_a_course_for_its_people_is_not_there_for_others(
    client: Client, ada: Client, offering: Offering
) -> None:
    assert client.get(url_of(offering)).status_code == 404
    assert ada.get(url_of(offering)).status_code == 200


def test_what_has_not_changed_is_not_sent_again(client: Client, public_offering: Offering) -> None:
    first = client.get(url_of(public_offering))

    again = client.get(url_of(public_offering), headers={"If-None-Match": first.headers["ETag"]})
    by_date = client.get(url_of(public_offering), headers={"If-Modified-Since": first.headers["Last-Modified"]})

    assert again.status_code == by_date.status_code == 304
    assert again.content == by_date.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert not first.headers["ETag"].startswith("W/")


def test_what_has_changed_is_sent_again(client: Client, public_offering: Offering) -> None:
    first = client.get(url_of(public_offering))

    Event.objects.update(title="Lecture 1: more", calendar_sequence=1, updated_at=now() + timedelta(seconds=2))

    again = client.get(url_of(public_offering), headers={"If-None-Match": first.headers["ETag"]})
    by_date = client.get(url_of(public_offering), headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert again.status_code == by_date.status_code == 200
    assert again.headers["ETag"] != first.headers["ETag"]


def test_a_change_that_no_entry_shows_still_moves_the_date_of_the_file(
    client: Client, public_offering: Offering
) -> None:
    before = client.get(url_of(public_offering)).headers["Last-Modified"]
    at = now() + timedelta(hours=1)

    Change.objects.create(offering=public_offering, batch="0" * 32, subject="event:x", title="Gone", made_at=at)

    assert client.get(url_of(public_offering)).headers["Last-Modified"] == http_date(at.timestamp()) != before


def test_my_calendar_needs_only_its_secret_address(client: Client, ada: Client, homework: Assessment) -> None:
    path = make_address(ada)

    answer = client.get(path)

    assert answer.status_code == 200
    assert "Homework 1 is due" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert FeedToken.objects.get().last_used_at is not None


def test_the_secret_is_kept_as_a_hash_and_shown_once(ada: Client) -> None:
    made = ada.post(reverse("calendar_settings"))
    secret = made.context["page"].address.rpartition("/")[2].removesuffix(".ics")

    assert secret in made.content.decode()
    assert made.headers["Cache-Control"] == "no-store"
    assert secret not in ada.get(reverse("calendar_settings")).content.decode()
    assert secret not in str(list(FeedToken.objects.values()))
    assert len(secret) * 6 >= 128


def test_an_unknown_address_and_a_revoked_one_are_404(client: Client, ada: Client) -> None:
    path = make_address(ada)

    said = ada.post(reverse("calendar_settings"), {"revoke": "1"}, follow=True)

    assert "no longer works" in said.content.decode()
    assert client.get(path).status_code == 404
    assert client.get("/feeds/unknown.ics").status_code == 404


def test_a_new_address_ends_the_old_one(client: Client, ada: Client) -> None:
    old, new = make_address(ada), make_address(ada)

    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


def test_the_address_of_somebody_who_left_is_404(client: Client, ada: Client, people: People) -> None:
    path = make_address(ada)
    people.ada.is_active = False
    people.ada.save()

    assert client.get(path).status_code == 404


def test_nobody_reads_my_calendar_in_a_loop(client: Client, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path, at = make_address(ada), now()
    monkeypatch.setattr("coursehub.web.views.feeds.now", lambda: at)

    answers = [client.get(path).status_code for _ in range(TIMES_A_MINUTE)]
    refused = client.get(path)

    assert set(answers) == {200}
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"


def test_the_page_says_how_to_subscribe_and_how_slow_calendars_are(ada: Client, public_offering: Offering) -> None:
    html = ada.get(reverse("calendar_settings")).content.decode()

    assert f"http://testserver{url_of(public_offering)}" in html
    assert "Your calendar has no address." in html
    assert "8 to 24 hours" in html


def test_nobody_makes_an_address_without_signing_in(client: Client) -> None:
    assert client.post(reverse("calendar_settings")).status_code == 302
    assert not FeedToken.objects.exists()
