"""Tickets: "there is work in lane X", told to the runners by Celery, as well as it goes.

The database is the queue, so a ticket that cannot be sent costs seconds and nothing else: sending takes at most a
moment, is not tried again, and an outage is logged once. While it lasts, only one try every few seconds is made, so
that nobody who hands in waits for a broker that does not answer. Only this module knows the lane broker.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Connection
from kombu.exceptions import KombuError

log = logging.getLogger(__name__)

WORK_TASK = "runners.tasks.work"
TIMEOUT_SECONDS = 1
PAUSE_SECONDS = 5.0


class _Outage:
    """Whether the broker failed last time, and until when nobody asks it again."""

    def __init__(self) -> None:
        self.is_on = False
        self.until = 0.0
        self.lock = threading.Lock()

    def begins(self) -> bool:
        """Note a failure; returns whether it is the first."""
        with self.lock:
            is_first, self.is_on = not self.is_on, True
            self.until = time.monotonic() + PAUSE_SECONDS
            return is_first

    def ends(self) -> bool:
        """Note a success; returns whether there had been a failure."""
        with self.lock:
            was_on, self.is_on, self.until = self.is_on, False, 0.0
            return was_on


_outage = _Outage()


def queue_of(lane: str) -> str:
    """Return the name of the queue whose messages wake the runners of a lane."""
    return f"lane.{lane}"


def send(lane: str, count: int = 1) -> bool:
    """Send tickets, as well as it goes. False: the broker does not take them just now."""
    if time.monotonic() < _outage.until:
        return False
    with _outage_logged("No ticket could be sent to the lane %s; the runners will ask by themselves.", lane) as well:
        app = lane_app()
        with app.connection_for_write() as connection:
            _connect(connection)
            for _ in range(count):
                app.send_task(
                    WORK_TASK, args=[lane], queue=queue_of(lane), connection=connection, ignore_result=True, retry=False
                )
        well.set()
    return well.is_set()


def waiting(lane: str) -> int | None:
    """Return how many tickets wait in a lane's queue, or None where the broker cannot say."""
    count: int | None = None
    if time.monotonic() < _outage.until:
        return None
    with _outage_logged("The broker of lane %s does not answer.", lane), _connection() as connection:
        channel: Any = connection.default_channel
        count = int(channel.queue_declare(queue=queue_of(lane), durable=True, auto_delete=False).message_count)
    return count


def is_up() -> bool:
    """Return whether the lane broker answers."""
    try:
        with _connection():
            return True
    except _failures():
        return False


def transport_settings(url: str, folder: str, *, socket_seconds: float = 5.0) -> dict[str, Any]:
    """Return Celery's settings for one of the two brokers: Redis by its address, or a folder below ``BROKER_DIR``."""
    if url.startswith("filesystem://"):
        place = Path(settings.BROKER_DIR) / folder
        place.mkdir(parents=True, exist_ok=True)
        return {
            "broker_url": url,
            "broker_transport": "runners.broker:Transport",
            "broker_transport_options": {"data_folder_in": str(place), "data_folder_out": str(place)},
        }
    timeouts: dict[str, Any] = {}
    if url.startswith(("redis://", "rediss://")):
        timeouts = {
            "socket_timeout": socket_seconds,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "retry_on_timeout": False,
        }
    return {"broker_url": url, "broker_transport_options": timeouts}


def lane_app() -> Celery:
    """Return the Celery application that speaks with the lane broker."""
    return _app(settings.LANE_BROKER_URL, str(settings.BROKER_DIR))


@lru_cache(maxsize=8)
def _app(url: str, _broker_dir: str) -> Celery:
    app = Celery("lanes", set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        broker_connection_timeout=TIMEOUT_SECONDS,
        broker_pool_limit=None,
        **transport_settings(url, "lanes", socket_seconds=TIMEOUT_SECONDS),
    )
    return app


@contextmanager
def _connection() -> Iterator[Connection]:
    with lane_app().connection_for_write() as connection:
        _connect(connection)
        yield connection


def _connect(connection: Connection) -> None:
    connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=TIMEOUT_SECONDS)


@contextmanager
def _outage_logged(message: str, lane: str) -> Iterator[threading.Event]:
    """Swallow a broker's failure, and log it when it begins and when it is over."""
    well = threading.Event()
    try:
        yield well
    # redis.RedisError is no OSError, and Kombu wraps only some of its kind: a transport names its own failures.
    except _failures() as error:
        if _outage.begins():
            log.warning(message + " (%s: %s)", lane, type(error).__name__, error)
    else:
        if _outage.ends():
            log.info("The lane broker answers again.")


def _failures() -> tuple[type[BaseException], ...]:
    connection = lane_app().connection_for_write()
    return (OSError, KombuError, *connection.connection_errors, *connection.channel_errors)
