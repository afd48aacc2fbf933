"""Tell another process through a broker that there is something to do, as well as it goes.

The database is the queue, so what cannot be sent costs seconds and nothing else: sending takes at most a moment, is not
tried again, and an outage is logged once. While it lasts, only one try every few seconds is made, so that nobody waits
for a broker that does not answer. A process has one ``Sender`` for each broker.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Connection
from kombu.exceptions import KombuError

TIMEOUT_SECONDS = 1
PAUSE_SECONDS = 5.0


class Outage:
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


class Sender:
    """One broker, as who sends to it sees it: its name for the log, and which setting has its address."""

    def __init__(self, name: str, *, folder: str, address: Callable[[], str], log: logging.Logger) -> None:
        self.name = name
        self.outage = Outage()
        self._folder = folder
        self._address = address
        self._log = log

    def app(self) -> Celery:
        """Return the Celery application that speaks with the broker."""
        return _app(self._address(), self._folder, str(settings.BROKER_DIR))

    def send(self, task: str, arguments: Sequence[str] = (), *, queue: str, count: int = 1, failing: str) -> bool:
        """Send so many messages, as well as it goes. False: the broker does not take them just now.

        `failing` is what the log says when an outage begins.
        """
        if self.is_resting():
            return False
        with self.outage_logged(failing) as well:
            app = self.app()
            with app.connection_for_write() as connection:
                connect(connection)
                for _ in range(count):
                    app.send_task(
                        task, args=list(arguments), queue=queue, connection=connection, ignore_result=True, retry=False
                    )
            well.set()
        return well.is_set()

    def is_resting(self) -> bool:
        """Whether the broker failed a moment ago and is not to be asked yet."""
        return time.monotonic() < self.outage.until

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open a connection, or raise one of ``failures``."""
        with self.app().connection_for_write() as connection:
            connect(connection)
            yield connection

    @contextmanager
    def outage_logged(self, message: str) -> Iterator[threading.Event]:
        """Swallow a broker's failure, and log it when it begins and when it is over."""
        well = threading.Event()
        try:
            yield well
        # redis.RedisError is no OSError, and Kombu wraps only some of its kind: a transport names its own failures.
        except self.failures() as error:
            if self.outage.begins():
                self._log.warning("%s (%s: %s)", message, type(error).__name__, error)
        else:
            if self.outage.ends():
                self._log.info("The %s broker answers again.", self.name)

    def failures(self) -> tuple[type[BaseException], ...]:
        """Return what a connection raises while the broker is out."""
        connection = self.app().connection_for_write()
        return (OSError, KombuError, *connection.connection_errors, *connection.channel_errors)


def connect(connection: Connection) -> None:
    """Connect within a moment, or raise."""
    connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=TIMEOUT_SECONDS)


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


@lru_cache(maxsize=8)
def _app(url: str, folder: str, _broker_dir: str) -> Celery:
    app = Celery(folder, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        broker_connection_timeout=TIMEOUT_SECONDS,
        broker_pool_limit=None,
        **transport_settings(url, folder, socket_seconds=TIMEOUT_SECONDS),
    )
    return app
