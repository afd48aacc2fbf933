"""Questions about batches, asked for a person: who may not grade the whole class again finds none."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from coursehub.courses.access import Person
from coursehub.courses.models import Capability
from coursehub.courses.sections import having_over_all
from grading.assessments.models import Assessment, SuiteVersion
from grading.assessments.queries import published_versions
from grading.gradebook.models import RegradeBatch, RegradeRow
from grading.submissions.models import GradingJob, JobState

Decision = RegradeRow.Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """How far a batch is, in jobs and in decisions."""

    jobs: int
    waiting: int
    running: int
    graded: int
    failed: int
    """By a fault of ours."""
    cancelled: int
    rows: int
    approved: int
    dropped: int

    @property
    def ended(self) -> int:
        """How many jobs will not change any more."""
        return self.jobs - self.waiting - self.running

    @property
    def is_grading(self) -> bool:
        """Whether something is still to come."""
        return self.ended < self.jobs

    @property
    def pending(self) -> int:
        """How many rows nobody has decided."""
        return self.rows - self.approved - self.dropped


def batch_for(user: Person, pk: int) -> RegradeBatch:
    """Return a batch that a person may decide on. Raises ``RegradeBatch.DoesNotExist``."""
    return _batches(user).get(pk=pk)


def batches_for(user: Person, assessment: Assessment) -> QuerySet[RegradeBatch]:
    """Return the batches of an assessment that a person may decide on, the newest first."""
    return _batches(user).filter(assessment=assessment).order_by("-pk")


def progress_of(batch: RegradeBatch) -> BatchProgress:
    """Return how far a batch is, in two queries."""
    jobs = GradingJob.objects.filter(regrade_item__row__batch=batch).order_by()
    states = dict(jobs.values_list("state").annotate(count=Count("pk")))
    decisions = dict(batch.rows.order_by().values_list("decision").annotate(count=Count("pk")))
    return BatchProgress(
        jobs=sum(states.values()),
        waiting=states.get(JobState.QUEUED, 0),
        running=states.get(JobState.RUNNING, 0),
        graded=states.get(JobState.FINISHED, 0),
        failed=states.get(JobState.GRADER_ERROR, 0),
        cancelled=states.get(JobState.CANCELLED, 0) + states.get(JobState.SUPERSEDED, 0),
        rows=sum(decisions.values()),
        approved=decisions.get(Decision.APPROVED, 0),
        dropped=decisions.get(Decision.DROPPED, 0),
    )


def versions_for(assessment: Assessment) -> QuerySet[SuiteVersion]:
    """Return the versions that may grade an assessment again, the newest first: the published ones of its suite."""
    name = assessment.suite.name if assessment.suite else ""
    return published_versions(assessment.offering.course).filter(name=name).order_by("-pk")


def _batches(user: Person) -> QuerySet[RegradeBatch]:
    mine = having_over_all(user, Capability.REGRADE, offering="assessment__offering_id")
    return RegradeBatch.objects.filter(mine).select_related(
        "assessment__offering__course",
        "assessment__offering__term",
        "assessment__suite",
        "from_suite",
        "to_suite",
        "requested_by",
    )
