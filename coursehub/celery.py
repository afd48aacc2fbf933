"""The site's Celery application: ``celery -A coursehub worker -B -Q site``.

It runs tasks of ours only: the broker of the lanes, which runners may read, is another one. Nothing is lost where a
message is: every task is asked for again by the clock.
"""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

from coursehub.common.brokers import transport_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursehub.settings")

PUMP_SECONDS = 1.0
REAP_SECONDS = 5.0
MAIL_SECONDS = 10.0

app = Celery("coursehub")


def site_settings() -> dict[str, object]:
    """Return what Celery must know; read when the application is first used, so that Django is ready by then."""
    state = Path(settings.STATE_DIR)
    state.mkdir(parents=True, exist_ok=True)
    return {
        "task_default_queue": "site",
        "task_ignore_result": True,
        "task_acks_late": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "timezone": "UTC",
        # No limit on messages in flight. With one, a pool of threads acknowledges where Celery's loop does not see it,
        # and the loop asks for the next message up to ten seconds too late (celery 5.6, kombu 5.6, seen with Redis).
        "worker_prefetch_multiplier": 0,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_max_tasks_per_child": 2_000,
        "worker_hijack_root_logger": False,
        "worker_soft_shutdown_timeout": 1.0,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 4.0,
        "beat_schedule_filename": str(state / "beat-schedule"),
        "beat_max_loop_interval": 1.0,
        "beat_schedule": {
            "pump": {
                "task": "grading.submissions.pump",
                "schedule": PUMP_SECONDS,
                "options": {"expires": 5, "ignore_result": True},
            },
            "reap": {
                "task": "grading.submissions.reap",
                "schedule": REAP_SECONDS,
                "options": {"expires": 10, "ignore_result": True},
            },
            "mail": {
                "task": "coursehub.mail.deliver",
                "schedule": MAIL_SECONDS,
                "options": {"expires": 10, "ignore_result": True},
            },
        },
        **transport_settings(settings.SITE_BROKER_URL, "site"),
    }


app.add_defaults(site_settings)
app.autodiscover_tasks(["grading.submissions", "coursehub.mail"])
