"""Check what a runner reports against what its suite can give: a runner is not trusted either. Pure."""

import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from runners.protocol import CheckReport, Outcome, RunReport, SuiteManifest, Verdict

MAX_EXTRA_DATA_BYTES = 64 * 1024
_EARNING = frozenset({Outcome.PASSED, Outcome.PARTIAL})


def misfit_of_report(manifest: SuiteManifest, digest: str, report: RunReport) -> str:
    """Return why a report cannot be of this suite, or nothing where it can."""
    if (report.suite_name, report.suite_digest) != (manifest.name, digest):
        return f"It is of suite {report.suite_name}@{report.suite_digest[:12]}, not {manifest.name}@{digest[:12]}."
    if sentence := misfit_of_checks(manifest, report.checks):
        return sentence
    if missing := {case.id for case in manifest.cases} - {check.id for check in report.checks}:
        return f"It says nothing of {', '.join(sorted(missing)[:5])}."
    most = manifest.max_points + (manifest.bonus_points if manifest.names_its_own_tests else 0)
    if points_of(report) > most:
        return f"It gives {points_of(report)} points where {most} are the most."
    if report.score is not None and not manifest.names_its_own_tests:
        return "It states a score of its own, which this kind of suite does not have."
    return _misfit_of_extra_data(report)


def misfit_of_checks(manifest: SuiteManifest, checks: Sequence[CheckReport]) -> str:
    """Return why these checks, perhaps not yet all, cannot be of this suite, or nothing where they can."""
    cases = {case.id: case for case in manifest.cases}
    seen: set[str] = set()
    for check in checks:
        if check.id in seen:
            return f"It reports {check.id} twice."
        seen.add(check.id)
        if manifest.names_its_own_tests:
            continue
        case = cases.get(check.id)
        if case is None:
            return f"The suite has no check {check.id}."
        if check.max_points != case.points:
            return f"{check.id} is worth {case.points}, not {check.max_points}."
        if check.points > case.points:
            return f"{check.id} is worth {case.points}, so it cannot earn {check.points}."
        if check.points and check.outcome not in _EARNING:
            return f"{check.id} ended as {check.outcome}, which earns nothing, yet it has {check.points} points."
        if check.outcome is Outcome.PASSED and check.points != case.points:
            return f"{check.id} passed, which earns {case.points}, yet it has {check.points} points."
    return ""


def _misfit_of_extra_data(report: RunReport) -> str:
    try:
        size = len(json.dumps(report.extra_data).encode())
    except (ValueError, RecursionError):
        return "Its extra_data cannot be written as JSON."
    return f"Its extra_data has {size} bytes where 64 KiB are the most." if size > MAX_EXTRA_DATA_BYTES else ""


def verdict_of(manifest: SuiteManifest, report: RunReport) -> Verdict:
    """Return how a whole submission ended: everything passed, something earned, or nothing."""
    points = points_of(report)
    counting = [check for check in report.checks if check.counts]
    all_passed = all(check.outcome is Outcome.PASSED for check in counting)
    if all_passed and points >= manifest.max_points and not report.is_partial:
        return Verdict.PASSED
    return Verdict.PARTIAL if points > 0 else Verdict.FAILED


def points_of(report: RunReport) -> Decimal:
    """Return the exact sum of the points, or the score that an autograder states for the whole."""
    if report.score is not None:
        return report.score
    return sum((check.points for check in report.checks), Decimal(0))


def storable(value: Any) -> Any:
    """Return what came as JSON in a form that every database takes.

    PostgreSQL has neither the null character nor half a surrogate pair in texts, and JSON has no infinity. A runner
    cleans what it sends, but nothing rests on that.
    """
    match value:
        case str():
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
        case dict():
            return {storable(str(key)): storable(item) for key, item in value.items()}
        case list() | tuple():
            return [storable(item) for item in value]
        case float() if not math.isfinite(value):
            return None
    return value
