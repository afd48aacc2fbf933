"""Write an accepted report down: the result, its checks, and what it was graded with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grading.engine.points import scaled
from grading.engine.visibility import least_visible
from grading.submissions.models import CheckResult, GradingJob, GradingResult
from grading.submissions.reports import points_of, storable, verdict_of
from runners.protocol import CheckReport, RunReport, SuiteManifest, Visibility, to_json

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A check with what the manifest says of it, or what the report says where the manifest does not name it."""

    report: CheckReport
    title: str
    group: str
    visibility: Visibility


def record(job: GradingJob, lease_token: int, report: RunReport, manifest: SuiteManifest) -> GradingResult:
    """Write a report that fits its suite (``reports.misfit_of_report``) down. Points go on the assessment's scale."""
    max_points = job.submission.assessment.max_points
    rows = list(_named_by_itself(report) if manifest.names_its_own_tests else _named_by_the_manifest(report, manifest))
    result = GradingResult.objects.create(
        job=job,
        lease_token=lease_token,
        points=scaled(points_of(report), of=manifest.max_points, to=max_points),
        max_points=max_points,
        verdict=verdict_of(manifest, report),
        kind=manifest.kind.value,
        total_visibility=least_visible(row.visibility for row in rows if row.report.counts).value,
        message=storable(report.message),
        score=report.score,
        is_partial=report.is_partial,
        output=storable(report.output),
        output_format=report.output_format.value,
        console=storable(report.console),
        console_visibility=report.console_visibility.value,
        leaderboard=storable([to_json(entry) for entry in report.leaderboard]),
        extra_data=storable(report.extra_data),
        flags=storable(list(report.flags)),
        seed=storable(report.seed),
        provenance=storable(_provenance(job, report, manifest)),
    )
    CheckResult.objects.bulk_create(
        CheckResult(
            result=result,
            order=order,
            case_id=storable(row.report.id),
            number=storable(row.report.number),
            title=storable(row.title),
            group=storable(row.group),
            outcome=row.report.outcome.value,
            visibility=row.visibility.value,
            counts=row.report.counts,
            tags=storable(list(row.report.tags)),
            points=row.report.points,
            max_points=row.report.max_points,
            message=storable(row.report.message),
            hint=storable(row.report.hint),
            details=storable([to_json(difference) for difference in row.report.details]),
            output=storable(row.report.output),
            output_format=row.report.output_format.value,
            seconds=row.report.seconds,
            peak_bytes=row.report.peak_bytes,
        )
        for order, row in enumerate(rows)
    )
    return result


def in_order(number: str) -> tuple[bool, list[tuple[int, int | str]]]:
    """Return what sorts ``1.10`` after ``1.9``, and what has no number after what has one."""
    parts = [part for part in _DIGITS.split(number) if part]
    return not number, [(0, int(part)) if part.isdecimal() else (1, part) for part in parts]


def _named_by_the_manifest(report: RunReport, manifest: SuiteManifest) -> Iterator[_Row]:
    # What a case is called, and who sees it, was fixed at publication: no report changes it.
    found = {check.id: check for check in report.checks}
    for case in manifest.cases:
        yield _Row(report=found[case.id], title=case.title, group=case.group, visibility=case.visibility)


def _named_by_itself(report: RunReport) -> Iterator[_Row]:
    for check in sorted(report.checks, key=lambda check: in_order(check.number)):
        yield _Row(report=check, title=check.title or check.id, group="", visibility=check.visibility)


def _provenance(job: GradingJob, report: RunReport, manifest: SuiteManifest) -> dict[str, Any]:
    return {
        "suite": f"{job.suite.name} {job.suite.label}",
        "suite_digest": job.suite_digest,
        "sandbox": report.sandbox,
        "image": report.image,
        "machine": report.machine,
        "packages": report.packages,
        "memory_bytes": report.memory_bytes,
        "phase_seconds": {phase.value: seconds for phase, seconds in report.phase_seconds.items()},
        "suite_points": str(points_of(report)),
        "suite_max_points": str(manifest.max_points),
        "environment": manifest.environment,
        "limits": {
            "memory_bytes": manifest.memory_bytes,
            "case_seconds": None if manifest.names_its_own_tests else manifest.case_seconds,
            "run_seconds": manifest.run_seconds if manifest.names_its_own_tests else None,
            "cpus": manifest.cpus,
            "network": manifest.network,
        },
    }
