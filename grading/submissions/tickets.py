"""Tickets: "there is work in lane X", told to the runners by Celery, as well as it goes.

The database is the queue, so a ticket that cannot be sent costs seconds and nothing else (``common.brokers``). Only
this module knows the lane broker.
"""

import logging
from typing import Any

from celery import Celery
from django.conf import settings

from coursehub.common.brokers import Sender

log = logging.getLogger(__name__)

WORK_TASK = "runners.tasks.work"
_lanes = Sender("lane", folder="lanes", address=lambda: str(settings.LANE_BROKER_URL), log=log)
_outage = _lanes.outage


def queue_of(lane: str) -> str:
    """Return the name of the queue whose messages wake the runners of a lane."""
    return f"lane.{lane}"


def send(lane: str, count: int = 1) -> bool:
    """Send tickets, as well as it goes. False: the broker does not take them just now."""
    failing = f"No ticket could be sent to the lane {lane}; the runners will ask by themselves."
    return _lanes.send(WORK_TASK, [lane], queue=queue_of(lane), count=count, failing=failing)


def waiting(lane: str) -> int | None:
    """Return how many tickets wait in a lane's queue, or None where the broker cannot say."""
    count: int | None = None
    if _lanes.is_resting():
        return None
    with _lanes.outage_logged(f"The broker of lane {lane} does not answer."), _lanes.connection() as connection:
        channel: Any = connection.default_channel
        count = int(channel.queue_declare(queue=queue_of(lane), durable=True, auto_delete=False).message_count)
    return count


def is_up() -> bool:
    """Return whether the lane broker answers."""
    try:
        with _lanes.connection():
            return True
    except _lanes.failures():
        return False


def lane_app() -> Celery:
    """Return the Celery application that speaks with the lane broker."""
    return _lanes.app()
