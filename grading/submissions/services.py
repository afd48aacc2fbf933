"""Hand in, grade again, cancel: each one transaction, with its ticket sent after the commit."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.errors import NotAllowed
from coursehub.courses.models import Capability, Enrollment
from grading.assessments import files
from grading.assessments.models import Assessment
from grading.deadlines.queries import dates_for
from grading.submissions import jobs, queries, rules, tickets
from grading.submissions.errors import (
    AlreadyFinal,
    AlreadyInGrading,
    IdempotencyKeyReused,
    NothingToGradeWith,
)
from grading.submissions.models import GradingJob, JobKind, JobState, Runner, Submission, SubmissionFile
from grading.submissions.reports import misfit_of_checks
from grading.submissions.uploads import Upload, check_files
from runners.protocol import JobEvent, SuiteManifest, folder_digest

log = logging.getLogger(__name__)


def submit(
    assessment: Assessment,
    *,
    by: User,
    uploads: Sequence[Upload],
    idempotency_key: str,
    pledge_signature: str = "",
) -> Submission:
    """Receive work for grading, or raise ``SubmissionRefused``; ``NotAllowed`` for who does not hand in here.

    The moment of submission is the database's when the upload was complete. The same key with the same files
    returns the submission that it made the first time.
    """
    at = database_now()
    rules.check_key(idempotency_key)
    access.require(by, assessment.offering, Capability.SUBMIT)
    digest = folder_digest((upload.path, upload.content) for upload in uploads)
    if (earlier := _sent_before(assessment, by, idempotency_key, digest)) is not None:
        return earlier
    dates = dates_for(by, assessment)
    rules.check_window(assessment, dates=dates, at=at)
    rules.check_pledge(assessment, by=by, signature=pledge_signature)
    check_files(uploads, rules.limits_of(assessment))
    with transaction.atomic():
        # One author's submissions to an offering follow one another: tries and numbers are counted under this lock.
        Enrollment.objects.select_for_update(no_key=True).get(offering_id=assessment.offering_id, user=by)
        if (earlier := _sent_before(assessment, by, idempotency_key, digest)) is not None:
            return earlier
        rules.check_tries(queries.tries_of(by, assessment, dates=dates))
        submission = _write(
            Submission(
                assessment=assessment,
                author=by,
                received_at=at,
                sha256=digest,
                idempotency_key=idempotency_key,
                pledge_text=assessment.pledge,
                pledge_signature=pledge_signature if assessment.pledge else "",
            ),
            uploads,
        )
        _enqueue(submission, kind=JobKind.SUBMISSION, requested_by=by, at=at)
    return submission


def regrade(submission: Submission, *, by: User) -> GradingJob:
    """Grade a submission again with the suite of today; the old result stays.

    Raises ``NotAllowed``, ``AlreadyInGrading`` or ``NothingToGradeWith``. A job that still waits with an older suite
    is superseded.
    """
    assessment = submission.assessment
    access.require(by, assessment.offering, Capability.REGRADE)
    if assessment.suite is None:
        raise NothingToGradeWith
    at = database_now()
    with transaction.atomic():
        Enrollment.objects.select_for_update(no_key=True).get(
            offering_id=assessment.offering_id, user_id=submission.author_id
        )
        # A batch that is held back is another matter: whoever asks for this one gets it, and it is the newer.
        still_open = submission.jobs.filter(state__in=[JobState.QUEUED, JobState.RUNNING], is_held=False)
        for job in still_open.defer("progress"):
            outdated = job.state == JobState.QUEUED and job.suite_id != assessment.suite_id
            if not (outdated and jobs.supersede(job, at=at)):
                raise AlreadyInGrading
        new = _enqueue(submission, kind=JobKind.REGRADE, requested_by=by, at=at)
    if new is None:
        raise NothingToGradeWith
    return new


def cancel(submission: Submission, *, by: User) -> None:
    """Stop the grading of a submission: its author may, and who may regrade.

    Raises ``NotAllowed``, or ``AlreadyFinal`` where grading had ended. Work that had not begun gives its try back.
    """
    if submission.author_id != by.pk and Capability.REGRADE not in access.capabilities_of(
        by, submission.assessment.offering
    ):
        raise NotAllowed
    job = queries.newest_job(submission)
    if job is None or (job.kind == JobKind.REGRADE and submission.author_id == by.pk):
        raise AlreadyFinal
    if not jobs.cancel(job, at=database_now()):
        raise AlreadyFinal


def note_event(runner: Runner, job_id: int, event: JobEvent) -> bool:
    """Note how far a runner is, and that it lives. False: it has lost the job.

    Checks that the suite cannot give are a fault of the runner, as they are in a report.
    """
    at = database_now()
    if event.checks:
        manifest = GradingJob.objects.values_list("suite__manifest", flat=True).get(pk=job_id)
        if misfit := misfit_of_checks(SuiteManifest.model_validate(manifest), event.checks):
            log.error("Runner %s sent progress of job %s that does not fit: %s", runner, job_id, misfit)
            jobs.fault(runner, job_id, event.lease_token, sentence=jobs.MISFIT, detail=misfit, at=at)
            return False
    return jobs.hold(runner, job_id, event, at=at)


def give_back(runner: Runner, job_id: int, *, lease_token: int) -> bool:
    """Take a job back from a host that stops, and tell another one. False: it had lost the job already."""
    given = jobs.release(runner, job_id, lease_token, at=database_now())
    if given and runner.lane:
        transaction.on_commit(lambda: tickets.send(runner.lane), robust=True)
    return given


def report_fault(runner: Runner, job_id: int, *, lease_token: int, sentence: str, detail: str) -> bool:
    """Note that something of ours broke at a runner. False: it had lost the job already."""
    return jobs.fault(runner, job_id, lease_token, sentence=sentence, detail=detail, at=database_now())


def _sent_before(assessment: Assessment, by: User, key: str, digest: str) -> Submission | None:
    earlier = Submission.objects.filter(assessment=assessment, author=by, idempotency_key=key).first()
    if earlier is not None and earlier.sha256 != digest:
        raise IdempotencyKeyReused
    return earlier


def _write(submission: Submission, uploads: Sequence[Upload]) -> Submission:
    """Store files, then rows. A crash in between leaves content that no row names, never a row without content."""
    before = Submission.objects.filter(assessment=submission.assessment, author=submission.author)
    stored = files.keep([upload.content for upload in uploads])
    submission.number = (before.aggregate(last=Max("number"))["last"] or 0) + 1
    submission.total_bytes = sum(len(upload.content) for upload in uploads)
    submission.save(force_insert=True)
    SubmissionFile.objects.bulk_create(
        SubmissionFile(submission=submission, path=upload.path, stored=row)
        for upload, row in zip(uploads, stored, strict=True)
    )
    return submission


def _enqueue(submission: Submission, *, kind: JobKind, requested_by: User, at: datetime) -> GradingJob | None:
    suite = submission.assessment.suite
    if suite is None:
        return None
    job = jobs.enqueue(submission, suite=suite, kind=kind, requested_by=requested_by, at=at)
    transaction.on_commit(lambda: tickets.send(suite.lane), robust=True)
    return job
