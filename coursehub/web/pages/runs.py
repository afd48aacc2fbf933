"""The gradings of one submission, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.words import Look
from grading.engine.visibility import Eyes, sees_total
from grading.gradebook.models import RegradeBatch, RegradeItem
from grading.submissions.models import GradingJob, Submission
from grading.submissions.queries import results_of
from runners.protocol import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One grading of the submission."""

    number: int
    kind: str
    by: str
    why: str
    look: Look
    points: str
    asked_at: Moment
    url: str
    is_shown: bool
    is_held: bool
    batch_url: str
    """Of the batch that it belongs to, for staff."""


def run_lines(
    jobs: Sequence[GradingJob],
    shown: GradingJob | None,
    *,
    submission: Submission,
    eyes: Eyes,
    may_regrade: bool,
    now: datetime,
) -> tuple[RunLine, ...]:
    """Return a line for each job, with no more points than these eyes may see."""
    zone, url = submission.assessment.offering.zone, reverse("submission", args=[submission.pk])
    newest = newest_that_stands(jobs)
    found, lines = results_of(jobs), []
    for index, job in enumerate(jobs):
        result = found.get(job.pk)
        is_open = result is not None and sees_total(Visibility(result.total_visibility), eyes)
        batch = batch_of(job)
        lines.append(
            RunLine(
                number=len(jobs) - index,
                kind=job.get_kind_display(),
                by=job.requested_by.name,
                why=batch.reason if batch else "",
                look=words.look_of(job.state, result.verdict if result and is_open else None),
                points=f"{words.points(result.points)} / {words.points(result.max_points)}"
                if result and is_open
                else "",
                asked_at=moment(job.queued_at, zone, now=now),
                url=url if job is newest else f"{url}?run={job.pk}",
                is_shown=job is shown,
                is_held=job.is_held,
                batch_url=reverse("regrade_batch", args=[batch.pk]) if batch and may_regrade else "",
            )
        )
    return tuple(lines)


def newest_that_stands(jobs: Sequence[GradingJob]) -> GradingJob | None:
    """Return the newest of these jobs that is not held back."""
    return next((job for job in jobs if not job.is_held), None)


def batch_of(job: GradingJob) -> RegradeBatch | None:
    """Return the batch of a job that was fetched with it."""
    item: RegradeItem | None = getattr(job, "regrade_item", None)
    return item.row.batch if item else None
