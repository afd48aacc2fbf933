"""Run inside a stack's site (`python -m tests.chaos.facts`): print what the database says of every submission."""

import json
import os
import sys

import django


def facts() -> dict[str, list[dict[str, object]]]:
    from grading.gradebook.models import GradeEvent  # noqa: PLC0415  # after django.setup
    from grading.submissions.models import GradingJob, GradingResult, RefusedReport, Submission  # noqa: PLC0415

    results = {}
    for result in GradingResult.objects.all():
        results.setdefault(result.job_id, []).append(result)
    events, refused = {}, {}
    for job_id in GradeEvent.objects.values_list("job_id", flat=True):
        events[job_id] = events.get(job_id, 0) + 1
    for job_id in RefusedReport.objects.values_list("job_id", flat=True):
        refused[job_id] = refused.get(job_id, 0) + 1
    jobs = [
        {
            "submission": job.submission_id,
            "state": job.state,
            "runs": job.runs,
            "runner": job.runner.name if job.runner else None,
            "phase": job.phase,
            "lease_token": job.lease_token,
            "result_tokens": [result.lease_token for result in results.get(job.pk, [])],
            "points": [str(result.points) for result in results.get(job.pk, [])],
            "checks": [result.checks.count() for result in results.get(job.pk, [])],
            "grade_events": events.get(job.pk, 0),
            "refused_reports": refused.get(job.pk, 0),
        }
        for job in GradingJob.objects.select_related("runner").order_by("pk")
    ]
    submissions = [
        {"id": submission.pk, "key": submission.idempotency_key, "uses_try": submission.uses_try}
        for submission in Submission.objects.order_by("pk")
    ]
    return {"jobs": jobs, "submissions": submissions}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursehub.settings")
    django.setup()
    json.dump(facts(), sys.stdout)
