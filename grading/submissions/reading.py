"""A report as one person may read it: the only way from stored results to a page, a list, a grade or the API.

Whatever shows a result asks here. What a person may not see is not in what comes back, so no template and no
serializer can show it by mistake.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from coursehub.courses.models import Capability
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.engine.comparison import Change, CheckFact, changes, share_of
from grading.engine.visibility import Eyes, hides_total, sees, sees_total, sees_words
from grading.submissions.models import CheckResult, GradingJob, GradingResult
from runners.protocol import CheckReport, Outcome, SuiteKind, SuiteManifest, TextFormat, ValueDifference, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCheck:
    """A check as somebody may read it. Whoever may not see it at all gets none."""

    case_id: str
    number: str
    title: str
    group: str
    outcome: Outcome
    points: Decimal
    max_points: Decimal
    counts: bool
    visibility: Visibility
    tags: tuple[str, ...]
    message: str
    hint: str
    details: tuple[ValueDifference, ...]
    output: str
    output_format: TextFormat
    seconds: float
    peak_bytes: int
    is_muted: bool
    """Shown only now, with its points; what it printed and what was said of its values stays away."""

    @property
    def fact(self) -> CheckFact:
        """What a comparison needs."""
        passed = self.outcome is Outcome.PASSED
        return CheckFact(
            id=self.case_id, passed=passed, share=share_of(Fraction(self.points), Fraction(self.max_points))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedCheck:
    """A case of the suite that a running job has not come to."""

    case_id: str
    title: str
    group: str
    max_points: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """A result as somebody may read it."""

    kind: SuiteKind
    points: Decimal | None
    """On the scale of ``max_points``; None while they may not see the total."""
    max_points: Decimal
    verdict: str | None
    """None while they may not see the total."""
    total_visibility: Visibility
    message: str
    checks: tuple[ReadCheck, ...]
    is_partial: bool
    output: str
    output_format: TextFormat
    console: str
    """Empty where they may not see it."""
    leaderboard: tuple[Mapping[str, Any], ...]
    accepted_at: datetime
    staff: GradingResult | None
    """The whole of it, for who sees everything: seed, provenance, flags, what the autograder keeps."""

    @property
    def checks_that_count(self) -> tuple[ReadCheck, ...]:
        """Those of the visible checks that are among the checks to pass."""
        return tuple(check for check in self.checks if check.counts)


def eyes_of(
    may: Collection[Capability], assessment: Assessment, *, dates: EffectiveDates, is_held_back: bool, at: datetime
) -> Eyes:
    """Return with which eyes somebody who has these rights reads reports on an assessment.

    `dates` are those of the reports' author, who cannot hand in after it closes for them, or after it is due where
    nothing late is taken. Grades are released when staff do so where the assessment says that; else with the solutions,
    and where those have no date, as soon as the author cannot hand in any more. A grade that is held back waits in any
    case; `queries.is_held_back` knows.
    """
    last = dates.last_hand_in_at
    is_manual = assessment.grade_release == Assessment.GradeRelease.MANUAL
    released_at = assessment.grades_released_at if is_manual else assessment.solutions_at or last
    return Eyes(
        sees_all=Capability.VIEW_SUBMISSIONS in may,
        at=at,
        last_hand_in_at=last,
        released_at=released_at,
        grade_waits=is_held_back or (is_manual and (released_at is None or at < released_at)),
    )


def read(result: GradingResult, checks: Iterable[CheckResult], eyes: Eyes) -> ReadReport:
    """Return a result as these eyes may read it; `checks` are its own, in order."""
    total_visibility = Visibility(result.total_visibility)
    is_open = sees_total(total_visibility, eyes)
    return ReadReport(
        kind=SuiteKind(result.kind),
        points=result.points if is_open else None,
        max_points=result.max_points,
        verdict=result.verdict if is_open else None,
        total_visibility=hides_total(total_visibility, eyes),
        message=result.message,
        checks=tuple(_check(check, eyes) for check in checks if sees(Visibility(check.visibility), eyes)),
        is_partial=result.is_partial,
        output=result.output,
        output_format=TextFormat(result.output_format),
        console=result.console if sees(Visibility(result.console_visibility), eyes) else "",
        leaderboard=tuple(result.leaderboard) if is_open else (),
        accepted_at=result.accepted_at,
        staff=result if eyes.sees_all else None,
    )


def read_progress(job: GradingJob, manifest: SuiteManifest, eyes: Eyes) -> tuple[ReadCheck | AwaitedCheck, ...]:
    """Return what of a running job's checks these eyes may see, and of the cases that have not come yet."""
    arrived = [CheckReport.model_validate(report) for report in job.progress]
    if manifest.names_its_own_tests:
        return tuple(
            _arrived(check, check.title or check.id, "", check.visibility, eyes)
            for check in arrived
            if sees(check.visibility, eyes)
        )
    found = {check.id: check for check in arrived}
    return tuple(
        _arrived(found[case.id], case.title, case.group, case.visibility, eyes)
        if case.id in found
        else AwaitedCheck(case_id=case.id, title=case.title, group=case.group, max_points=case.points)
        for case in manifest.cases
        if sees(case.visibility, eyes)
    )


def changes_between(before: ReadReport, after: ReadReport) -> dict[str, Change]:
    """Return what became of each check that the reader sees in `after`."""
    return changes((check.fact for check in before.checks), (check.fact for check in after.checks))


def _check(check: CheckResult, eyes: Eyes) -> ReadCheck:
    visibility = Visibility(check.visibility)
    has_words = sees_words(visibility, eyes)
    return ReadCheck(
        case_id=check.case_id,
        number=check.number,
        title=check.title,
        group=check.group,
        outcome=Outcome(check.outcome),
        points=check.points,
        max_points=check.max_points,
        counts=check.counts,
        visibility=visibility,
        tags=tuple(check.tags),
        message=check.message if has_words else "",
        hint=check.hint if has_words else "",
        details=tuple(ValueDifference.model_validate(detail) for detail in check.details) if has_words else (),
        output=check.output if has_words else "",
        output_format=TextFormat(check.output_format),
        seconds=check.seconds,
        peak_bytes=check.peak_bytes,
        is_muted=not has_words,
    )


def _arrived(check: CheckReport, title: str, group: str, visibility: Visibility, eyes: Eyes) -> ReadCheck:
    has_words = sees_words(visibility, eyes)
    return ReadCheck(
        case_id=check.id,
        number=check.number,
        title=title,
        group=group,
        outcome=check.outcome,
        points=check.points,
        max_points=check.max_points,
        counts=check.counts,
        visibility=visibility,
        tags=tuple(check.tags),
        message=check.message if has_words else "",
        hint=check.hint if has_words else "",
        details=tuple(check.details) if has_words else (),
        output=check.output if has_words else "",
        output_format=check.output_format,
        seconds=check.seconds,
        peak_bytes=check.peak_bytes,
        is_muted=not has_words,
    )
