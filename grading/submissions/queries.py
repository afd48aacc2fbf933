"""Questions about submissions and jobs, asked for a person: what one may not see raises ``DoesNotExist``."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.access import Person, having
from coursehub.courses.models import Capability, Enrollment, Offering
from coursehub.courses.sections import having_over
from grading.assessments import files
from grading.assessments.models import Assessment
from grading.deadlines.dates import EffectiveDates
from grading.deadlines.queries import dates_for
from grading.engine.points import scaled, share
from grading.engine.tries import CountingRule, GradedTry, Tries, counting_try
from grading.submissions import jobs
from grading.submissions.models import FINAL_STATES, CheckResult, GradingJob, GradingResult, JobState, Submission
from runners.protocol import Visibility

TO_MARK = "to_mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlace:
    """Where a waiting job stands, and in how many seconds it may begin; None where no runner is there to say."""

    position: int
    estimated_seconds: int | None


def submission_for(user: Person, pk: int) -> Submission:
    """Return a submission that is one's own or that one may see as staff. Raises ``Submission.DoesNotExist``.

    Staff whose role names sections see the work of those only.
    """
    return (
        Submission.objects.filter(pk=pk)
        .filter(
            _looked_after_by(user)
            | (Q(author_id=user.pk) & Q(having(user, Capability.VIEW_COURSE, offering="assessment__offering_id")))
        )
        .select_related("assessment__offering__course", "assessment__offering__term", "assessment__suite", "author")
        .annotate(grade_is_held_back=_grade_is_held_back(), **_marked_by_hand())
        .get()
    )


def submissions_of(user: Person, assessment: Assessment) -> QuerySet[Submission]:
    """Return one's own submissions to an assessment, newest first, with the columns of ``annotated``."""
    return annotated(Submission.objects.filter(author_id=user.pk, assessment=assessment)).order_by("-number")


def submissions_for_staff(
    user: Person,
    offering: Offering,
    *,
    assessment: Assessment | None = None,
    state: str | None = None,
    verdict: str | None = None,
    text: str = "",
) -> QuerySet[Submission]:
    """Return the submissions of all whom a person looks after, newest first, with the columns of ``annotated``.

    Raises ``NotAllowed`` for who sees nobody's.
    ``text`` is looked for in names and e-mail addresses; ``verdict`` is the newest result's, and ``state`` a job's, or
    ``TO_MARK``: what no suite grades and nobody has marked.
    """
    access.require(user, offering, Capability.VIEW_SUBMISSIONS)
    rows = annotated(Submission.objects.filter(_looked_after_by(user), assessment__offering=offering))
    if assessment is not None:
        rows = rows.filter(assessment=assessment)
    if state == TO_MARK:
        rows = rows.filter(Q(("state", None)) & Q(("marked_points", None)))
    elif state:
        rows = rows.filter(Q(("state", state)))
    if verdict:
        rows = rows.filter(Q(("verdict", verdict)))
    for word in text.replace("\0", "").split()[:5]:
        rows = rows.filter(
            Q(author__legal_name__icontains=word)
            | Q(author__preferred_name__icontains=word)
            | Q(author__email__icontains=word)
        )
    return rows.select_related("author", "assessment").order_by("-received_at", "-pk")


def _looked_after_by(user: Person) -> Q:
    return having_over(user, Capability.VIEW_SUBMISSIONS, offering="assessment__offering_id", person="author_id")


def annotated(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Add ``state`` of the newest job, and ``points``, ``max_points``, ``verdict`` of the newest result.

    ``marked_points`` of ``marked_max_points`` are what a person gave for this submission, whatever a suite found.
    Each is None where there is none; ``is_held_back`` reads one more, whether staff hold the author's grade back. Jobs
    that are held back are passed over. Who may not see everything is shown the points and the verdict only where
    ``reading.eyes_of`` see the total, of which ``total_visibility`` tells.
    """
    newest = GradingJob.objects.filter(submission=OuterRef("pk"), is_held=False).order_by("-pk")
    graded = GradingResult.objects.filter(job__submission=OuterRef("pk"), job__is_held=False).order_by("-job_id")
    return submissions.annotate(
        state=Subquery(newest.values("state")[:1]),
        points=Subquery(graded.values("points")[:1]),
        max_points=Subquery(graded.values("max_points")[:1]),
        verdict=Subquery(graded.values("verdict")[:1]),
        total_visibility=Subquery(graded.values("total_visibility")[:1]),
        grade_is_held_back=_grade_is_held_back(),
        **_marked_by_hand(),
    )


def is_held_back(submission: Submission) -> bool:
    """Whether staff keep the author's grade from them; for what ``submission_for`` and ``annotated`` fetched."""
    return bool(vars(submission)["grade_is_held_back"])


def _grade_is_held_back() -> Exists:
    # The cells belong to the room above, which alone writes them; here their name is enough.
    return Exists(
        Enrollment.objects.filter(
            user=OuterRef("author"), grade_cells__assessment=OuterRef("assessment"), grade_cells__is_held_back=True
        )
    )


def _marked_by_hand() -> dict[str, Subquery]:
    # The events belong to the room above as well. The newest score that nobody took back stands.
    scored = Submission.objects.filter(
        pk=OuterRef("pk"), grade_events__kind="scored", grade_events__undoes=None, grade_events__undone_by=None
    ).order_by("-grade_events__pk")
    return {
        "marked_points": Subquery(scored.values("grade_events__points")[:1]),
        "marked_max_points": Subquery(scored.values("grade_events__max_points")[:1]),
    }


def newest_job(submission: Submission) -> GradingJob | None:
    """Return the newest job with its suite and result, or None where nothing grades this assessment.

    A job that is held back is passed over: until it is approved, it is not there.
    """
    return submission.jobs.filter(is_held=False).select_related("suite", "result", "runner").order_by("-pk").first()


def newest_result(submission: Submission) -> GradingResult | None:
    """Return the newest accepted result, which is what the submission is worth, or None."""
    return standing_results().filter(job__submission=submission).select_related("job__suite").first()


def standing_results() -> QuerySet[GradingResult]:
    """Return the results that may count, the newest first: all but those that are held back."""
    return GradingResult.objects.filter(job__is_held=False).order_by("-job_id")


def result_before(submission: Submission) -> GradingResult | None:
    """Return the newest result of the author's last submission before this one that has any, with its submission."""
    earlier = standing_results().filter(
        job__submission__assessment_id=submission.assessment_id,
        job__submission__author_id=submission.author_id,
        job__submission__number__lt=submission.number,
    )
    return earlier.select_related("job__submission").order_by("-job__submission__number", "-job_id").first()


def checks_of(result: GradingResult) -> QuerySet[CheckResult]:
    """Return the checks of a result in the order of the suite."""
    return result.checks.order_by("order")


def run_before(result: GradingResult) -> GradingResult | None:
    """Return the result of the same submission that stood before this one, or None."""
    earlier = standing_results().filter(job__submission_id=result.job.submission_id, job_id__lt=result.job_id)
    return earlier.select_related("job__submission").first()


def results_of(jobs: Iterable[GradingJob]) -> dict[int, GradingResult]:
    """Return the results of jobs that were fetched with theirs, by the job's primary key."""
    return {job.pk: job.result for job in jobs if hasattr(job, "result")}


def visibility_of_totals(assessment: Assessment) -> dict[int, frozenset[Visibility]]:
    """Return by author what hides the totals of their results in an assessment; nobody who has none."""
    found: dict[int, frozenset[Visibility]] = {}
    rows = GradingResult.objects.filter(job__submission__assessment=assessment, job__is_held=False)
    for author, visibility in rows.order_by().values_list("job__submission__author_id", "total_visibility").distinct():
        found[author] = found.get(author, frozenset()) | {Visibility(visibility)}
    return found


def counting_result(user: User, assessment: Assessment) -> GradingResult | None:
    """Return the result that counts for a person in an assessment, or None while there is none."""
    results: dict[int, GradingResult] = {}
    graded = standing_results().filter(job__submission__assessment=assessment, job__submission__author=user)
    for result in graded.select_related("job__submission").order_by("job_id"):
        results[result.job.submission.number] = result  # the newest grading of a submission replaces the older ones
    chosen = counting_try(
        (
            GradedTry(
                number=number,
                received_at=result.job.submission.received_at,
                share=share(result.points, result.max_points),
            )
            for number, result in results.items()
        ),
        CountingRule(assessment.counting_try),
    )
    return None if chosen is None else results[chosen.number]


def points_on(assessment: Assessment, result: GradingResult) -> Decimal:
    """Return a result's points on the assessment's own scale."""
    return scaled(result.points, of=result.max_points, to=assessment.max_points)


def queue_place(job: GradingJob) -> QueuePlace:
    """Return where a waiting job stands: 1 is next."""
    at = database_now()
    ahead = GradingJob.objects.filter(state=JobState.QUEUED, lane=job.lane).filter(
        Q(priority__lt=job.priority)
        | Q(priority=job.priority, virtual_start__lt=job.virtual_start)
        | Q(priority=job.priority, virtual_start=job.virtual_start, pk__lt=job.pk)
    )
    position = ahead.count() + 1
    slots = jobs.live_slots(job.lane, at=at)
    usual = _usual_seconds(job.lane)
    if not slots or usual is None:
        return QueuePlace(position=position, estimated_seconds=None)
    running = GradingJob.objects.filter(state=JobState.RUNNING, lane=job.lane).count()
    rounds = max(0, position - 1 + min(running, slots)) // slots
    return QueuePlace(position=position, estimated_seconds=round(rounds * usual))


def tries_of(user: Person, assessment: Assessment, *, dates: EffectiveDates | None = None) -> Tries:
    """Return how often a person has tried; what a fault of ours or an early cancel gave back does not count.

    `dates` are those of the person, where the caller has them already.
    """
    used = Submission.objects.filter(author_id=user.pk, assessment=assessment, uses_try=True).count()
    return Tries(used=used, allowed=(dates or dates_for(user, assessment)).tries)


def tries_by_assessment(user: Person, offering: Offering) -> dict[int, int]:
    """Return how many tries a person has used, by the primary key of the assessment."""
    used = Submission.objects.filter(author_id=user.pk, assessment__offering=offering, uses_try=True)
    return dict(used.values_list("assessment_id").annotate(count=Count("pk")))


def file_of(submission: Submission, path: str) -> bytes:
    """Return a file's content. Raises ``SubmissionFile.DoesNotExist``, or a fault where it is damaged."""
    return files.content_of(submission.files.get(path=path).stored_id)


def is_late(submission: Submission) -> bool:
    """Return whether it came after it was due for its author."""
    due_at = dates_for(submission.author, submission.assessment).due_at
    return due_at is not None and submission.received_at > due_at


def is_settled(job: GradingJob | None) -> bool:
    """Return whether a page about this job need not be looked at again."""
    return job is None or job.state in FINAL_STATES


def _usual_seconds(lane: str) -> float | None:
    recent = (
        GradingJob.objects.filter(state=JobState.FINISHED, lane=lane, claimed_at__isnull=False)
        .order_by("-finished_at")
        .annotate(took=ExpressionWrapper(F("finished_at") - F("claimed_at"), output_field=DurationField()))
    )
    took = recent[:20].aggregate(usual=Avg("took"))["usual"]
    return None if took is None else float(took.total_seconds())
