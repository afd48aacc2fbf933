"""``/healthz``: which parts are up, for people, load balancers and the demo's launcher."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from coursehub.common.clock import database_now
from grading.submissions import pump, tickets
from grading.submissions.models import Runner

_RUNNER_SECONDS = 30


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where every part is up, else 503; says which, and nothing about anybody."""
    checks: dict[str, Callable[[], str]] = {"database": _database, "files": _files, "broker": _broker}
    problems = {name: check() for name, check in checks.items()}
    problems |= {"worker": _worker(), "runner": _runner()} if not problems["database"] else {}
    parts = {name: {"up": not problem, "detail": problem} for name, problem in problems.items()}
    is_up = not any(problems.values())
    return JsonResponse({"status": "up" if is_up else "degraded", "parts": parts}, status=200 if is_up else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "The database does not answer."
    return ""


def _files() -> str:
    try:
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    except OSError:
        return "The folder for files that are handed in cannot be made."
    return ""


def _broker() -> str:
    return "" if tickets.is_up() else "The broker of the lanes does not answer; runners ask by themselves."


def _worker() -> str:
    seen_at = pump.beaten_at()
    if seen_at is None or database_now() - seen_at > timedelta(seconds=pump.BEAT_FRESH_SECONDS):
        return "The site worker has not swept for a while: start it, with beat."
    return ""


def _runner() -> str:
    alive = Runner.objects.filter(
        Q(last_seen_at__gte=database_now() - timedelta(seconds=_RUNNER_SECONDS)), drained_at__isnull=True
    )
    return "" if alive.exists() else "No grading host has asked for work lately; submissions wait."
