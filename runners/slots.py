"""The slots of a grading host: claim a job, grade it, say how it ended, and ask for the next.

Theory of operation
-------------------
A host has N slots. A slot is a thread for as long as it works: it claims from the site until the answer is
"nothing", and is then free. Two things wake a free slot: a ticket (a Celery task) and a timer of our own, every ten
seconds, which needs no broker; while the site cannot be reached the timer asks more often. A ticket never waits: one
that finds no free slot is dropped, because a busy slot asks again anyway, and so a busy host hoards no tickets that
an idle one could use. The counter `_dropped` closes the gap between a slot's last "nothing" and its becoming free.

A claimed job ends in exactly one way:

* the grader has a report: it is handed in, again and again until there is an answer or the lease is surely gone;
* the lease is lost: the jail is killed, nothing is written;
* something of ours breaks (the sandbox, the bundle, this code): ``fault``, and the slot rests until it is woken,
  so that a broken host does not eat the queue;
* this host stops: a job that ends within the grace does so; any other is killed and given back by ``release``.

While a job runs, its ``HeldLease`` (``lease.py``) heartbeats and passes on progress from a thread of its own.
"""

import itertools
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import TypeVar

from runners.bundles import BundleInvalid, unpack_bundle
from runners.capabilities import Capabilities
from runners.conversation import Stopped
from runners.grading import Grades
from runners.lease import HeldLease
from runners.library import SuiteLibrary
from runners.protocol import ClaimRequest, Lane, RunReport, RunRequest
from runners.sandboxes.base import SandboxFault
from runners.site_client import LeaseLost, SiteClient, SiteError, SiteRefused, SiteUnavailable
from runners.suite_checks import HeldCheck, SuiteChecker
from runners.suites import Suite

POLL_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.5
GRACE_SECONDS = 2.0
LONGEST_EXTRA_SECONDS = 180.0
CHECK_EVERY = 8
"""So often a slot asks for a suite to look at before it asks for a job, so that no queue keeps them from their turn."""
OUR_FAULT = "Something of ours broke while this was being graded. It will be tried again."

NOTHING_TO_FETCH = Capabilities()

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class _After(Enum):
    """What a slot found when it asked for a job."""

    GRADED = auto()
    NOTHING = auto()
    TROUBLE = auto()
    """Something of ours broke, or this host stops: the slot rests until it is woken."""


class Slots:
    """The slots of this host. ``start``, then ``wake`` for every ticket, then ``stop``."""

    def __init__(
        self,
        client: SiteClient,
        grader: Grades,
        suites: Mapping[str, Suite],
        *,
        lane: Lane,
        slots: int,
        sandbox: str,
        library: SuiteLibrary | None = None,
        checker: SuiteChecker | None = None,
        can: Capabilities = NOTHING_TO_FETCH,
    ) -> None:
        self._client = client
        self._grader = grader
        self._suites = suites
        self._library = library
        self._checker = checker
        self._request = ClaimRequest(
            lane=lane,
            slots=slots,
            suites={name: suite.digest for name, suite in suites.items()},
            sandbox=sandbox,
            kinds=list(can.kinds) if library else [],
            environments=list(can.environments) if library else [],
        )
        self._changed = threading.Condition()
        self._free = slots
        self._dropped = 0
        self._running: set[HeldLease | HeldCheck] = set()
        self._claims = itertools.count(1)
        self._closing = threading.Event()
        self._woken = threading.Event()
        self._retry_seconds = 0.0
        self._due_at = time.monotonic()

    def start(self) -> None:
        """Ask for work now, and from here on every ten seconds."""
        threading.Thread(target=self._keep_time, name="slot-timer", daemon=True).start()

    def wake(self) -> bool:
        """Let a free slot ask for work, and return at once. False: none is free, or this host stops."""
        with self._changed:
            if self._closing.is_set():
                return False
            if self._free == 0:
                self._dropped += 1
                return False
            self._free -= 1
        threading.Thread(target=self._work, name="slot", daemon=True).start()
        return True

    @property
    def is_idle(self) -> bool:
        """Whether no slot works."""
        return self._free == self._request.slots

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Claim nothing more; let jobs end that are nearly done, give back the others. Takes at most a second more."""
        with self._changed:
            self._closing.set()
            self._woken.set()
            log.info("Stopping; %s jobs are under way", len(self._running))
            self._changed.wait_for(lambda: not self._running, grace_seconds)
            for held in self._running:
                held.stopped.set()
            self._changed.wait_for(lambda: not self._running, 1.0)

    def _work(self) -> None:
        """Grade until there is nothing to do, then be free again."""
        while True:
            dropped = self._dropped
            after = self._serve_once()
            with self._changed:
                asked_meanwhile = after is _After.NOTHING and self._dropped != dropped
                if self._closing.is_set() or not (after is _After.GRADED or asked_meanwhile):
                    self._free += 1
                    self._changed.notify_all()
                    return

    def _serve_once(self) -> _After:
        """Claim one job and see it through; where there is none, look at a suite that waits for it."""
        try:
            is_turn_of_checks = next(self._claims) % CHECK_EVERY == 0
            if is_turn_of_checks and (after := self._check_a_suite()) is not _After.NOTHING:
                return after
            job = self._client.claim(self._request)
            if job is None:
                self._retry_seconds = 0.0
                return self._check_a_suite()
        except SiteError as error:
            self._retry_soon(error)
            return _After.TROUBLE
        except Exception:
            # The outermost loop of a slot, which must never lose its place.
            log.exception("Asking for work broke")
            return _After.TROUBLE
        self._retry_seconds = 0.0
        return _After.GRADED if self._run(job) else _After.TROUBLE

    def _check_a_suite(self) -> _After:
        """Claim a suite to look at and see that through. Raises ``SiteError`` where the site cannot be asked."""
        held = self._checker.claim(self._request) if self._checker and not self._closing.is_set() else None
        if self._checker is None or held is None:
            return _After.NOTHING
        with held, self._counted(held):
            return _After.GRADED if self._checker.serve(held, closing=self._closing) else _After.TROUBLE

    def _run(self, job: RunRequest) -> bool:
        """See one job through to its end. False: something of ours broke."""
        with HeldLease(self._client, job, longest_seconds=LONGEST_EXTRA_SECONDS) as held, self._counted(held):
            return self._grade(held)

    @contextmanager
    def _counted(self, held: HeldLease | HeldCheck) -> Iterator[None]:
        """Count it among what runs, so that ``stop`` waits for it and ends it."""
        with self._changed:
            self._running.add(held)
        try:
            yield
        finally:
            with self._changed:
                self._running.discard(held)
                self._changed.notify_all()

    def _suite(self, held: HeldLease) -> Suite:
        """Return the suite that a job is to be graded by. Raises ``SandboxFault`` where this host cannot have it."""
        name, digest = held.job.suite_name, held.job.suite_digest
        suite = self._suites.get(name)
        if suite is None or suite.digest != digest:
            if self._library is None:
                detail = f"This host has no suite {name!r} with digest {digest}."
                raise SandboxFault(OUR_FAULT, detail)
            suite = self._patiently(held, self._library.get, name, digest)
        held.allow(LONGEST_EXTRA_SECONDS + suite.manifest.longest_seconds)
        return suite

    def _grade(self, held: HeldLease) -> bool:
        job = held.job
        try:
            if self._closing.is_set():
                raise Stopped
            suite = self._suite(held)
            files = unpack_bundle(self._patiently(held, self._client.bundle, job), sha256=job.bundle_sha256)
            report = self._grader.grade(
                suite,
                files,
                metadata=lambda: self._patiently(held, self._client.metadata, job),
                on_phase=held.enter,
                on_check=held.add,
                stopped=held.stopped,
            )
            self._hand_in(held, report)
        except LeaseLost as error:
            log.warning("Job %s: %s", job.job_id, error)
        except Stopped:
            return self._give_up(held)
        except (SandboxFault, BundleInvalid, SiteUnavailable, SiteRefused) as error:
            if self._closing.is_set():
                return self._give_up(held)
            sentence = error.sentence if isinstance(error, SandboxFault) else OUR_FAULT
            detail = error.detail if isinstance(error, SandboxFault) else str(error)
            self._tell_fault(held, sentence, detail)
            return False
        except Exception:
            # The outermost loop of a slot: whatever it is, the student must not pay for it.
            log.exception("Job %s: grading broke", job.job_id)
            self._tell_fault(held, OUR_FAULT, traceback.format_exc())
            return False
        return True

    def _hand_in(self, held: HeldLease, report: RunReport) -> None:
        held.only_keep()
        report = report.model_copy(update={"phase_seconds": dict(held.phase_seconds)})
        answer = self._patiently(held, self._client.report, held.job, report)
        if answer.accepted:
            log.info("Job %s: reported", held.job.job_id)
        else:
            log.warning("Job %s: the report was refused: %s", held.job.job_id, answer.reason)

    def _give_up(self, held: HeldLease) -> bool:
        """End a run that was stopped, according to why."""
        if held.lost:
            return True
        if held.overdue:
            self._tell_fault(held, OUR_FAULT, "The run took longer than all its limits together and was ended.")
            return False
        with suppress(SiteError):
            self._client.release(held.job)
            log.info("Job %s: given back", held.job.job_id)
        return False

    def _tell_fault(self, held: HeldLease, sentence: str, detail: str) -> None:
        if held.lost:
            return
        log.error("Job %s: %s %s", held.job.job_id, sentence, detail)
        try:
            held.only_keep()
            self._patiently(held, lambda: self._client.fault(held.job, sentence=sentence, detail=detail))
        except SiteError as error:
            log.warning("Job %s: the fault could not be told; the lease will run out. %s", held.job.job_id, error)

    def _patiently(self, held: HeldLease, call: Callable[..., Result], *args: object) -> Result:
        """Call until the site answers, or raise ``SiteUnavailable`` once the lease is surely gone."""
        pause = 0.1
        while True:
            try:
                return call(*args)
            except SiteUnavailable:
                if held.is_surely_gone() or held.stopped.wait(pause):
                    raise
                pause = min(2.0, pause * 2)

    def _retry_soon(self, error: SiteError) -> None:
        if self._retry_seconds == 0.0:
            log.warning("No work can be asked for, which is tried again from now on: %s", error)
        self._retry_seconds = min(POLL_SECONDS, max(FIRST_RETRY_SECONDS, self._retry_seconds * 2))
        self._due_at = min(self._due_at, time.monotonic() + self._retry_seconds)
        self._woken.set()

    def _keep_time(self) -> None:
        while not self._closing.is_set():
            if (left := self._due_at - time.monotonic()) > 0:
                self._woken.wait(left)
                self._woken.clear()
                continue
            self._due_at = time.monotonic() + POLL_SECONDS
            for _ in range(self._free):
                self.wake()
