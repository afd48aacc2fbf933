"""Late policies, slip days with their ledger, extensions, and requests for them.

Effective dates follow from the assessment and all extensions that reach a person: their own, their team's, and those of
their cohorts. Of several the latest due moment wins (``grading.engine.lateness``).
"""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import Cohort, Enrollment, Offering
from coursehub.participation.models import Team
from grading.assessments.models import Assessment


class LatePolicy(models.Model):
    """What lateness costs."""

    class Interval(models.TextChoices):
        DAY = "day", "Day"
        HOUR = "hour", "Hour"

    class Form(models.TextChoices):
        NONE = "none", "Nothing"
        DEDUCT_OF_MAX = "deduct_of_max", "A part of the full points"
        MULTIPLY = "multiply", "A part of the points earned"
        MULTIPLY_COMPOUND = "multiply_compound", "A part of what is left, again and again"
        CAP_TABLE = "cap_table", "The most that can be earned falls"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="late_policies")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    grace_seconds = models.PositiveIntegerField(default=0, help_text="So long after the due moment nothing is late.")
    interval = models.CharField(max_length=4, choices=Interval, default=Interval.DAY)
    form = models.CharField(max_length=20, choices=Form, default=Form.NONE)
    rate = models.DecimalField(
        max_digits=7, decimal_places=4, default=Decimal(0), help_text="Percent for each interval, for example 10."
    )
    table = models.JSONField(
        default=list, blank=True, help_text="Percent of the full points after 1, 2, … intervals, as strings."
    )
    floor_percent = models.DecimalField(
        max_digits=7, decimal_places=4, default=Decimal(0), help_text="A penalty goes no lower than this part."
    )
    cutoff = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="After so many intervals late work earns nothing; empty: never."
    )

    class Meta:
        verbose_name_plural = "late policies"
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="late_policy_key_unique")]

    def __str__(self) -> str:
        return self.title


class AssessmentLateness(models.Model):
    """By which policy the late work of an assessment is judged; without a row nothing is taken off."""

    assessment = models.OneToOneField(Assessment, on_delete=models.CASCADE, related_name="lateness")
    policy = models.ForeignKey(LatePolicy, on_delete=models.PROTECT, null=True, blank=True, related_name="uses")
    slip_days_max = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many slip days it may take at most; empty: as the course says; 0: none."
    )

    class Meta:
        verbose_name_plural = "latenesses"

    def __str__(self) -> str:
        return f"Late work of {self.assessment}"


class SlipDayPolicy(models.Model):
    """Days that everybody may be late without saying why."""

    class OnEmpty(models.TextChoices):
        PENALTY = "penalty", "The late policy applies"
        REJECT = "reject", "Late work earns nothing"

    offering = models.OneToOneField(Offering, on_delete=models.CASCADE, related_name="slip_day_policy")
    budget = models.PositiveSmallIntegerField(help_text="Days for each student.")
    per_assessment = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many of them at most for one assessment; empty: all."
    )
    on_empty = models.CharField(max_length=8, choices=OnEmpty, default=OnEmpty.PENALTY)
    locks_at = models.DateTimeField(
        null=True, blank=True, help_text="Until then students may place their days otherwise; empty: never."
    )

    class Meta:
        verbose_name_plural = "slip day policies"

    def __str__(self) -> str:
        return f"{self.budget} slip days in {self.offering}"


class SlipDayEntry(models.Model):
    """A line of somebody's ledger of slip days. Never changed, never deleted."""

    class Kind(models.TextChoices):
        GRANT = "grant", "Granted"
        BONUS = "bonus", "Extra"
        WITHDRAWN = "withdrawn", "Taken back"
        PLACED = "placed", "Placed by the student"

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="slip_day_entries")
    kind = models.CharField(max_length=10, choices=Kind)
    days = models.SmallIntegerField(
        help_text="What it adds to the budget; for a placement, the days for its assessment."
    )
    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, null=True, blank=True, related_name="slip_day_entries"
    )
    note = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "slip day entries"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="placed", assessment__isnull=False) | ~Q(kind="placed"), name="slip_day_has_a_place"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["enrollment", "id"], name="slip_days_of_person")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days} days"


class ExtensionRequest(models.Model):
    """A student asks for more time."""

    class Status(models.TextChoices):
        OPEN = "open", "Waiting"
        APPROVED = "approved", "Granted"
        AUTOMATIC = "automatic", "Granted by rule"
        DENIED = "denied", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="extension_requests")
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="extension_requests")
    wanted_due_at = models.DateTimeField()
    reason = models.TextField(help_text="Read by staff only.")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    reply = models.TextField(blank=True, help_text="The student reads it.")
    idempotency_key = models.CharField(max_length=64)
    made_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enrollment", "assessment"], condition=Q(status="open"), name="extension_request_open_once"
            ),
            models.UniqueConstraint(fields=["enrollment", "idempotency_key"], name="extension_request_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user}: {self.assessment}"


class Extension(models.Model):
    """Other dates for one person, one team or one cohort. An empty date leaves that of the assessment."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="extensions")
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.CASCADE, null=True, blank=True, related_name="extensions"
    )
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="extensions")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, null=True, blank=True, related_name="extensions")
    due_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    has_no_end = models.BooleanField(default=False, help_text="Never due, never closed.")
    tries = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: as many as everybody.")
    time_factor = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Of a quiz's or exam's length, for example 1.5.",
    )
    reason_private = models.TextField(blank=True, help_text="Read by staff only.")
    reason_shown = models.CharField(max_length=300, blank=True, help_text="The student reads it.")
    request = models.OneToOneField(
        ExtensionRequest, on_delete=models.SET_NULL, null=True, blank=True, related_name="extension"
    )
    version = models.PositiveIntegerField(default=1)
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", help_text="Empty: a rule."
    )
    granted_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(enrollment__isnull=False, team__isnull=True, cohort__isnull=True)
                | Q(enrollment__isnull=True, team__isnull=False, cohort__isnull=True)
                | Q(enrollment__isnull=True, team__isnull=True, cohort__isnull=False),
                name="extension_is_for_one",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["assessment", "enrollment"], name="extension_of_person")]

    def __str__(self) -> str:
        return f"{self.assessment} for {self.enrollment or self.team or self.cohort}"


class ExtensionRule(models.Model):
    """When a request is granted without anybody looking."""

    offering = models.OneToOneField(Offering, on_delete=models.CASCADE, related_name="extension_rule")
    is_on = models.BooleanField(default=False)
    most_days = models.PositiveSmallIntegerField(default=2, help_text="Beyond the due moment of everybody.")
    most_requests = models.PositiveSmallIntegerField(default=2, help_text="Granted by this rule, for each student.")
    hours_before = models.PositiveSmallIntegerField(default=0, help_text="So long before it is due, at the latest.")

    def __str__(self) -> str:
        return f"Extensions by rule in {self.offering}"
