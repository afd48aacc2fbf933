"""How grades add up: schemes, their versions, parts, letters, and rules of taking part."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment


class GradingScheme(models.Model):
    """How grades add up in an offering. The syllabus table is made from it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    class LetterOn(models.TextChoices):
        UNROUNDED = "unrounded", "The exact total"
        ROUNDED = "rounded", "The total as it is shown"

    offering = models.OneToOneField(Offering, on_delete=models.CASCADE, related_name="grading_scheme")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    note_md = models.TextField(blank=True)
    decimals = models.PositiveSmallIntegerField(default=2, help_text="Places that totals are shown with.")
    letter_on = models.CharField(max_length=10, choices=LetterOn, default=LetterOn.UNROUNDED)
    cap = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, blank=True, help_text="No total is higher; empty: no cap."
    )
    missing_is_pending = models.BooleanField(
        default=False, help_text="What was not handed in does not count until somebody marks it as missing."
    )

    def __str__(self) -> str:
        return f"Grading of {self.offering}"


class SchemeVersion(models.Model):
    """A scheme as it was published, with the reason for it. Never changed."""

    scheme = models.ForeignKey(GradingScheme, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(help_text="As ``grading.yaml`` has it.")
    points = models.JSONField(
        default=dict, help_text="What was worth how much: by assessment its title and points. Empty: not kept then."
    )
    reason = models.TextField(blank=True, help_text="Students read it; empty for the first one.")
    effect = models.JSONField(default=dict, help_text="What it changed: how many totals and letters.")
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "number"], name="scheme_version_number_unique")
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of {self.scheme}"


class LetterCutoff(models.Model):
    """From how many points of the hundred on a letter is given; that number itself is enough."""

    scheme = models.ForeignKey(GradingScheme, on_delete=models.CASCADE, related_name="letters")
    label = models.CharField(max_length=12)
    lower_bound = models.DecimalField(max_digits=7, decimal_places=4)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "label"], name="letter_unique"),
            models.UniqueConstraint(fields=["scheme", "lower_bound"], name="letter_bound_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.label} from {self.lower_bound}"


class GradeNode(models.Model):
    """A part of the grade: a row of the syllabus table, with parts of its own or with assessments."""

    class WeightUnit(models.TextChoices):
        COURSE_POINTS = "course_points", "Points of the course's hundred"
        SHARE = "share", "Share of the part above"

    class Aggregation(models.TextChoices):
        POINTS = "points", "Sum of points"
        MEAN = "mean", "Mean of percentages"
        WEIGHTED = "weighted", "Weighted mean"
        COURSE_POINTS = "course_points", "Sum of its parts"
        RULE = "rule", "By a participation rule"
        UNSAID = "unsaid", "Not said"

    scheme = models.ForeignKey(GradingScheme, on_delete=models.CASCADE, related_name="nodes")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    key = models.SlugField(max_length=60)
    label = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    weight = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True, help_text="Empty: not said.")
    weight_unit = models.CharField(max_length=14, choices=WeightUnit, default=WeightUnit.COURSE_POINTS)
    aggregation = models.CharField(max_length=14, choices=Aggregation, default=Aggregation.UNSAID)
    is_extra_credit = models.BooleanField(default=False)
    drop_lowest = models.PositiveSmallIntegerField(default=0)
    drop_highest = models.PositiveSmallIntegerField(default=0, help_text="Only with the mean of percentages.")
    cap = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, blank=True, help_text="Percent that it can reach; empty: no cap."
    )
    expected_count = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many parts there will be; forecasts count with them."
    )
    order = models.PositiveSmallIntegerField(default=0)
    assessments = models.ManyToManyField(Assessment, related_name="grade_nodes", blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["scheme", "key"], name="grade_node_key_unique")]

    def __str__(self) -> str:
        return self.label


class ParticipationRule(models.Model):
    """What earns the credit of a node: evidence of taking part, counted."""

    class Metric(models.TextChoices):
        DISCUSSIONS = "discussions", "Discussions taken part in"
        ATTENDANCE = "attendance", "Sessions attended"
        POLLS = "polls", "Polls answered"
        QUIZZES = "quizzes", "Quizzes completed"
        ENGAGEMENT = "engagement", "Engagement, as staff see it"

    class Below(models.TextChoices):
        UNSAID = "unsaid", "Not said"
        LINEAR = "linear", "In proportion"
        STEP = "step", "Nothing"
        RATIO = "ratio", "The part of all that there were"

    class Ties(models.TextChoices):
        INCLUDE = "include", "All who are equal get it"
        EXCLUDE = "exclude", "None of the equals gets it"

    node = models.OneToOneField(GradeNode, on_delete=models.CASCADE, related_name="rule")
    metric = models.CharField(max_length=12, choices=Metric)
    threshold = models.PositiveSmallIntegerField(null=True, blank=True, help_text="So many earn full credit.")
    below = models.CharField(max_length=8, choices=Below, default=Below.UNSAID)
    bonus_top = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The most active so many get a bonus."
    )
    bonus_course_points = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    ties = models.CharField(max_length=8, choices=Ties, default=Ties.INCLUDE)
    excused_shrinks = models.BooleanField(default=True, help_text="What was excused lowers the threshold.")

    def __str__(self) -> str:
        return f"{self.node}: {self.get_metric_display()}"


class ParticipationCount(models.Model):
    """How often somebody took part, as counted so far."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="participation_counts")
    metric = models.CharField(max_length=12, choices=ParticipationRule.Metric)
    count = models.DecimalField(max_digits=9, decimal_places=4, default=0)
    total = models.DecimalField(
        max_digits=9, decimal_places=4, null=True, blank=True, help_text="Of so many; empty: not known."
    )
    excused = models.DecimalField(max_digits=9, decimal_places=4, default=0)
    updated_at = models.DateTimeField(db_default=Now())
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrollment", "metric"], name="participation_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.get_metric_display()} {self.count}"
