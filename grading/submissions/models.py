"""Submissions, grading jobs, and what came of them.

Theory of operation
-------------------
The database is the queue. A ``GradingJob`` row is in exactly one state, and every move is one conditional
UPDATE in ``jobs.py``::

    queued -> running -> finished | queued (again) | grader_error
    queued | running -> cancelled            queued -> superseded

A claim makes the job ``running`` under a lease (``lease_token``, ``lease_until``). The token grows with every
claim and fences off whoever held the job before. Order in a lane is start-time fair queueing: a job's
``virtual_start`` is the lane's clock or one after the student's last job, whichever is later, so nobody waits
behind more than one job of each other student, and the next job is the first row of an index however long
the queue is.
"""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from grading.assessments.models import Assessment, StoredFile, SuiteVersion
from runners.protocol import Outcome, Phase, SuiteKind, TextFormat, Visibility


def _choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class Submission(models.Model):
    """What one person handed in at one moment. Nothing in it ever changes but whether it used a try."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="submissions")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField(help_text="Counts this author's submissions to this assessment from 1.")
    received_at = models.DateTimeField(db_default=Now())
    sha256 = models.CharField(max_length=64, help_text="Names exactly these paths and contents.")
    total_bytes = models.PositiveBigIntegerField()
    idempotency_key = models.CharField(max_length=64)
    pledge_text = models.TextField(blank=True)
    pledge_signature = models.CharField(max_length=150, blank=True)
    uses_try = models.BooleanField(default=True, help_text="False once a failure of ours, or a cancel, gave it back.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "author", "number"], name="submission_number_unique"),
            models.UniqueConstraint(fields=["assessment", "author", "idempotency_key"], name="submission_sent_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["assessment", "-received_at"], name="submission_newest")]

    def __str__(self) -> str:
        return f"Submission {self.number} of {self.author} to {self.assessment}"


class SubmissionFile(models.Model):
    """One file of a submission."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=255)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "path"], name="path_unique_in_submission"),
        ]

    def __str__(self) -> str:
        return self.path


class Runner(models.Model):
    """A grading host, known by its token. Only a hash of the token is kept."""

    name = models.SlugField(max_length=60, unique=True)
    token_digest = models.CharField(max_length=64, unique=True)
    slots = models.PositiveSmallIntegerField(default=0)
    lane = models.CharField(max_length=20, blank=True)
    sandbox = models.CharField(max_length=40, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    drained_at = models.DateTimeField(null=True, blank=True, help_text="Set: it gets no more jobs.")
    drain_reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class LaneClock(models.Model):
    """The virtual time of a lane and priority: the start of the job that was claimed last.

    Whoever claims in a lane holds the row of its first priority locked, so claims in a lane follow one another.
    """

    lane = models.CharField(max_length=20)
    priority = models.PositiveSmallIntegerField(default=0)
    virtual_time = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lane", "priority"], name="lane_clock_once_per_priority"),
        ]

    def __str__(self) -> str:
        return f"{self.lane}, priority {self.priority}, at {self.virtual_time}"


class JobState(models.TextChoices):
    """Where a grading job is in its life."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    GRADER_ERROR = "grader_error", "Our fault"
    CANCELLED = "cancelled", "Cancelled"
    SUPERSEDED = "superseded", "Superseded"


FINAL_STATES = frozenset({JobState.FINISHED, JobState.GRADER_ERROR, JobState.CANCELLED, JobState.SUPERSEDED})


class JobKind(models.TextChoices):
    """Why a job exists."""

    SUBMISSION = "submission", "Submitted"
    REGRADE = "regrade", "Graded again"


class GradingJob(models.Model):
    """One grading of one submission by one version of a suite."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="jobs")
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="For fairness: the author.")
    suite = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="jobs")
    suite_digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=JobKind, default=JobKind.SUBMISSION)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lane = models.CharField(max_length=20)
    priority = models.PositiveSmallIntegerField(default=0, help_text="Lower goes first; a regrade has 1.")
    virtual_start = models.BigIntegerField()
    state = models.CharField(max_length=14, choices=JobState, default=JobState.QUEUED)
    is_held = models.BooleanField(
        default=False, help_text="Of a batch that nobody has approved: it changes no grade, and only staff see it."
    )
    not_before = models.DateTimeField(db_default=Now())
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    runs = models.PositiveSmallIntegerField(default=0, help_text="How often it was claimed and not handed back.")
    runner = models.ForeignKey(Runner, on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs")
    phase = models.CharField(max_length=20, blank=True, choices=_choices(Phase))
    progress = models.JSONField(default=list, help_text="CheckReports of the live run, until the result is there.")
    fault_sentence = models.TextField(blank=True, help_text="What of ours broke last, for the student's page.")
    fault_detail = models.TextField(blank=True, help_text="The same for staff.")
    queued_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, blank=True)
    sandbox_ready_at = models.DateTimeField(null=True, blank=True)
    first_check_at = models.DateTimeField(null=True, blank=True)
    last_check_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["lane", "suite", "priority", "virtual_start", "id"],
                name="job_next",
                condition=Q(state="queued"),
            ),
            models.Index(
                fields=["lane", "priority", "virtual_start", "id"], name="job_place", condition=Q(state="queued")
            ),
            models.Index(fields=["lease_until"], name="job_lease", condition=Q(state="running")),
            models.Index(fields=["lane", "priority"], name="job_running", condition=Q(state="running")),
            models.Index(fields=["lane", "priority", "student", "-virtual_start"], name="job_last_of_student"),
            models.Index(fields=["submission", "-id"], name="job_newest_of_submission"),
            models.Index(fields=["lane", "-finished_at"], name="job_recent", condition=Q(state="finished")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False) | (~Q(state="running")),
                name="job_running_has_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}: {self.get_state_display()}"

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen to this job any more."""
        return self.state in FINAL_STATES


class JobFault(models.Model):
    """Something of ours broke while a runner held a job. Five that it told us of within five minutes drain it."""

    job = models.ForeignKey(GradingJob, on_delete=models.CASCADE, related_name="faults")
    runner = models.ForeignKey(Runner, on_delete=models.SET_NULL, null=True, related_name="faults")
    lease_token = models.BigIntegerField()
    sentence = models.TextField()
    detail = models.TextField(blank=True)
    was_silent = models.BooleanField(default=False, help_text="The lease ran out; the runner said nothing.")
    happened_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "lease_token"], name="fault_once_per_run"),
        ]
        indexes: ClassVar = [models.Index(fields=["runner", "-happened_at"], name="fault_of_runner")]

    def __str__(self) -> str:
        return f"Job {self.job_id}: {self.sentence}"


class GradingResult(models.Model):
    """The one accepted report of a job."""

    job = models.OneToOneField(GradingJob, on_delete=models.PROTECT, related_name="result")
    lease_token = models.BigIntegerField()
    points = models.DecimalField(
        max_digits=12, decimal_places=4, help_text="On the assessment's scale when it was graded."
    )
    max_points = models.DecimalField(max_digits=12, decimal_places=4)
    verdict = models.CharField(max_length=10, help_text="A runners.protocol.Verdict.")
    kind = models.CharField(
        max_length=14, choices=_choices(SuiteKind), default=SuiteKind.DIFFERENTIAL.value, help_text="Who decided."
    )
    total_visibility = models.CharField(
        max_length=16,
        choices=_choices(Visibility),
        default=Visibility.VISIBLE.value,
        help_text="Of the least visible check that counts: a student sees the total no earlier.",
    )
    message = models.TextField(blank=True)
    score = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="What an autograder itself says the whole is worth."
    )
    is_partial = models.BooleanField(default=False, help_text="Ended at its time limit; this is what it had written.")
    output = models.TextField(blank=True)
    output_format = models.CharField(
        max_length=14, choices=_choices(TextFormat), default=TextFormat.SIMPLE_FORMAT.value
    )
    console = models.TextField(blank=True)
    console_visibility = models.CharField(max_length=16, choices=_choices(Visibility), default=Visibility.HIDDEN.value)
    leaderboard = models.JSONField(default=list)
    extra_data = models.JSONField(default=dict, help_text="For the autograder, with the student's next submission.")
    flags = models.JSONField(default=list, help_text="Sentences for a person; staff only.")
    seed = models.CharField(max_length=120, help_text="Staff only.")
    provenance = models.JSONField(default=dict, help_text="Sandbox, image, machine, packages, limits.")
    accepted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.points} of {self.max_points}"


class CheckResult(models.Model):
    """How one check of a result ended, with its points on the suite's own scale."""

    result = models.ForeignKey(GradingResult, on_delete=models.CASCADE, related_name="checks")
    order = models.PositiveSmallIntegerField()
    case_id = models.CharField(max_length=120)
    number = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=400)
    group = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=10, choices=_choices(Outcome))
    visibility = models.CharField(max_length=16, choices=_choices(Visibility), default=Visibility.VISIBLE.value)
    counts = models.BooleanField(default=True, help_text="False: shown for information, worth nothing.")
    tags = models.JSONField(default=list)
    points = models.DecimalField(max_digits=12, decimal_places=4)
    max_points = models.DecimalField(max_digits=12, decimal_places=4)
    message = models.TextField(blank=True)
    hint = models.TextField(blank=True)
    details = models.JSONField(default=list)
    output = models.TextField(blank=True)
    output_format = models.CharField(max_length=14, choices=_choices(TextFormat), default=TextFormat.TEXT.value)
    seconds = models.FloatField(default=0)
    peak_bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["result", "case_id"], name="case_once_per_result"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.outcome}"


class RefusedReport(models.Model):
    """A report that came too late or did not fit: kept as evidence, never used."""

    job = models.ForeignKey(GradingJob, on_delete=models.CASCADE, related_name="refused_reports")
    runner = models.ForeignKey(Runner, on_delete=models.SET_NULL, null=True, related_name="+")
    lease_token = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    body = models.JSONField()
    received_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"Refused report for job {self.job_id}: {self.reason}"
