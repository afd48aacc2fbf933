"""Keep the lanes supplied with tickets, and lost jobs from being forgotten."""

from datetime import datetime

from django.core.cache import cache

from coursehub.common.clock import database_now
from grading.submissions import jobs, tickets
from grading.submissions.models import GradingJob, JobState

BEAT_KEY = "site-worker-seen-at"
BEAT_FRESH_SECONDS = 30
SPARE_TICKETS = 2
MOST_TICKETS = 64


def pump() -> dict[str, int]:
    """Send the tickets that are missing in each lane with waiting jobs; returns how many were sent where.

    Needed are as many as jobs wait, but no more than there are free slots and two; less those in the broker.
    """
    at = database_now()
    sent: dict[str, int] = {}
    waiting_lanes = GradingJob.objects.filter(state=JobState.QUEUED, not_before__lte=at)
    for lane in waiting_lanes.order_by("lane").values_list("lane", flat=True).distinct():
        running = GradingJob.objects.filter(state=JobState.RUNNING, lane=lane).count()
        free = max(0, jobs.live_slots(lane, at=at) - running)
        wanted = min(free + SPARE_TICKETS, MOST_TICKETS)
        needed = waiting_lanes.filter(lane=lane)[:wanted].count() - (tickets.waiting(lane) or 0)
        if needed > 0 and tickets.send(lane, needed):
            sent[lane] = needed
    return sent


def reap() -> int:
    """Queue again every job whose lease ran out; returns how many.

    Brings waiting jobs to the suites of today, and notes that the site's worker and beat live.
    """
    at = database_now()
    count = jobs.reap(at=at)
    jobs.follow_suites()
    cache.set(BEAT_KEY, at.isoformat(), timeout=None)
    return count


def beaten_at() -> datetime | None:
    """Return when the site's worker last ran what beat asked for, or None."""
    seen = cache.get(BEAT_KEY)
    return None if seen is None else datetime.fromisoformat(seen)
