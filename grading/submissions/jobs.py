"""The life of a grading job: every move is one conditional UPDATE.

Theory of operation
-------------------
Functions here take the database's moment as ``at`` and never ask a clock themselves. A move names the state and the
lease token it expects; where no row fits, the move did not happen and the function says so. Two processes that try
the same move at once therefore cannot both succeed, on either database. A lease that has run out is lost even before
the reaper has seen it: a host that was frozen for longer judges nothing with the clock it wakes up to.

A claim holds its lane's clock row locked, so claims in a lane come one after another and the rule that regrades get
at most a quarter of the slots holds exactly. The next job is the first row of an index (``job_next``) for each suite
that the runner has, so a claim costs the same with ten jobs waiting as with ten thousand.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Greatest

from coursehub.accounts.models import User
from grading.assessments.models import SuiteFile, SuiteVersion
from grading.assessments.queries import fits_host
from grading.submissions import notices
from grading.submissions.models import (
    GradingJob,
    JobFault,
    JobKind,
    JobState,
    LaneClock,
    Runner,
    Submission,
)
from grading.submissions.reports import storable
from runners.protocol import HEARTBEAT_SECONDS, ClaimRequest, JobEvent, Phase, RunRequest, to_json

FIRST_PRIORITY, REGRADE_PRIORITY = 0, 1
LIVE_SECONDS = 3 * HEARTBEAT_SECONDS
DRAIN_FAULTS, DRAIN_WINDOW = 5, timedelta(minutes=5)
LOST = "The grading host went silent while it was grading this. That was not your fault."
MISFIT = "The grading host reported something that this suite cannot give. That was not your fault."

_PHASES = [phase.value for phase in Phase]
_PHASE_FIELDS = {
    Phase.SANDBOX_READY: "sandbox_ready_at",
    Phase.FIRST_CHECK: "first_check_at",
    Phase.LAST_CHECK: "last_check_at",
}
_NO_LEASE: dict[str, object] = {"lease_until": None, "runner": None, "phase": "", "progress": []}


def enqueue(
    submission: Submission, *, suite: SuiteVersion, kind: JobKind, requested_by: User, at: datetime
) -> GradingJob:
    """Put a job in the queue of its suite's lane, one place after the student's last one or at the lane's clock."""
    priority = FIRST_PRIORITY if kind == JobKind.SUBMISSION else REGRADE_PRIORITY
    clock = LaneClock.objects.filter(lane=suite.lane, priority=priority).values_list("virtual_time", flat=True).first()
    last = GradingJob.objects.filter(lane=suite.lane, priority=priority, student_id=submission.author_id).aggregate(
        last=Max("virtual_start")
    )["last"]
    return GradingJob.objects.create(
        submission=submission,
        student_id=submission.author_id,
        suite=suite,
        suite_digest=suite.digest,
        kind=kind,
        requested_by=requested_by,
        lane=suite.lane,
        priority=priority,
        virtual_start=max(clock or 0, -1 if last is None else last + 1),
        queued_at=at,
        not_before=at,
    )


def claim(runner: Runner, request: ClaimRequest, *, at: datetime) -> RunRequest | None:
    """Hand the fairest fitting job to a runner under a new lease, or None where there is nothing for it."""
    see(runner, request, at=at)
    reap(at=at)
    suites = _suites_for(request)
    if runner.drained_at is not None or _next_job(request.lane, suites, [FIRST_PRIORITY, REGRADE_PRIORITY], at) is None:
        return None
    with transaction.atomic():
        _lock_lane(request.lane)
        levels = [FIRST_PRIORITY]
        if _regrades_running(request.lane) < max(1, live_slots(request.lane, at=at) // 4):
            levels.append(REGRADE_PRIORITY)
        while (job := _next_job(request.lane, suites, levels, at)) is not None:
            if _take(job, runner, at=at):
                return _run_request(job.pk)
    return None


def see(runner: Runner, request: ClaimRequest, *, at: datetime) -> None:
    """Note what a runner says about itself, at most every few seconds unless something changed."""
    known = (runner.lane, runner.slots, runner.sandbox)
    recent = runner.last_seen_at is not None and at - runner.last_seen_at < timedelta(seconds=3)
    if recent and known == (request.lane.value, request.slots, request.sandbox):
        return
    Runner.objects.filter(pk=runner.pk).update(
        lane=request.lane.value, slots=request.slots, sandbox=request.sandbox, last_seen_at=at
    )


def hold(runner: Runner, job_id: int, event: JobEvent, *, at: datetime) -> bool:
    """Extend a lease and note progress. False: the lease is lost, the runner must stop."""
    job = _held(runner, job_id, event.lease_token, at=at).values("phase", "progress", *_PHASE_FIELDS.values()).first()
    if job is None:
        return False
    news: dict[str, object] = {"lease_until": at + timedelta(seconds=settings.GRADING_LEASE_SECONDS)}
    reached = _PHASES.index(event.phase)
    if reached > (_PHASES.index(job["phase"]) if job["phase"] else -1):
        news["phase"] = event.phase.value
    for phase, field in _PHASE_FIELDS.items():
        if reached >= _PHASES.index(phase) and job[field] is None:
            news[field] = at
    if len(event.checks) > len(job["progress"]):
        news["progress"] = [storable(to_json(check)) for check in event.checks]
    if runner.last_seen_at is None or at - runner.last_seen_at > timedelta(seconds=3):
        Runner.objects.filter(pk=runner.pk).update(last_seen_at=at)
    return _held(runner, job_id, event.lease_token, at=at).update(**news) == 1


def submission_held(runner: Runner, job_id: int, lease_token: int, *, at: datetime) -> Submission | None:
    """Return the submission of a job that this runner holds under this token, or None."""
    held = _held(runner, job_id, lease_token, at=at).select_related("submission").defer("progress").first()
    return None if held is None else held.submission


def finish(runner: Runner, job_id: int, lease_token: int, *, at: datetime) -> bool:
    """Move a running job to ``finished``. False: the lease is lost and nothing changed."""
    return (
        _held(runner, job_id, lease_token, at=at).update(
            state=JobState.FINISHED, lease_until=None, finished_at=at, last_check_at=at, progress=[], fault_sentence=""
        )
        == 1
    )


def fault(runner: Runner, job_id: int, lease_token: int, *, sentence: str, detail: str, at: datetime) -> bool:
    """Something of ours broke: queue the job again, or end it after the third run. False: the lease was lost."""
    with transaction.atomic():
        job = _held(runner, job_id, lease_token, at=at).first()
        moved = job is not None and _break(job, sentence=sentence, detail=detail, at=at)
    return moved


def release(runner: Runner, job_id: int, lease_token: int, *, at: datetime) -> bool:
    """Take a job back unharmed from a host that is stopping; it costs no run. False: the lease was lost."""
    return (
        _held(runner, job_id, lease_token, at=at).update(
            state=JobState.QUEUED, runs=F("runs") - 1, not_before=at, **_NO_LEASE
        )
        == 1
    )


def reap(*, at: datetime) -> int:
    """Queue again, or end, every job whose lease has run out; returns how many."""
    lost = GradingJob.objects.filter(state=JobState.RUNNING, lease_until__lt=at)
    count = 0
    for job in lost.select_related("runner").defer("progress")[:200]:
        with transaction.atomic():
            count += _break(job, sentence=LOST, detail=f"Lease {job.lease_token} ran out.", at=at, overdue=True)
    return count


def follow_suites() -> int:
    """Let jobs that wait for a suite which nobody can fetch be graded by their assessment's of now; returns how many.

    A job is graded by the version that it was queued for, however many came after: runners fetch it from the site.
    Only a version from before the site kept files lives on a host, and a host has the one of today. Jobs of a batch
    keep the version that the batch is about.
    """
    outdated = GradingJob.objects.filter(
        ~Q(suite_id=F("submission__assessment__suite_id")),
        ~Q(Exists(SuiteFile.objects.filter(version=OuterRef("suite_id")))),
        state=JobState.QUEUED,
        is_held=False,
        kind=JobKind.SUBMISSION,
        submission__assessment__suite__isnull=False,
    )
    changed = 0
    for suite_pk in outdated.order_by().values_list("submission__assessment__suite_id", flat=True).distinct():
        suite = SuiteVersion.objects.get(pk=suite_pk)
        mine = outdated.filter(submission__assessment__suite=suite).values_list("pk", flat=True)[:1_000]
        changed += GradingJob.objects.filter(pk__in=list(mine), state=JobState.QUEUED).update(
            suite=suite, suite_digest=suite.digest, lane=suite.lane
        )
    return changed


def cancel(job: GradingJob, *, at: datetime) -> bool:
    """End a waiting or running job. False: it had ended already. A job that never ran gives its try back."""
    with transaction.atomic():
        open_jobs = GradingJob.objects.filter(pk=job.pk)
        ending = {"state": JobState.CANCELLED, "finished_at": at, "lease_until": None, "progress": []}
        unharmed = open_jobs.filter(state=JobState.QUEUED, runs=0, kind=JobKind.SUBMISSION).update(**ending) == 1
        if unharmed:
            Submission.objects.filter(pk=job.submission_id).update(uses_try=False)
        return unharmed or open_jobs.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).update(**ending) == 1


def supersede(job: GradingJob, *, at: datetime) -> bool:
    """End a waiting job because another one takes its place. False: it was not waiting any more."""
    waiting = GradingJob.objects.filter(pk=job.pk, state=JobState.QUEUED)
    return waiting.update(state=JobState.SUPERSEDED, finished_at=at) == 1


def live_slots(lane: str, *, at: datetime) -> int:
    """Return how many slots the runners of a lane have that were seen lately and are not drained."""
    seen_since = at - timedelta(seconds=LIVE_SECONDS)
    runners = Runner.objects.filter(lane=lane, drained_at__isnull=True, last_seen_at__gte=seen_since)
    return runners.aggregate(total=Sum("slots"))["total"] or 0


def is_held(job: GradingJob, runner: Runner, lease_token: int, *, at: datetime) -> bool:
    """Whether this runner holds this job under this token and the lease has not run out."""
    is_its = job.state == JobState.RUNNING and job.lease_token == lease_token and job.runner_id == runner.pk
    return is_its and job.lease_until is not None and job.lease_until >= at


def _held(runner: Runner, job_id: int, lease_token: int, *, at: datetime) -> QuerySet[GradingJob]:
    return GradingJob.objects.filter(
        pk=job_id, state=JobState.RUNNING, lease_token=lease_token, runner_id=runner.pk, lease_until__gte=at
    )


def _suites_for(request: ClaimRequest) -> list[int]:
    """Return the versions that a host has, or can fetch from the site, and that a job waits for."""
    waits = Exists(GradingJob.objects.filter(suite_id=OuterRef("pk"), lane=request.lane, state=JobState.QUEUED))
    waiting = SuiteVersion.objects.filter(waits)
    lie_there = waiting.filter(name__in=request.suites, digest__in=request.suites.values())
    found = [
        pk for pk, name, digest in lie_there.values_list("pk", "name", "digest") if request.suites.get(name) == digest
    ]
    if request.kinds:
        found += waiting.filter(fits_host(request)).exclude(pk__in=found).values_list("pk", flat=True)
    return found


def _lock_lane(lane: str) -> None:
    if not LaneClock.objects.filter(lane=lane, priority=FIRST_PRIORITY).exists():
        clocks = [LaneClock(lane=lane, priority=level) for level in (FIRST_PRIORITY, REGRADE_PRIORITY)]
        LaneClock.objects.bulk_create(clocks, ignore_conflicts=True)
    LaneClock.objects.select_for_update().get(lane=lane, priority=FIRST_PRIORITY)


def _next_job(lane: str, suites: Iterable[int], levels: Iterable[int], at: datetime) -> GradingJob | None:
    waiting = GradingJob.objects.filter(state=JobState.QUEUED, lane=lane, not_before__lte=at).only(
        "pk", "state", "lease_token", "virtual_start", "priority", "lane"
    )
    for level in levels:
        heads = [
            head
            for suite in suites
            if (head := waiting.filter(suite_id=suite, priority=level).order_by("virtual_start", "pk").first())
        ]
        if heads:
            return min(heads, key=lambda job: (job.virtual_start, job.pk))
    return None


def _take(job: GradingJob, runner: Runner, *, at: datetime) -> bool:
    taken = GradingJob.objects.filter(pk=job.pk, state=JobState.QUEUED, lease_token=job.lease_token).update(
        state=JobState.RUNNING,
        lease_token=F("lease_token") + 1,
        lease_until=at + timedelta(seconds=settings.GRADING_LEASE_SECONDS),
        runs=F("runs") + 1,
        runner=runner,
        phase=Phase.CLAIMED.value,
        progress=[],
        claimed_at=at,
        sandbox_ready_at=None,
        first_check_at=None,
        last_check_at=None,
    )
    if taken:
        clock = LaneClock.objects.filter(lane=job.lane, priority=job.priority)
        clock.update(virtual_time=Greatest(F("virtual_time"), Value(job.virtual_start)))
    return taken == 1


def _run_request(job_id: int) -> RunRequest:
    job = GradingJob.objects.select_related("submission", "suite").get(pk=job_id)
    return RunRequest(
        job_id=job.pk,
        lease_token=job.lease_token,
        lease_seconds=settings.GRADING_LEASE_SECONDS,
        run=job.runs,
        submission_id=job.submission_id,
        suite_name=job.suite.name,
        suite_digest=job.suite_digest,
        bundle_sha256=job.submission.sha256,
    )


def _regrades_running(lane: str) -> int:
    return GradingJob.objects.filter(state=JobState.RUNNING, lane=lane, priority=REGRADE_PRIORITY).count()


def _break(job: GradingJob, *, sentence: str, detail: str, at: datetime, overdue: bool = False) -> bool:
    live = GradingJob.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_token=job.lease_token)
    if overdue:
        live = live.filter(lease_until__lt=at)
    told = {"fault_sentence": sentence, "fault_detail": detail}
    if job.runs >= settings.GRADING_MAX_RUNS:
        moved = live.update(state=JobState.GRADER_ERROR, finished_at=at, lease_until=None, progress=[], **told)
    else:
        pause = timedelta(seconds=settings.GRADING_RETRY_SECONDS[max(0, job.runs - 1)])
        moved = live.update(state=JobState.QUEUED, not_before=at + pause, **_NO_LEASE, **told)
    if not moved:
        return False
    if job.runs >= settings.GRADING_MAX_RUNS:
        if job.kind == JobKind.SUBMISSION:
            Submission.objects.filter(pk=job.submission_id).update(uses_try=False)
        # Of a batch nobody is written to three hundred times: its page says what failed.
        if not job.is_held:
            transaction.on_commit(lambda: notices.tell_staff(job.pk))
    JobFault.objects.create(
        job=job,
        runner_id=job.runner_id,
        lease_token=job.lease_token,
        sentence=sentence,
        detail=detail,
        was_silent=overdue,
        happened_at=at,
    )
    # A host that died lets all its leases run out at once. Once it is back it is as good as any.
    if job.runner_id is not None and not overdue:
        _drain_if_broken(job.runner_id, at=at)
    return True


def _drain_if_broken(runner_id: int, *, at: datetime) -> None:
    # Nor does a batch with a suite that breaks take the host from those who hand in.
    told = JobFault.objects.filter(runner_id=runner_id, was_silent=False, job__is_held=False)
    recent = told.filter(happened_at__gt=at - DRAIN_WINDOW).count()
    if recent >= DRAIN_FAULTS:
        reason = f"{recent} faults of ours within {DRAIN_WINDOW.seconds // 60} minutes. Look at them, then undrain it."
        Runner.objects.filter(pk=runner_id, drained_at__isnull=True).update(drained_at=at, drain_reason=reason)
