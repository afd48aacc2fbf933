"""Grade a class again by another version of its suite, look at what changes, and approve or drop it.

Theory of operation
-------------------
A batch is one row for each student, and one job for each submission of the row. Its jobs run behind everything that
students hand in, by the version of the batch. A job of a batch is *held*: its result is stored like any other, but no
grade event is made, no cell changes and no student sees it. Whoever decides sees each row with its grade before and
after, and a decision carries the version of what they saw: where that is no longer how it is, nothing is decided.

Approving makes one grade event for each submission of the row and lets the results stand. Of two gradings of one
submission the one that was asked for last counts, so a batch never takes the place of a newer grading. Dropping stops
what still runs and keeps every result as evidence, held for ever. Both take the lock on the students' enrollments
that every writer of grades takes first, in the order of their keys.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses.models import Capability, Enrollment
from coursehub.courses.sections import require_over_all
from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook.batches import versions_for
from grading.gradebook.differences import Decision, RowDifference, decided, differences_of, fingerprint
from grading.gradebook.errors import (
    BatchOpen,
    ChangedMeanwhile,
    DecidedAlready,
    NothingToRegrade,
    NotReady,
    OtherSuite,
    ReasonMissing,
)
from grading.gradebook.models import GradeCell, GradeEvent, RegradeBatch, RegradeItem, RegradeRow
from grading.gradebook.services import project_cells
from grading.submissions import held, jobs, rules, tickets
from grading.submissions.errors import IdempotencyKeyReused, NothingToGradeWith
from grading.submissions.models import GradingJob, JobState, Submission
from grading.submissions.queries import annotated, standing_results

MOST_CHARACTERS = 500


def start(
    assessment: Assessment, *, by: User, suite: SuiteVersion, scope: str, reason: str, idempotency_key: str
) -> RegradeBatch:
    """Queue the work of a class to be graded again by `suite`; `scope` is a ``RegradeBatch.Scope``.

    The same key returns the batch that it made the first time. Raises ``NotAllowed``, ``RegradeRefused``,
    ``NothingToGradeWith``, ``IdempotencyKeyInvalid`` or ``IdempotencyKeyReused``.
    """
    require_over_all(by, assessment.offering, Capability.REGRADE)
    rules.check_key(idempotency_key)
    reason = " ".join(reason.split())[:MOST_CHARACTERS]
    if not reason:
        raise ReasonMissing
    if assessment.suite is None:
        raise NothingToGradeWith
    if not versions_for(assessment).filter(pk=suite.pk).exists():
        raise OtherSuite
    with transaction.atomic():
        # One batch of an assessment is made at a time.
        Assessment.objects.select_for_update(no_key=True, of=("self",)).get(pk=assessment.pk)
        earlier = RegradeBatch.objects.filter(assessment=assessment, idempotency_key=idempotency_key).first()
        if earlier is not None:
            if (earlier.to_suite_id, earlier.scope, earlier.reason) != (suite.pk, scope, reason):
                raise IdempotencyKeyReused
            return earlier
        if RegradeBatch.objects.filter(assessment=assessment, state=RegradeBatch.State.OPEN).exists():
            raise BatchOpen
        chosen = _chosen(assessment, RegradeBatch.Scope(scope))
        if not chosen:
            raise NothingToRegrade
        batch = RegradeBatch.objects.create(
            assessment=assessment,
            from_suite=_graded_by(chosen) or assessment.suite,
            to_suite=suite,
            scope=scope,
            reason=reason,
            requested_by=by,
            idempotency_key=idempotency_key,
        )
        _fill(batch, chosen, at=database_now())
        transaction.on_commit(lambda: tickets.send(suite.lane), robust=True)
    return batch


def approve(batch: RegradeBatch, *, by: User, rows: Mapping[int, str]) -> int:
    """Let these rows stand; `rows` are versions by primary key. Returns how many were decided now.

    All or none: raises ``ChangedMeanwhile``, ``NotReady`` or ``DecidedAlready``. What was approved already stays so.
    """
    with transaction.atomic():
        return _approve(batch, _seen(_locked(batch, by), rows, Decision.APPROVED), by=by)


def approve_all(batch: RegradeBatch, *, by: User, seen: str) -> int:
    """Let every row stand that can be approved; `seen` is the ``fingerprint`` of all. Returns how many were decided."""
    with transaction.atomic():
        found = _locked(batch, by)
        ready = [row for row in found if row.may_be_approved]
        if ready and fingerprint(found) != seen:
            raise ChangedMeanwhile
        return _approve(batch, ready, by=by)


def drop(batch: RegradeBatch, *, by: User, rows: Mapping[int, str]) -> int:
    """Leave these grades as they are, and keep the results as evidence. Returns how many were decided now."""
    with transaction.atomic():
        return _drop(batch, _seen(_locked(batch, by), rows, Decision.DROPPED), by=by)


def drop_all(batch: RegradeBatch, *, by: User, seen: str) -> int:
    """Drop every row that nobody has decided; `seen` is what ``decided`` says. Also while grading goes on."""
    with transaction.atomic():
        found = _locked(batch, by)
        pending = [row for row in found if row.is_pending]
        if pending and decided(found) != seen:
            raise ChangedMeanwhile
        return _drop(batch, pending, by=by)


def _chosen(assessment: Assessment, scope: RegradeBatch.Scope) -> list[tuple[int, Submission]]:
    """Return (enrollment, submission) of what is graded again: what has a result, or failed by a fault of ours."""
    enrolled = dict(
        Enrollment.objects.filter(offering_id=assessment.offering_id, status=Enrollment.Status.ACTIVE).values_list(
            "user_id", "pk"
        )
    )
    rows = annotated(Submission.objects.filter(assessment=assessment, author__in=enrolled)).order_by("number", "pk")
    gradable = [
        (enrolled[row.author_id], row)
        for row in rows
        if getattr(row, "points", None) is not None or getattr(row, "state", None) == JobState.GRADER_ERROR
    ]
    if scope == RegradeBatch.Scope.ALL:
        return gradable
    counting = dict(GradeCell.objects.filter(assessment=assessment).values_list("enrollment_id", "submission_id"))
    newest = dict(gradable)
    return [
        (enrollment, submission)
        for enrollment, submission in gradable
        if submission.pk == (counting.get(enrollment) or newest[enrollment].pk)
    ]


def _graded_by(chosen: Iterable[tuple[int, Submission]]) -> SuiteVersion | None:
    """Return the version that graded most of what stands, or None where nothing has a result."""
    graded: dict[int, int] = {}
    standing = standing_results().filter(job__submission__in=[submission for _, submission in chosen])
    for submission, suite in standing.values_list("job__submission_id", "job__suite_id"):
        graded.setdefault(submission, suite)
    usual = Counter(graded.values()).most_common(1)
    return SuiteVersion.objects.get(pk=usual[0][0]) if usual else None


def _fill(batch: RegradeBatch, chosen: Iterable[tuple[int, Submission]], *, at: datetime) -> None:
    submissions = {submission.pk: (enrollment, submission) for enrollment, submission in chosen}
    people = dict.fromkeys(enrollment for enrollment, _ in submissions.values())
    rows = RegradeRow.objects.bulk_create(RegradeRow(batch=batch, enrollment_id=pk) for pk in people)
    row_of = {row.enrollment_id: row for row in rows}
    queued = held.enqueue_held(
        [submission for _, submission in submissions.values()],
        suite=batch.to_suite,
        requested_by=batch.requested_by,
        at=at,
    )
    RegradeItem.objects.bulk_create(
        RegradeItem(row=row_of[submissions[job.submission_id][0]], job=job) for job in queued
    )


def _locked(batch: RegradeBatch, by: User) -> list[RowDifference]:
    """Return the rows as they are, and keep every other writer of these grades waiting until this is done."""
    require_over_all(by, batch.assessment.offering, Capability.REGRADE)
    RegradeBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    enrollments = Enrollment.objects.filter(pk__in=batch.rows.values("enrollment")).order_by("pk")
    list(enrollments.select_for_update(no_key=True).values_list("pk"))
    return differences_of(batch)


def _seen(found: Iterable[RowDifference], rows: Mapping[int, str], decision: str) -> list[RowDifference]:
    """Return those of the wanted rows that are still to decide."""
    known = {row.row.pk: row for row in found}
    wanted = [known[pk] for pk in rows if pk in known]
    if len(wanted) < len(rows):
        raise ChangedMeanwhile
    for row in wanted:
        if not row.is_pending and row.row.decision != decision:
            message = f"The row of {row.student.name} is decided already: {row.row.get_decision_display().lower()}."
            raise DecidedAlready(message)
        if row.is_pending and row.version != rows[row.row.pk]:
            raise ChangedMeanwhile
    return [row for row in wanted if row.is_pending]


def _approve(batch: RegradeBatch, rows: Collection[RowDifference], *, by: User) -> int:
    for row in rows:
        if not row.may_be_approved:
            message = f"There is nothing to approve for {row.student.name} yet."
            raise NotReady(message)
    news = [(row, each) for row in rows for each in row.submissions if each.has_news]
    GradeEvent.objects.bulk_create(
        GradeEvent(
            assessment=batch.assessment,
            enrollment_id=row.row.enrollment_id,
            kind=GradeEvent.Kind.REGRADED,
            points=each.new.points,
            max_points=each.new.max_points,
            submission=each.submission,
            job=each.job,
            actor=by,
            reason=batch.reason,
        )
        for row, each in news
        if each.new is not None
    )
    GradingJob.objects.filter(pk__in=[each.job.pk for _, each in news], is_held=True).update(is_held=False)
    _decide(batch, rows, Decision.APPROVED, by=by)
    project_cells(batch.assessment, [row.row.enrollment_id for row in rows])
    return len(rows)


def _drop(batch: RegradeBatch, rows: Collection[RowDifference], *, by: User) -> int:
    at = database_now()
    for row in rows:
        for each in row.submissions:
            if not each.job.is_final:
                jobs.cancel(each.job, at=at)
    _decide(batch, rows, Decision.DROPPED, by=by)
    return len(rows)


def _decide(batch: RegradeBatch, rows: Collection[RowDifference], decision: str, *, by: User) -> None:
    at = database_now()
    for found in rows:
        row = found.row
        row.decision, row.decided_by, row.decided_at = decision, by, at
        row.points_before, row.points_after = found.before, found.after
        for each in found.submissions:
            each.item.stood = each.old
    RegradeRow.objects.bulk_update(
        [found.row for found in rows],
        ["decision", "decided_by", "decided_at", "points_before", "points_after"],
        batch_size=500,
    )
    items = [each.item for found in rows for each in found.submissions]
    RegradeItem.objects.bulk_update(items, ["stood"], batch_size=500)
    if not batch.rows.filter(decision=Decision.PENDING).exists():
        RegradeBatch.objects.filter(pk=batch.pk, state=RegradeBatch.State.OPEN).update(
            state=RegradeBatch.State.CLOSED, closed_at=at
        )
