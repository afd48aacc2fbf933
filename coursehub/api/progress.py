"""How far a submission's grading is, as one flat record for a program that polls."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from grading.engine.points import scaled
from grading.engine.visibility import Eyes, sees, sees_total
from grading.submissions import queries
from grading.submissions.models import FINAL_STATES, GradingJob, GradingResult, JobState, Submission
from grading.submissions.queries import QueuePlace
from grading.submissions.reading import AwaitedCheck, read_progress
from runners.protocol import SuiteManifest, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What ``SubmissionSerializer`` sends."""

    id: int
    number: int
    assessment: str
    author: str
    received_at: datetime
    sha256: str
    state: str
    is_final: bool
    phase: str
    queue: QueuePlace | None
    checks_done: int
    checks_total: int
    points: Decimal | None
    max_points: Decimal
    verdict: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What ``SubmissionLineSerializer`` sends."""

    id: int
    number: int
    received_at: datetime
    state: str
    points: Decimal | None
    max_points: Decimal
    verdict: str | None


def line_of(submission: Submission, eyes: Eyes) -> Line:
    """Read a row of ``queries.submissions_of`` with these eyes, without asking the database again."""
    columns = vars(submission)
    is_open = sees_total(Visibility(columns["total_visibility"] or Visibility.VISIBLE), eyes)
    graded = columns["points"] is not None and is_open
    scale = submission.assessment.max_points
    return Line(
        id=submission.pk,
        number=submission.number,
        received_at=submission.received_at,
        state=columns["state"] or "ungraded",
        points=scaled(columns["points"], of=columns["max_points"], to=scale) if graded else None,
        max_points=scale,
        verdict=columns["verdict"] if is_open else None,
    )


def progress_of(submission: Submission, eyes: Eyes) -> Progress:
    """Read a submission's newest job with these eyes: checks that they do not see are not counted.

    Points are on the assessment's scale, from the newest job that finished.
    """
    job = queries.newest_job(submission)
    result = queries.newest_result(submission)
    is_final = job is None or job.state in FINAL_STATES
    is_waiting = job is not None and job.state == JobState.QUEUED
    is_finished = job is not None and job.state == JobState.FINISHED
    is_open = result is not None and sees_total(Visibility(result.total_visibility), eyes)
    done, total = _checks(job, result if is_finished else None, eyes)
    return Progress(
        id=submission.pk,
        number=submission.number,
        assessment=submission.assessment.slug,
        author=submission.author.email,
        received_at=submission.received_at,
        sha256=submission.sha256,
        state=job.state if job else "ungraded",
        is_final=is_final,
        phase=job.phase if job else "",
        queue=queries.queue_place(job) if job is not None and is_waiting else None,
        checks_done=done,
        checks_total=total,
        points=queries.points_on(submission.assessment, result) if result and is_open else None,
        max_points=submission.assessment.max_points,
        verdict=result.verdict if result and is_open else None,
        message=(result.message if result and is_finished else "") or (job.fault_sentence if job else ""),
    )


def _checks(job: GradingJob | None, result: GradingResult | None, eyes: Eyes) -> tuple[int, int]:
    """Return how many checks have ended, and of how many, among those that are seen."""
    if job is None:
        return 0, 0
    if result is not None:
        words = result.checks.values_list("visibility", flat=True)
        seen = sum(sees(Visibility(word), eyes) for word in words)
        return seen, seen
    rows = read_progress(job, SuiteManifest.model_validate(job.suite.manifest), eyes)
    return sum(not isinstance(row, AwaitedCheck) for row in rows), len(rows)
