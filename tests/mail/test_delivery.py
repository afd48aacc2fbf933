"""Letters leave by the site's worker: after the commit, once, again after a failure, and never lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from coursehub.celery import app as site_app
from coursehub.common.clock import database_now
from coursehub.courses.errors import NotAllowed
from coursehub.courses.invitations import AGAIN_AFTER, Links, invitations_of, invite
from coursehub.courses.models import Enrollment, Offering
from coursehub.mail import delivery, outbox
from coursehub.mail.models import Letter
from coursehub.mail.tasks import deliver
from tests.factories import make_students
from tests.mail.smtp import MailServer, mail_server
from tests.people import People

pytestmark = pytest.mark.django_db
State = Letter.State
LINKS = Links(
    root="https://hub.example.edu",
    another="https://hub.example.edu/accounts/password/reset/",
    course="https://hub.example.edu/courses/tensors-101/",
)


@pytest.fixture
def server(settings: object) -> Iterator[MailServer]:
    """A mail server that works, and the site sending to it."""
    with mail_server() as running:
        use_server(settings, running.port)
        yield running


def use_server(settings: object, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 3


def invited(offering: Offering, people: People, count: int = 3, **more: str) -> list[Enrollment]:
    """Invite that many new students of the offering; returns their places in it."""
    users = make_students(offering, count)
    places = list(Enrollment.objects.filter(offering=offering, user__in=users).select_related("user").order_by("pk"))
    assert invite(offering, places, by=people.ines, links=LINKS, **more) == count
    return places


def states() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("state", flat=True))


def due_now() -> None:
    """Let the pause of everything that waits be over."""
    Letter.objects.filter(state=State.WAITING).update(not_before=database_now())


def addresses(places: list[Enrollment]) -> list[str]:
    return sorted(place.user.email for place in places)


def test_everybody_gets_one_letter_over_one_connection_and_a_repeat_of_the_task_sends_nothing(
    offering: Offering, people: People, server: MailServer
) -> None:
    places = invited(offering, people, 5)

    deliver()
    deliver()

    assert server.addresses == addresses(places)
    assert server.connections == 1
    assert states() == [State.SENT] * 5


def test_nothing_leaves_before_the_worker_runs_or_where_the_change_is_taken_back(
    offering: Offering, people: People
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        invited(offering, people)
        raise RuntimeError
    deliver()
    assert mail.outbox == []

    invited(offering, people)
    assert mail.outbox == []
    deliver()
    assert len(mail.outbox) == 3


def test_an_address_that_is_refused_ends_its_own_letter_only(
    offering: Offering, people: People, server: MailServer
) -> None:
    places = invited(offering, people, 4)
    refused = places[1]
    server.answers[refused.user.email] = "550 5.1.1 No such user"

    deliver()
    deliver()

    assert server.addresses == addresses([place for place in places if place != refused])
    progress = invitations_of(offering)
    assert (progress.total, progress.sent, progress.waiting, progress.undelivered) == (4, 3, 0, 1)
    [told] = progress.examples
    assert (told.address, told.problem) == (refused.user.email, "550 5.1.1 No such user")
    refused.refresh_from_db()
    assert refused.invited_at is None, "they can be invited again"


def test_an_address_that_is_refused_for_now_is_tried_again(
    offering: Offering, people: People, server: MailServer
) -> None:
    places = invited(offering, people, 2)
    server.answers[places[0].user.email] = "450 4.2.0 Greylisted"
    deliver()
    assert states() == [State.WAITING, State.SENT]

    server.answers.clear()
    deliver()
    assert states() == [State.WAITING, State.SENT], "the pause is not over"
    due_now()
    deliver()

    assert server.addresses == addresses(places)


def test_a_dead_mail_server_loses_nothing_and_costs_one_try_a_time(
    offering: Offering, people: People, settings: object, free_port: int
) -> None:
    use_server(settings, free_port)
    places = invited(offering, people, 3)

    for _ in range(2):
        deliver()

    assert states() == [State.WAITING] * 3
    assert sorted(Letter.objects.values_list("tries", flat=True)) == [0, 0, 1]
    assert not Letter.objects.filter(not_before__lte=database_now()).exists(), "all of them wait for the server"
    assert "refused" in invitations_of(offering).problem
    with mail_server() as server:
        use_server(settings, server.port)
        due_now()
        deliver()
        assert server.addresses == addresses(places)
    assert invitations_of(offering).problem == ""


def test_the_pauses_grow_and_end_after_three_days(
    offering: Offering, people: People, settings: object, free_port: int
) -> None:
    use_server(settings, free_port)
    [place] = invited(offering, people, 1)
    pauses = []
    for _ in range(5):
        due_now()
        before = database_now()
        deliver()
        pauses.append(round((Letter.objects.get().not_before - before) / timedelta(minutes=1)))
    assert pauses == [1, 5, 15, 60, 60]

    Letter.objects.update(queued_at=database_now() - timedelta(days=3))
    due_now()
    deliver()

    assert states() == [State.UNDELIVERED]
    place.refresh_from_db()
    assert place.invited_at is None


def test_a_letter_whose_worker_died_is_sent_by_the_next_one_under_the_same_name(
    offering: Offering, people: People, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(offering, people, 1)
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(delivery, "_end", lambda *_args, **_more: exit(9))
        deliver()
    assert states() == [State.SENDING]
    deliver()
    assert len(server.taken) == 1, "its lease has not run out"

    Letter.objects.update(lease_until=database_now() - timedelta(seconds=1))
    deliver()
    due_now()
    deliver()

    assert states() == [State.SENT]
    first, second = (message["Message-ID"] for message in server.taken)
    assert first == second


def test_a_run_that_lost_its_letter_changes_nothing_when_it_wakes(
    offering: Offering, people: People, server: MailServer
) -> None:
    invited(offering, people, 1)
    held = delivery._claimed()
    Letter.objects.update(lease_until=database_now() - timedelta(seconds=1))
    deliver()
    due_now()

    delivery._end(held, State.UNDELIVERED)

    assert states() == [State.WAITING]


def test_a_letter_that_cannot_be_written_stops_no_other(offering: Offering, people: People, server: MailServer) -> None:
    places = invited(offering, people, 2)
    broken = Letter.objects.order_by("pk").first()
    Letter.objects.filter(pk=broken.pk).update(data={})
    with pytest.raises(KeyError):
        deliver()
    Letter.objects.filter(state=State.SENDING).update(lease_until=database_now() - timedelta(seconds=1))

    deliver()

    assert server.addresses == [places[1].user.email]
    assert states() == [State.WAITING, State.SENT]


def test_an_address_that_is_none_is_given_up(offering: Offering, people: People, server: MailServer) -> None:
    places = invited(offering, people, 2)
    places[0].user.email = "eve@example.edu\nBcc: all@example.edu"
    places[0].user.save()

    deliver()

    assert states() == [State.UNDELIVERED, State.SENT]
    assert server.addresses == [places[1].user.email]


def test_who_left_meanwhile_is_not_written_to(offering: Offering, people: People, server: MailServer) -> None:
    places = invited(offering, people, 2)
    Enrollment.objects.filter(pk=places[0].pk).update(status=Enrollment.Status.DROPPED)

    deliver()

    assert server.addresses == [places[1].user.email]
    assert states() == [State.WITHDRAWN, State.SENT]
    assert invitations_of(offering).total == 1


def test_nobody_is_written_to_twice_about_one_event_or_within_a_minute(offering: Offering, people: People) -> None:
    places = invited(offering, people, 2, event="import:7")

    assert invite(offering, places, by=people.ines, links=LINKS) == 0
    Enrollment.objects.update(invited_at=database_now() - 2 * AGAIN_AFTER)
    assert invite(offering, places, by=people.ines, links=LINKS, event="import:7") == 0
    Enrollment.objects.update(invited_at=database_now() - 2 * AGAIN_AFTER)
    assert invite(offering, places, by=people.ines, links=LINKS) == 2


def test_who_does_not_manage_people_invites_nobody(offering: Offering, people: People) -> None:
    with pytest.raises(NotAllowed):
        invite(offering, [], by=people.tariq, links=LINKS)


def test_no_row_holds_the_link_to_a_password(offering: Offering, people: People, server: MailServer) -> None:
    [place] = invited(offering, people, 1)
    place.user.set_unusable_password()
    place.user.save()
    [data] = Letter.objects.values_list("data", flat=True)

    deliver()

    assert "reset/key" not in str(data)
    assert "https://hub.example.edu/accounts/password/reset/key/" in server.taken[0].get_payload()


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_told_after_the_commit_by_a_message_that_it_knows(
    offering: Offering, people: People, settings: object
) -> None:
    settings.SITE_BROKER_URL = "filesystem://"
    with transaction.atomic():
        invited(offering, people)
        assert waiting_messages() == []

    assert waiting_messages() == [outbox.DELIVER_TASK]
    assert outbox.DELIVER_TASK in site_app.tasks
    assert site_app.conf.beat_schedule["mail"]["task"] == outbox.DELIVER_TASK


def waiting_messages() -> list[str]:
    """Take what waits in the site's queue; returns the names of the tasks."""
    found = []
    with outbox._site.app().connection_for_read() as connection:
        queue = connection.SimpleQueue(outbox.QUEUE)
        while len(queue):
            message = queue.get(timeout=2)
            found.append(message.headers["task"])
            message.ack()
    return found


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_keeps_nobody_from_inviting_and_the_clock_sends(
    offering: Offering, people: People, settings: object, free_port: int, server: MailServer
) -> None:
    settings.SITE_BROKER_URL = f"redis://127.0.0.1:{free_port}/0"
    places = invited(offering, people)
    outbox._site.outage.ends()

    site_app.tasks[outbox.DELIVER_TASK]()

    assert server.addresses == addresses(places)


def test_the_state_of_300_letters_takes_three_queries(
    offering: Offering, people: People, django_assert_num_queries: object
) -> None:
    invited(offering, people, 300)

    with django_assert_num_queries(3):  # type: ignore[operator]
        assert invitations_of(offering).waiting == 300
