"""Checks as a student reads them, from a finished result or from the progress of a live run."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.safestring import SafeString

from coursehub.common.foreign import ForeignTexts
from coursehub.web import words
from coursehub.web.words import Look
from grading.assessments.models import SuiteVersion
from grading.engine.comparison import Change
from grading.engine.visibility import Eyes, sees
from grading.submissions.models import GradingJob
from grading.submissions.reading import AwaitedCheck, ReadCheck, ReadReport, read_progress
from runners.protocol import Outcome, SuiteManifest, ValueDifference, Visibility

WAITING = Look(key="queued", mark="…", word="Waiting")
WAS_HIDDEN = "This check was hidden until now. What it printed stays hidden."


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where one recorded value is not what it should be."""

    name: str
    reason: str
    found: str
    expected: str
    worst_index: str
    relative_error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One row of the checks table."""

    anchor: str
    title: str
    look: Look
    is_done: bool
    is_full: bool
    points: str
    seconds: str = ""
    number: str = ""
    counts: bool = True
    tags: tuple[str, ...] = ()
    message: str = ""
    hint: str = ""
    differences: tuple[Difference, ...] = ()
    output: SafeString = field(default_factory=SafeString)
    note: str = ""
    """Who sees it, or why so little of it."""
    change: Look | None = None
    """What became of it since the report it is compared with, where that is worth a word."""
    group: str = ""
    heading: str = ""
    """The name of its group, on the first row of it."""

    @property
    def has_finding(self) -> bool:
        """Whether there is anything to say below the title."""
        return bool(self.message or self.hint or self.differences or self.output or self.note or self.tags)


def finished_lines(
    report: ReadReport, texts: ForeignTexts, *, compared: Mapping[str, Change] | None = None
) -> tuple[CheckLine, ...]:
    """Return the rows of a report; `compared` says what became of each check since another one."""
    is_staff = report.staff is not None
    return under_headings(_line(check, texts, is_staff=is_staff, compared=compared) for check in report.checks)


def live_lines(job: GradingJob, eyes: Eyes, texts: ForeignTexts) -> tuple[CheckLine, ...]:
    """Return a row for every case that these eyes may see: what has come so far, and what has not."""
    manifest = SuiteManifest.model_validate(job.suite.manifest)
    return under_headings(
        _awaited(row) if isinstance(row, AwaitedCheck) else _line(row, texts, is_staff=eyes.sees_all, compared=None)
        for row in read_progress(job, manifest, eyes)
    )


def cases_of(suite: SuiteVersion, eyes: Eyes) -> list[Mapping[str, Any]]:
    """Return the cases that the suite's manifest names and that these eyes may see."""
    cases: list[Mapping[str, Any]] = suite.manifest.get("cases", [])
    return [case for case in cases if sees(Visibility(case.get("visibility", Visibility.VISIBLE)), eyes)]


def under_headings(lines: Iterable[CheckLine]) -> tuple[CheckLine, ...]:
    """Name each group above its first row; a table that is one group needs no heading."""
    lines = tuple(lines)
    if len({line.group for line in lines}) < 2:
        return lines
    groups = ("", *(line.group for line in lines))
    return tuple(
        replace(line, heading=line.group) if line.group != before else line
        for line, before in zip(lines, groups, strict=False)
    )


def _awaited(case: AwaitedCheck) -> CheckLine:
    return CheckLine(
        anchor=_anchor(case.case_id),
        title=case.title,
        look=WAITING,
        is_done=False,
        is_full=False,
        points=f"{words.DASH} / {words.points(case.max_points)}",
        group=case.group,
    )


def _line(check: ReadCheck, texts: ForeignTexts, *, is_staff: bool, compared: Mapping[str, Change] | None) -> CheckLine:
    change = (compared or {}).get(check.case_id, Change.SAME)
    is_worth_nothing = not check.counts and not check.max_points
    return CheckLine(
        anchor=_anchor(check.case_id),
        title=check.title,
        look=words.OUTCOMES[check.outcome],
        is_done=True,
        is_full=check.outcome is Outcome.PASSED,
        points=words.DASH if is_worth_nothing else f"{words.points(check.points)} / {words.points(check.max_points)}",
        seconds="" if check.outcome is Outcome.NOT_RUN or not check.seconds else f"{check.seconds:.2f} s",
        number=check.number,
        counts=check.counts,
        tags=check.tags,
        message=check.message,
        hint=check.hint,
        differences=tuple(_difference(detail) for detail in check.details),
        output=texts.html(check.output, check.output_format),
        note=words.FOR_STAFF[check.visibility] if is_staff else WAS_HIDDEN if check.is_muted else "",
        change=None if change is Change.SAME else words.CHANGES[change],
        group=check.group,
    )


def _anchor(case_id: str) -> str:
    # Some autograders call a check what no address can hold.
    fits = re.fullmatch(r"[\w.-]{1,120}", case_id, re.ASCII)
    return f"check-{case_id}" if fits else f"check--{hashlib.sha256(case_id.encode()).hexdigest()[:12]}"


def _difference(detail: ValueDifference) -> Difference:
    index = detail.worst_index
    error = detail.relative_error
    return Difference(
        name=detail.name,
        reason=detail.reason,
        found=detail.found,
        expected=detail.expected,
        worst_index="" if index is None else f"[{', '.join(str(step) for step in index)}]",
        relative_error="" if error is None else f"{error:.2g}",
    )
