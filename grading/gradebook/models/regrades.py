"""Gradings of a whole class that are held back until somebody decides."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment
from grading.assessments.models import Assessment, SuiteVersion
from grading.submissions.models import GradingJob, GradingResult


class RegradeBatch(models.Model):
    """Work of a whole class graded again by another version of a suite, held back until somebody decides."""

    class Scope(models.TextChoices):
        COUNTING = "counting", "The submission of each student that counts"
        ALL = "all", "Every graded submission"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Decided"

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="regrade_batches")
    from_suite = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="+")
    to_suite = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, related_name="+")
    scope = models.CharField(max_length=10, choices=Scope)
    reason = models.CharField(max_length=500)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now())
    idempotency_key = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When the last row was decided.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["assessment"], name="regrade_batch_open_once", condition=Q(state="open"),
                violation_error_message="Decide on the open batch first.",
            ),
            models.UniqueConstraint(fields=["assessment", "idempotency_key"], name="regrade_batch_sent_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.assessment} graded again by {self.to_suite}"


class RegradeRow(models.Model):
    """One student of a batch, and what was decided."""

    class Decision(models.TextChoices):
        PENDING = "pending", "Not decided"
        APPROVED = "approved", "Approved"
        DROPPED = "dropped", "Dropped"

    batch = models.ForeignKey(RegradeBatch, on_delete=models.CASCADE, related_name="rows")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    points_before = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="The cell just before the decision; empty: none."
    )
    points_after = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, help_text="The cell that approving makes, or would have made."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "enrollment"], name="regrade_row_once_per_student"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.get_decision_display()}"


class RegradeItem(models.Model):
    """One job of a row."""

    row = models.ForeignKey(RegradeRow, on_delete=models.CASCADE, related_name="items")
    job = models.OneToOneField(GradingJob, on_delete=models.PROTECT, related_name="regrade_item")
    stood = models.ForeignKey(
        GradingResult,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="The result that stood when it was decided; empty: none, or not decided.",
    )

    def __str__(self) -> str:
        return f"Job {self.job_id} of row {self.row_id}"
