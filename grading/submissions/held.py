"""Put many submissions into the queue at once, with results that are held back."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from coursehub.accounts.models import User
from grading.assessments.models import SuiteVersion
from grading.submissions.jobs import REGRADE_PRIORITY
from grading.submissions.models import GradingJob, JobKind, LaneClock, Submission


def enqueue_held(
    submissions: Sequence[Submission], *, suite: SuiteVersion, requested_by: User, at: datetime
) -> list[GradingJob]:
    """Put a batch into the queue behind what students hand in, each student's jobs one place after the other.

    The results are held back: they change no grade until somebody approves them.
    """
    lane = {"lane": suite.lane, "priority": REGRADE_PRIORITY}
    clock = LaneClock.objects.filter(**lane).values_list("virtual_time", flat=True).first() or 0
    students = {submission.author_id for submission in submissions}
    known = GradingJob.objects.filter(**lane, student_id__in=students).order_by()
    last = dict(known.values_list("student_id").annotate(last=Max("virtual_start")))
    jobs = []
    for submission in submissions:
        start = max(clock, last.get(submission.author_id, -1) + 1)
        last[submission.author_id] = start
        jobs.append(
            GradingJob(
                submission=submission,
                student_id=submission.author_id,
                suite=suite,
                suite_digest=suite.digest,
                kind=JobKind.REGRADE,
                requested_by=requested_by,
                is_held=True,
                virtual_start=start,
                queued_at=at,
                not_before=at,
                **lane,
            )
        )
    return GradingJob.objects.bulk_create(jobs, batch_size=500)
