"""A run as one archive that makes it repeatable: ``python -m runners.grade --replay FILE``.

It holds the submission's files, the secret seed of the run, what it was made with, and the report as it was. The suite
is named by its digest and not in it: who may see submissions need not have the reference solution.
"""

from typing import Any

from grading.assessments.models import SuiteVersion
from grading.submissions.bundles import files_of, zipped
from grading.submissions.models import CheckResult, GradingResult
from runners.protocol import CheckReport, SuiteManifest, ValueDifference
from runners.suite_protocol import REPLAY_FILE, SUBMISSION_FOLDER, Replay


def replay_archive(result: GradingResult) -> bytes:
    """Return the archive of a run. Raises ``AssessmentFault`` where a file of the submission is damaged."""
    submission = result.job.submission
    contents = {f"{SUBMISSION_FOLDER}{path}": content for path, content in files_of(submission).items()}
    contents[REPLAY_FILE] = replay_of(result).model_dump_json(indent=2).encode()
    return zipped(contents)


def replay_of(result: GradingResult) -> Replay:
    """Return what a run was."""
    job = result.job
    return Replay(
        submission_id=job.submission_id,
        job_id=job.pk,
        suite_name=job.suite.name,
        suite_version=job.suite.label,
        suite_digest=job.suite_digest,
        bundle_sha256=job.submission.sha256,
        seed=result.seed,
        limits=_limits(job.suite),
        provenance=result.provenance,
        message=result.message,
        checks=tuple(_check(check) for check in result.checks.order_by("order")),
    )


def _check(check: CheckResult) -> CheckReport:
    return CheckReport(
        id=check.case_id,
        outcome=check.outcome,
        points=check.points,
        max_points=check.max_points,
        message=check.message,
        hint=check.hint,
        details=[ValueDifference.model_validate(detail) for detail in check.details],
        output=check.output,
        seconds=check.seconds,
        peak_bytes=check.peak_bytes,
    )


def _limits(suite: SuiteVersion) -> dict[str, Any]:
    manifest = SuiteManifest.model_validate(suite.manifest)
    return {
        "memory_bytes": manifest.memory_bytes,
        "case_seconds": manifest.case_seconds,
        "run_seconds": manifest.run_seconds,
        "cases": {
            case.id: {"seconds": case.seconds, "memory_bytes": case.memory_bytes}
            for case in manifest.cases
            if case.seconds is not None or case.memory_bytes is not None
        },
    }
