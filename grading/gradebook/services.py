"""Accept what a runner found, and keep the grades that follow from it."""

import logging
from collections.abc import Collection

from django.db import transaction

from coursehub.common.clock import database_now
from coursehub.courses.models import Enrollment
from grading.assessments.models import Assessment
from grading.gradebook.models import GradeEvent
from grading.gradebook.projection import project
from grading.submissions import jobs, results
from grading.submissions.models import GradingJob, GradingResult, JobKind, RefusedReport, Runner
from grading.submissions.reports import misfit_of_report, storable
from runners.protocol import ReportAnswer, ReportRequest, SuiteManifest, to_json

log = logging.getLogger(__name__)

LEASE_LOST = "The lease was lost: somebody else holds this job by now, or it has ended."


def accept_report(runner: Runner, job_id: int, request: ReportRequest) -> ReportAnswer:
    """Finish a job with its result, its checks, one grade event and the cell: all in one transaction, or nothing.

    A job of a batch that is held back gets its result only; ``regrading.approve`` makes event and cell.
    A report under a lost lease, and one that does not fit the suite, is kept as evidence and changes no grade; the
    latter counts as a fault of the runner. The same report sent twice is answered as it was the first time.
    Raises ``GradingJob.DoesNotExist``.
    """
    at = database_now()
    with transaction.atomic():
        job = _locked(job_id)
        report = request.report
        manifest = SuiteManifest.model_validate(job.suite.manifest)
        if not jobs.is_held(job, runner, request.lease_token, at=at):
            if GradingResult.objects.filter(job=job, lease_token=request.lease_token).exists():
                return ReportAnswer(accepted=True)
            return _refused(job, runner, request, LEASE_LOST)
        if misfit := misfit_of_report(manifest, job.suite_digest, report):
            log.error("Runner %s sent a report for job %s that does not fit: %s", runner, job.pk, misfit)
            jobs.fault(runner, job.pk, request.lease_token, sentence=jobs.MISFIT, detail=misfit, at=at)
            return _refused(job, runner, request, misfit)
        if not jobs.finish(runner, job.pk, request.lease_token, at=at):
            return _refused(job, runner, request, LEASE_LOST)
        result = results.record(job, request.lease_token, report, manifest)
        if not job.is_held:
            _record_event(job, result)
    return ReportAnswer(accepted=True)


def project_cell(enrollment: Enrollment, assessment: Assessment) -> bool:
    """Bring a cell in line with the events; returns whether it, or another of the person, had to change.

    Call it under a lock on the enrollment, so that of two projections the later one has seen all events.
    """
    return bool(project(assessment.offering, [enrollment.pk], [assessment]).total())


def project_cells(assessment: Assessment, enrollments: Collection[int]) -> None:
    """Bring many cells in line with the events at once; `enrollments` are primary keys, all locked."""
    project(assessment.offering, enrollments, [assessment])


def _locked(job_id: int) -> GradingJob:
    """Return a job with its author's enrollment locked first, as every writer of grades does: no deadlock."""
    owner = GradingJob.objects.values("student_id", "submission__assessment__offering_id").get(pk=job_id)
    Enrollment.objects.select_for_update(no_key=True).get(
        user_id=owner["student_id"], offering_id=owner["submission__assessment__offering_id"]
    )
    return (
        GradingJob.objects.select_for_update(of=("self",), no_key=True)
        .select_related("submission__assessment__offering", "suite")
        .defer("progress")
        .get(pk=job_id)
    )


def _refused(job: GradingJob, runner: Runner, request: ReportRequest, reason: str) -> ReportAnswer:
    body = storable(to_json(request.report))
    RefusedReport.objects.create(
        job=job, runner=runner, lease_token=request.lease_token, reason=reason[:200], body=body
    )
    return ReportAnswer(accepted=False, reason=reason)


def _record_event(job: GradingJob, result: GradingResult) -> None:
    assessment = job.submission.assessment
    enrollment = Enrollment.objects.get(user_id=job.student_id, offering_id=assessment.offering_id)
    GradeEvent.objects.create(
        assessment=assessment,
        enrollment=enrollment,
        kind=GradeEvent.Kind.REGRADED if job.kind == JobKind.REGRADE else GradeEvent.Kind.AUTO,
        points=result.points,
        max_points=result.max_points,
        submission=job.submission,
        job=job,
        actor=job.requested_by if job.kind == JobKind.REGRADE else None,
    )
    project_cell(enrollment, assessment)
