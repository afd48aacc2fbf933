"""The Celery application of a grading host: ``celery -A runners.app worker``.

Celery carries tickets and nothing else. They are acknowledged early, because the database of the site is the
queue: a lost ticket costs seconds, a double one finds nothing. SIGTERM, and Ctrl-C, end the whole tree of
processes within three and a half seconds, whatever Celery itself is waiting for.
"""

import logging
import os
import threading
from functools import cache
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down

from runners.config import ConfigInvalid, RunnerConfig, read_config
from runners.host import Host

HARD_STOP_SECONDS = 3.4

log = logging.getLogger(__name__)


@cache
def host() -> Host:
    """Return this process's host, made from the environment at first use."""
    try:
        return Host(read_config())
    except ConfigInvalid as refusal:
        raise SystemExit(str(refusal)) from None


def celery_settings(config: RunnerConfig) -> dict[str, Any]:
    """Return what Celery must know on this host."""
    settings: dict[str, Any] = {
        "broker_url": config.lane_broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 4,
        "task_default_queue": f"lane.{config.lane}",
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_pool": "threads",
        "worker_concurrency": config.slots,
        # No limit on tickets in flight: each is done in no time. With one, this pool of threads acknowledges where
        # Celery's loop does not see it, and the loop asks for the next message up to ten seconds too late.
        "worker_prefetch_multiplier": 0,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_soft_shutdown_timeout": 2.0,
        "worker_hijack_root_logger": True,
        "worker_redirect_stdouts": False,
        "worker_log_format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        "worker_task_log_format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        "broker_transport_options": {
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
    }
    if config.uses_folder_broker:
        settings |= {
            "broker_url": "filesystem://localhost//",
            "broker_transport": "runners.broker:Transport",
            "broker_transport_options": {
                "data_folder_in": str(config.broker_folder),
                "data_folder_out": str(config.broker_folder),
            },
        }
    return settings


app = Celery("runners", include=["runners.tasks"], set_as_current=False)
app.add_defaults(lambda: celery_settings(host().config))


@celeryd_after_setup.connect
def start_host(**_: object) -> None:
    """Open the jail and the slots while Celery connects to the broker, which may take long or for ever."""
    host().start()


@worker_shutting_down.connect
def stop_host(**_: object) -> None:
    """Start to stop. Runs inside a signal handler: only threads are started here."""
    _stopping()


@worker_shutdown.connect
def wait_for_host(**_: object) -> None:
    """Keep Celery from leaving first: when the interpreter ends, the threads that hold the jails end with it."""
    _stopping().join()


@cache
def _stopping() -> threading.Thread:
    stopping = threading.Thread(target=_stop_and_exit, name="stop")
    stopping.start()
    watchdog = threading.Timer(HARD_STOP_SECONDS, os._exit, args=(1,))
    watchdog.daemon = True
    watchdog.start()
    return stopping


def _stop_and_exit() -> None:
    try:
        host().stop()
    finally:
        # Celery's own way out may wait for the broker. Nothing is left to wait for: leases and jails are gone.
        logging.shutdown()
        os._exit(0)
