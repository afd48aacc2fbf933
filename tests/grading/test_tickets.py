"""Tickets, the pump and the reaper: helpful, and never needed."""

import logging
import socket
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest

from coursehub.celery import site_settings
from coursehub.common.brokers import transport_settings
from coursehub.common.clock import database_now
from grading.assessments.models import Assessment
from grading.submissions import pump, tickets
from grading.submissions.models import GradingJob, JobState, Runner
from grading.submissions.tasks import pump as pump_task
from grading.submissions.tasks import reap as reap_task
from tests.conftest import REDIS_URL
from tests.factories import claim, make_assessment, make_offering, make_runner, make_submission, newest_job_of
from tests.people import People, everybody


@pytest.fixture(params=["filesystem", pytest.param("redis", marks=pytest.mark.redis)])
def broker(request: pytest.FixtureRequest, settings: object) -> Iterator[str]:
    settings.LANE_BROKER_URL = "filesystem://" if request.param == "filesystem" else REDIS_URL
    lane = f"test-{uuid.uuid4().hex}"
    yield lane
    with tickets.lane_app().connection_for_write() as connection:
        connection.default_channel.queue_purge(tickets.queue_of(lane))


def test_a_ticket_waits_until_somebody_takes_it(broker: str) -> None:
    assert tickets.waiting(broker) == 0

    assert tickets.send(broker, 3)

    assert tickets.waiting(broker) == 3
    assert tickets.is_up()
    with tickets.lane_app().connection_for_read() as connection:
        message = connection.SimpleQueue(tickets.queue_of(broker)).get(timeout=30)
        assert message.headers["task"] == "runners.tasks.work"
        assert message.decode()[0] == [broker]
        message.ack()


def test_a_dead_broker_costs_a_moment_and_one_line_in_the_log(
    settings: object, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LANE_BROKER_URL = f"redis://127.0.0.1:{free_port}/0"
    tickets._outage.ends()

    started = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="grading.submissions.tickets"):
        assert not tickets.send("cpu")
        assert not tickets.send("cpu")
        assert tickets.waiting("cpu") is None

    assert time.monotonic() - started < 10
    assert not tickets.is_up()
    assert len(caplog.records) == 1
    tickets._outage.ends()


@pytest.mark.django_db(transaction=True)
def test_a_submission_is_received_though_the_broker_is_dead(settings: object, free_port: int) -> None:
    settings.LANE_BROKER_URL = f"redis://127.0.0.1:{free_port}/0"
    homework = make_assessment(make_offering())
    started = time.monotonic()

    submission = make_submission(homework, by=everybody().ada)

    assert newest_job_of(submission).state == JobState.QUEUED
    assert time.monotonic() - started < 10
    tickets._outage.ends()


@pytest.mark.django_db(transaction=True)
def test_a_ticket_is_sent_after_the_commit(settings: object) -> None:
    settings.LANE_BROKER_URL = "filesystem://"

    make_submission(make_assessment(make_offering()), by=everybody().ada)

    assert tickets.waiting("cpu") == 1


@pytest.mark.django_db
def test_the_pump_sends_what_is_missing_and_no_more(homework: Assessment, people: People, settings: object) -> None:
    settings.LANE_BROKER_URL = "filesystem://"
    make_runner(slots=2)
    for _ in range(3):
        make_submission(homework, by=people.ada)

    assert pump.pump() == {"cpu": 3}
    assert pump.pump() == {}
    assert tickets.waiting("cpu") == 3


@pytest.mark.django_db
def test_the_pump_sends_at_most_two_more_than_there_are_free_slots(
    homework: Assessment, people: People, settings: object
) -> None:
    settings.LANE_BROKER_URL = "filesystem://"
    Assessment.objects.update(tries=None)
    homework.refresh_from_db()
    runner, _ = make_runner(slots=2)
    for _ in range(8):
        make_submission(homework, by=people.ada)
    claim(runner, homework.suite)

    assert pump.pump() == {"cpu": 3}


@pytest.mark.django_db
def test_the_pump_says_nothing_where_nothing_waits(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)
    GradingJob.objects.filter(submission=submission).update(not_before=database_now() + timedelta(minutes=1))

    assert pump.pump() == {}


@pytest.mark.django_db
def test_the_tasks_do_their_work_and_leave_a_sign_of_life(homework: Assessment, people: People) -> None:
    submission = make_submission(homework, by=people.ada)
    runner, _ = make_runner()
    claim(runner, homework.suite)
    GradingJob.objects.update(lease_until=database_now() - timedelta(seconds=1))

    reap_task()
    pump_task()

    assert newest_job_of(submission).state == JobState.QUEUED
    assert database_now() - pump.beaten_at() < timedelta(seconds=60)
    assert Runner.objects.get().drained_at is None


def test_the_sites_own_broker_is_another_one_than_the_lanes(settings: object) -> None:
    settings.SITE_BROKER_URL = settings.LANE_BROKER_URL = "filesystem://"

    site = site_settings()["broker_transport_options"]
    lanes = transport_settings("filesystem://", "lanes")["broker_transport_options"]

    assert site["data_folder_in"] != lanes["data_folder_in"]
    assert site_settings()["accept_content"] == ["json"]
    assert not site_settings()["task_acks_late"]


def test_a_broker_that_accepts_and_never_answers_costs_a_moment(settings: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.LANE_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        started = time.monotonic()

        assert not any(tickets.send("cpu") for _ in range(20))

        assert time.monotonic() - started < 15  # waiting for each of the twenty would take longer
    tickets._outage.ends()
