"""The life of a check: every move is one conditional UPDATE, as in ``grading/submissions/jobs.py``.

Functions here take the database's moment as ``at``. A move names the state and the lease token that it expects; where
no row fits, it did not happen and the function says so. A lease that has run out is lost even before anybody has seen
it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet

from coursehub.accounts.models import User
from grading.assessments.models import SuiteVersion
from grading.assessments.queries import fits_host
from grading.catalogue.models import SuiteCheck
from grading.submissions import jobs
from grading.submissions.models import JobState, Runner
from runners.protocol import ClaimRequest, to_json
from runners.suite_protocol import SuiteCheckEvent, SuiteCheckReport, SuiteCheckRequest

OPEN = (JobState.QUEUED, JobState.RUNNING)
LOST = "The grading host went silent while it was looking at this suite."
_NO_LEASE: dict[str, object] = {"lease_until": None, "runner": None, "progress": {}}


def enqueue(version: SuiteVersion, *, by: User, files_sha256: str, at: datetime) -> SuiteCheck:
    """Put a check of a draft into the queue; an open one of it is superseded."""
    supersede(version, at=at)
    return SuiteCheck.objects.create(
        version=version,
        requested_by=by,
        files_sha256=files_sha256,
        lane=version.lane,
        queued_at=at,
        not_before=at,
    )


def supersede(version: SuiteVersion, *, at: datetime) -> None:
    """End the open check of a draft, because it is about to change."""
    SuiteCheck.objects.filter(version=version, state__in=OPEN).update(
        state=JobState.SUPERSEDED, finished_at=at, lease_until=None, progress={}
    )


def claim(runner: Runner, request: ClaimRequest, *, at: datetime) -> SuiteCheckRequest | None:
    """Hand the oldest check that a runner can do to it under a new lease, or None where there is none."""
    jobs.see(runner, request, at=at)
    reap(at=at)
    if runner.drained_at is not None or not request.kinds:
        return None
    fitting = SuiteVersion.objects.filter(fits_host(request), state=SuiteVersion.State.DRAFT)
    waiting = SuiteCheck.objects.filter(
        state=JobState.QUEUED, lane=request.lane, not_before__lte=at, version__in=fitting
    )
    while (check := waiting.order_by("pk").first()) is not None:
        taken = SuiteCheck.objects.filter(pk=check.pk, state=JobState.QUEUED, lease_token=check.lease_token).update(
            state=JobState.RUNNING,
            lease_token=F("lease_token") + 1,
            lease_until=at + timedelta(seconds=settings.GRADING_LEASE_SECONDS),
            runs=F("runs") + 1,
            runner=runner,
            progress={},
            claimed_at=at,
        )
        if taken:
            return _request(check.pk)
    return None


def hold(runner: Runner, check_id: int, event: SuiteCheckEvent, *, at: datetime) -> bool:
    """Extend a lease and note progress. False: the lease is lost, the runner must stop."""
    until = at + timedelta(seconds=settings.GRADING_LEASE_SECONDS)
    held = _held(runner, check_id, event.lease_token, at=at)
    return held.update(lease_until=until, progress=to_json(event)) == 1


def held_check(runner: Runner, check_id: int, lease_token: int, *, at: datetime) -> SuiteCheck | None:
    """Return the check that this runner holds under this token, or None."""
    return _held(runner, check_id, lease_token, at=at).select_related("version").first()


def finish(check: SuiteCheck, runner: Runner, report: SuiteCheckReport, *, digest: str, at: datetime) -> bool:
    """Move a running check to ``finished``. False: the lease is lost and nothing changed."""
    return (
        _held(runner, check.pk, check.lease_token, at=at).update(
            state=JobState.FINISHED,
            report=to_json(report),
            has_passed=report.has_passed,
            digest=digest,
            finished_at=at,
            lease_until=None,
            progress={},
            fault_sentence="",
        )
        == 1
    )


def fault(runner: Runner, check_id: int, lease_token: int, *, sentence: str, detail: str, at: datetime) -> bool:
    """Something of ours broke: queue the check again, or end it after the third run. False: the lease was lost."""
    check = _held(runner, check_id, lease_token, at=at).first()
    return check is not None and _break(check, sentence=sentence, detail=detail, at=at)


def release(runner: Runner, check_id: int, lease_token: int, *, at: datetime) -> bool:
    """Take a check back unharmed from a host that is stopping. False: the lease was lost."""
    return (
        _held(runner, check_id, lease_token, at=at).update(
            state=JobState.QUEUED, runs=F("runs") - 1, not_before=at, **_NO_LEASE
        )
        == 1
    )


def reap(*, at: datetime) -> int:
    """Queue again, or end, every check whose lease has run out; returns how many."""
    lost = SuiteCheck.objects.filter(state=JobState.RUNNING, lease_until__lt=at)
    return sum(_break(check, sentence=LOST, detail=f"Lease {check.lease_token} ran out.", at=at) for check in lost[:50])


def _held(runner: Runner, check_id: int, lease_token: int, *, at: datetime) -> QuerySet[SuiteCheck]:
    return SuiteCheck.objects.filter(
        pk=check_id, state=JobState.RUNNING, lease_token=lease_token, runner_id=runner.pk, lease_until__gte=at
    )


def _break(check: SuiteCheck, *, sentence: str, detail: str, at: datetime) -> bool:
    live = SuiteCheck.objects.filter(pk=check.pk, state=JobState.RUNNING, lease_token=check.lease_token)
    told = {"fault_sentence": sentence, "fault_detail": detail}
    if check.runs >= settings.GRADING_MAX_RUNS:
        return live.update(state=JobState.GRADER_ERROR, finished_at=at, lease_until=None, progress={}, **told) == 1
    pause = timedelta(seconds=settings.GRADING_RETRY_SECONDS[max(0, check.runs - 1)])
    return live.update(state=JobState.QUEUED, not_before=at + pause, **_NO_LEASE, **told) == 1


def _request(check_id: int) -> SuiteCheckRequest:
    check = SuiteCheck.objects.select_related("version").get(pk=check_id)
    return SuiteCheckRequest(
        check_id=check.pk,
        lease_token=check.lease_token,
        lease_seconds=settings.GRADING_LEASE_SECONDS,
        run=check.runs,
        suite_name=check.version.name,
        files_sha256=check.files_sha256,
    )
