"""Grade events, which are the truth, and cells, which are computed from them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.submissions.models import GradingJob, Submission


class ImportBatch(models.Model):
    """A file that was read: what it would change, and whether it did. It can be taken back as a whole."""

    class Kind(models.TextChoices):
        ROSTER = "roster", "People"
        GRADES = "grades", "Grades"
        GRADESCOPE = "gradescope", "Grades of Gradescope"
        CANVAS = "canvas", "Numbers of people in Canvas"
        PARTICIPATION = "participation", "Counts of taking part"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="import_batches")
    kind = models.CharField(max_length=14, choices=Kind)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict, help_text="Which column means what, and how the file was meant.")
    plan = models.JSONField(default=dict, help_text="What it changes: the very object that was previewed.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "import batches"

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.file_name}"


class GradeEvent(models.Model):
    """Something happened to a grade. Never changed, never deleted.

    ``points`` go with the kinds that give some: what a suite found, what a person scored, what they set it to. The
    newest of ``override``, ``excused``, ``missing``, ``zeroed`` and ``cleared`` says how the grade is marked.
    """

    class Kind(models.TextChoices):
        AUTO = "auto", "Graded by the suite"
        REGRADED = "regraded", "Graded again by the suite"
        SCORED = "scored", "Scored"
        OVERRIDE = "override", "Set, whatever the work earned"
        EXCUSED = "excused", "Excused"
        MISSING = "missing", "Marked as missing"
        ZEROED = "zeroed", "Set to zero"
        CLEARED = "cleared", "Back to what the work earned"
        CURVED = "curved", "Curved"
        COMMENTED = "commented", "Commented"
        HELD_BACK = "held_back", "Held back"
        LET_GO = "let_go", "No longer held back"

    class Source(models.TextChoices):
        SUITE = "suite", "A suite"
        PAGE = "page", "In the browser"
        FILE = "file", "From a file"
        API = "api", "By the API"

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="grade_events")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="grade_events")
    kind = models.CharField(max_length=12, choices=Kind)
    points = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="Of max_points; empty: this kind gives none."
    )
    max_points = models.DecimalField(max_digits=12, decimal_places=4)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="grade_events")
    job = models.ForeignKey(GradingJob, on_delete=models.PROTECT, null=True, related_name="grade_events")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: a suite.")
    source = models.CharField(max_length=6, choices=Source, default=Source.SUITE)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="events")
    reason = models.TextField(blank=True, help_text="Why a person changed it, or their comment; the student reads it.")
    note = models.TextField(blank=True, help_text="Read by staff only.")
    undoes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        help_text="What it takes back.",
    )
    idempotency_key = models.CharField(max_length=64, blank=True)
    happened_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job"], name="grade_event_once_per_job", condition=Q(job__isnull=False)),
            models.UniqueConstraint(
                fields=["assessment", "enrollment", "idempotency_key"],
                name="grade_event_sent_once",
                condition=~Q(idempotency_key=""),
            ),
            models.CheckConstraint(
                condition=Q(points__isnull=False) | ~Q(kind__in=["auto", "regraded", "scored", "override", "curved"]),
                name="grade_event_has_points",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["enrollment", "assessment", "id"], name="grade_event_of_cell")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.points} of {self.max_points}"


class GradeCell(models.Model):
    """One person's grade for one assessment: a projection of the events, rebuilt at will.

    ``points`` is what counts, after penalty, curve and override; None where nothing does yet, or ever will.
    """

    class Mark(models.TextChoices):
        NONE = "", "As the work earned"
        OVERRIDE = "override", "Set"
        EXCUSED = "excused", "Excused"
        MISSING = "missing", "Missing"
        ZEROED = "zeroed", "Zero"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="grade_cells")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="grade_cells")
    mark = models.CharField(max_length=10, choices=Mark, default=Mark.NONE, blank=True)
    points = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="On the assessment's own scale; empty: none."
    )
    raw_points = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="What the work earned before any penalty and curve."
    )
    penalty_points = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    late_units = models.PositiveIntegerField(default=0, help_text="Days, or hours where the late policy counts those.")
    slip_days = models.PositiveSmallIntegerField(default=0, help_text="How many of them slip days cover.")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="+")
    comment = models.TextField(blank=True, help_text="The student reads it.")
    is_held_back = models.BooleanField(default=False, help_text="Not shown to the student, though others are.")
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "enrollment"], name="grade_cell_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.points}"


class Curve(models.Model):
    """A monotone function that the points of an assessment go through. Of several the newest stands."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="curves")
    definition = models.JSONField(help_text="As grading.engine.curves writes it.")
    reason = models.CharField(max_length=300, help_text="Students read it.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"Curve of {self.assessment}"


class GradeAdjustment(models.Model):
    """Points of the course's hundred for one person, beside all items."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="grade_adjustments")
    course_points = models.DecimalField(max_digits=7, decimal_places=4)
    reason = models.CharField(max_length=300, help_text="The student reads it.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.course_points}"


class AuditRead(models.Model):
    """Somebody of the staff looked at one student's record, or at everybody's."""

    class What(models.TextChoices):
        GRADE_BOOK = "grade_book", "The grade book"
        GRADES = "grades", "Grades of one student"
        CELL = "cell", "The history of one grade"
        EXPORT = "export", "A file with grades"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="audit_reads")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.CASCADE, null=True, related_name="audit_reads", help_text="Empty: everybody's."
    )
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, null=True, related_name="audit_reads")
    what = models.CharField(max_length=12, choices=What)
    happened_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["offering", "-id"], name="audit_read_newest")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.get_what_display()}"
