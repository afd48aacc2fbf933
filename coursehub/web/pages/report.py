"""What a report says beside its checks: who decided, what the autograder wrote, and with what it was graded."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from coursehub.common.foreign import ForeignTexts
from coursehub.web import words
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.words import Source
from grading.engine.comparison import Change, counted, told
from grading.submissions.models import GradingJob, GradingResult
from grading.submissions.reading import ReadReport, changes_between
from runners.protocol import Visibility

CUT_SHORT = "The run was ended at its time limit. What you see is what the autograder had written until then."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesSince:
    """What changed since another report, in words and by check."""

    sentence: str
    by_check: Mapping[str, Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedWith:
    """With what it was graded, for staff: enough to do it again."""

    facts: tuple[Fact, ...]
    packages: tuple[Fact, ...]
    phases: tuple[Fact, ...]
    extra_data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPart:
    """What stands around the table of checks."""

    source: Source
    notice: str = ""
    output: SafeString = field(default_factory=SafeString)
    console: SafeString = field(default_factory=SafeString)
    console_note: str = ""
    leaderboard: tuple[Fact, ...] = ()
    flags: tuple[str, ...] = ()
    graded_with: GradedWith | None = None
    changes: tuple[ChangesSince, ...] = ()


def report_part(
    report: ReadReport, job: GradingJob, texts: ForeignTexts, *, changes: Iterable[ChangesSince] = ()
) -> ReportPart:
    """Build what stands around the checks of a report; `job` is its job with suite and runner."""
    staff = report.staff
    return ReportPart(
        source=words.SOURCES[report.kind],
        notice=CUT_SHORT if report.is_partial else "",
        output=texts.html(report.output, report.output_format),
        console=texts.console(report.console),
        console_note=words.FOR_STAFF[Visibility(staff.console_visibility)] if staff else "",
        leaderboard=tuple(
            Fact(label=str(entry.get("name", "")), value=str(entry.get("value", ""))) for entry in report.leaderboard
        ),
        flags=tuple(str(flag) for flag in staff.flags) if staff else (),
        graded_with=_graded_with(staff, job) if staff else None,
        changes=tuple(changes),
    )


def changes_since(before: ReadReport, after: ReadReport, *, since: str) -> ChangesSince | None:
    """Return what changed between two reports, or None where they have no check in common to speak of."""
    by_check = changes_between(before, after)
    if not by_check or all(change is Change.NEW for change in by_check.values()):
        return None
    return ChangesSince(sentence=f"{told(counted(by_check))} since {since}.", by_check=by_check)


def _graded_with(result: GradingResult, job: GradingJob) -> GradedWith:
    seen: dict[str, Any] = result.provenance
    limits: dict[str, Any] = seen.get("limits", {})
    memory = seen.get("memory_bytes") or limits.get("memory_bytes")
    pairs = [
        ("Suite", f"{job.suite.title} ({job.suite.name})"),
        ("Version", job.suite_digest),
        ("Kind", result.kind),
        ("Seed", result.seed),
        ("Points by the suite", _suite_points(seen)),
        ("Said by the autograder", words.points(result.score) if result.score is not None else ""),
        ("Sandbox", seen.get("sandbox", "")),
        ("Image", seen.get("image", "")),
        ("Environment", seen.get("environment", "")),
        ("Machine", seen.get("machine", "")),
        ("Memory limit", words.memory(int(memory)) if isinstance(memory, int) else ""),
        ("Time limit", _seconds(limits.get("case_seconds"), "for each check")),
        ("Time limit of the run", _seconds(limits.get("run_seconds"), "in all")),
        ("Processors", str(limits["cpus"]) if "cpus" in limits else ""),
        ("Network", "on" if limits.get("network") else "off"),
        ("Runner", job.runner.name if job.runner else ""),
        ("Lane", job.lane),
        ("Job", f"{job.pk}, run {job.runs}, lease {result.lease_token}"),
    ]
    extra = json.dumps(result.extra_data, indent=2, ensure_ascii=False) if result.extra_data else ""
    return GradedWith(
        facts=facts_of(pairs),
        packages=facts_of(sorted(seen.get("packages", {}).items())),
        phases=facts_of(
            (name.replace("_", " ").capitalize(), f"{seconds:.2f} s")
            for name, seconds in seen.get("phase_seconds", {}).items()
        ),
        extra_data=extra,
    )


def _suite_points(told: Mapping[str, Any]) -> str:
    if "suite_points" not in told:
        return ""
    return f"{told['suite_points']} of {told.get('suite_max_points', '')}"


def _seconds(limit: Any, what: str) -> str:
    return f"{limit:g} s {what}" if isinstance(limit, int | float) else ""
