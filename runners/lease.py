"""One job under its lease: what keeps the lease alive, and what passes on how far the job is.

Theory of operation
-------------------
Grading never waits for HTTP. It tells a ``HeldLease`` what happened (a phase, a check) and goes on; a thread of
this job's own sends the newest state, because every event is a heartbeat and carries the whole list. The first
check is sent at once, later ones together, at most every ``PROGRESS_SECONDS``; and where nothing happens, a
heartbeat goes out three times per lease. Where the site answers that the lease is lost, ``stopped`` is set,
which kills the jail, and nothing more is written.
"""

import logging
import threading
import time
from types import TracebackType
from typing import Self

from runners.protocol import HEARTBEAT_SECONDS, CheckReport, JobEvent, Phase, RunRequest
from runners.site_client import LeaseLost, SiteClient, SiteRefused, SiteUnavailable

PROGRESS_SECONDS = 0.4
RETRY_SECONDS = 0.5
OUTPUT_WHILE_RUNNING = 2_000
"""Characters of a check's output that progress events carry; the report has all of it."""

log = logging.getLogger(__name__)


class HeldLease:
    """A claimed job. A context manager: inside, a thread keeps the lease."""

    def __init__(self, client: SiteClient, job: RunRequest, *, longest_seconds: float) -> None:
        self.job = job
        self.stopped = threading.Event()
        """Set: kill the jail. Why is told by `lost`, `overdue`, or the host's own stopping."""
        self.lost = False
        self.overdue = False
        self.phase_seconds: dict[Phase, float] = {Phase.CLAIMED: 0.0}
        self._client = client
        self._claimed_at = self._confirmed_at = time.monotonic()
        self._overdue_at = self._claimed_at + longest_seconds
        self._heartbeat_seconds = min(HEARTBEAT_SECONDS, job.lease_seconds / 3)
        self._changed = threading.Condition()
        self._phase = Phase.CLAIMED
        self._checks: list[CheckReport] = []
        self._unsent = False
        self._is_urgent = False
        self._has_ended = False
        self._sends_checks = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._keep, name=f"lease-of-job-{self.job.job_id}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Not joined: an event under way may take its time, and the site refuses what comes after the end.
        with self._changed:
            self._has_ended = True
            self._changed.notify()

    def enter(self, phase: Phase) -> None:
        """Note that the job has come to this phase."""
        with self._changed:
            self._phase = phase
            self.phase_seconds.setdefault(phase, time.monotonic() - self._claimed_at)
            self._unsent = True
            self._changed.notify()

    def add(self, check: CheckReport) -> None:
        """Note how one more check ended."""
        with self._changed:
            self._checks.append(check.model_copy(update={"output": check.output[:OUTPUT_WHILE_RUNNING]}))
            self._unsent = True
            self._is_urgent = self._is_urgent or len(self._checks) == 1
            self._changed.notify()

    def allow(self, longest_seconds: float) -> None:
        """State anew how long the run may take from its claim on."""
        with self._changed:
            self._overdue_at = self._claimed_at + longest_seconds
            self._changed.notify()

    def only_keep(self) -> None:
        """Send no more progress, because the report is about to say it all; only keep the lease."""
        with self._changed:
            self._sends_checks = self._unsent = self._is_urgent = False

    def is_surely_gone(self) -> bool:
        """Whether the lease must have run out by now, as far as this host can know."""
        return self.lost or time.monotonic() > self._confirmed_at + self.job.lease_seconds

    def _keep(self) -> None:
        sent_at, not_before = self._claimed_at, 0.0
        while True:
            event = self._next_event(sent_at, not_before)
            if event is None:
                return
            sent_at = time.monotonic()
            try:
                self._client.event(self.job, event, answer_seconds=max(1.0, self._heartbeat_seconds))
                self._confirmed_at = time.monotonic()
            except SiteUnavailable as error:
                log.warning("Job %s: an event did not arrive. %s", self.job.job_id, error)
                # Due again soon, not only after the next heartbeat's pause, but not before that either.
                not_before = time.monotonic() + min(RETRY_SECONDS, self._heartbeat_seconds)
                with self._changed:
                    self._is_urgent = True
            except LeaseLost as error:
                self._lose(error)
                return
            except SiteRefused as error:
                if not event.checks:
                    self._lose(error)
                    return
                log.exception("Job %s: the site refuses our progress; from here on only heartbeats", self.job.job_id)
                self.only_keep()

    def _next_event(self, sent_at: float, not_before: float) -> JobEvent | None:
        """Wait until something is due; None once the job has ended or took longer than it ever may."""
        with self._changed:
            while not self._has_ended:
                now = time.monotonic()
                if now >= self._overdue_at:
                    self.overdue = True
                    self.stopped.set()
                    return None
                pause = PROGRESS_SECONDS if self._unsent else self._heartbeat_seconds
                due_at = max(not_before, now if self._is_urgent else sent_at + pause)
                if now >= due_at:
                    self._unsent = self._is_urgent = False
                    checks = list(self._checks) if self._sends_checks else []
                    return JobEvent(lease_token=self.job.lease_token, phase=self._phase, checks=checks)
                self._changed.wait(min(due_at, self._overdue_at) - now)
        return None

    def _lose(self, error: Exception) -> None:
        if not self._has_ended:
            log.warning("Job %s: the lease is lost, the run is given up. %s", self.job.job_id, error)
        self.lost = True
        self.stopped.set()
