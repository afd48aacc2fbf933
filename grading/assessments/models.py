"""Assessments, the suites that grade them, and stored files."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import Course, Offering
from coursehub.participation.models import TeamSet
from coursehub.schedule.models import Event, Material, Module, Requirement


class StoredFile(models.Model):
    """The content of a file, kept once under its SHA-256 whoever handed it in."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.sha256[:12]


class SuiteVersion(models.Model):
    """A reference suite as it was at publication, or one draft of it; the digest names its content exactly.

    A suite is a course and a name, so next term's offering has it too; one without a course comes with CourseHub. A
    published version never changes, and all versions can be graded with side by side.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    course = models.ForeignKey(
        Course,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suite_versions",
        help_text="Empty: it comes with CourseHub.",
    )
    name = models.SlugField(max_length=60)
    number = models.PositiveIntegerField(null=True, blank=True, help_text="Counts the published versions from 1.")
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED)
    digest = models.CharField(max_length=64, blank=True, help_text="Empty while nobody knows the cases of a draft.")
    title = models.CharField(max_length=200)
    lane = models.CharField(max_length=20)
    max_points = models.DecimalField(max_digits=12, decimal_places=4)
    manifest = models.JSONField(help_text="A runners.protocol.SuiteManifest; without cases while nobody knows them.")
    uploaded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course", "name", "digest"],
                condition=Q(state="published"),
                name="suite_digest_unique_in_course",
            ),
            models.UniqueConstraint(
                fields=["name", "digest"],
                condition=Q(state="published", course__isnull=True),
                name="suite_digest_unique_with_us",
            ),
            models.UniqueConstraint(fields=["course", "name"], condition=Q(state="draft"), name="suite_has_one_draft"),
            models.UniqueConstraint(fields=["course", "name", "number"], name="suite_number_unique_in_course"),
            models.UniqueConstraint(
                fields=["name", "number"], condition=Q(course__isnull=True), name="suite_number_unique_with_us"
            ),
            models.CheckConstraint(
                condition=Q(state="published") | Q(course__isnull=False), name="suite_draft_is_of_a_course"
            ),
            models.CheckConstraint(
                condition=Q(state="published") | Q(number__isnull=True), name="suite_draft_has_no_number"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["digest"], name="suite_by_digest")]

    def __str__(self) -> str:
        return f"{self.name}@{self.digest[:12]}"

    @property
    def is_draft(self) -> bool:
        """Whether it can still be changed, and nothing is graded with it."""
        return self.state == self.State.DRAFT

    @property
    def label(self) -> str:
        """What people call this version: “v3”, “draft”, or the start of its digest where it has no number."""
        if self.is_draft:
            return "draft"
        return f"v{self.number}" if self.number else self.digest[:8]


class SuiteFile(models.Model):
    """One file of a suite: reference, starter and wrong submissions too. Runners fetch them; students never do."""

    version = models.ForeignKey(SuiteVersion, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=255)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "path"], name="suite_path_unique_in_version"),
        ]

    def __str__(self) -> str:
        return self.path


class CountingTry(models.TextChoices):
    """Which of several tries counts."""

    BEST = "best", "The best try counts"
    LATEST = "latest", "The latest try counts"
    FIRST = "first", "The first try counts"


class AssessmentKind(models.TextChoices):
    """What sort of work it is."""

    PROGRAMMING = "programming", "Programming homework"
    PROBLEM_SET = "problem_set", "Problem set"
    CRITIQUE = "critique", "Paper critique"
    READING_RESPONSE = "reading_response", "Reading response"
    PRESENTATION = "presentation", "Paper presentation"
    QUIZ = "quiz", "Quiz"
    EXAM = "exam", "Exam"
    MILESTONE = "milestone", "Milestone"
    PROJECT = "project", "Project"
    OTHER = "other", "Other"


class Assessment(models.Model):
    """Something to hand in that is worth points."""

    class Purpose(models.TextChoices):
        GRADED = "graded", "Counts"
        DIAGNOSTIC = "diagnostic", "Shows where you stand"
        FORMATIVE = "formative", "For feedback"

    class AiDisclosure(models.TextChoices):
        NONE = "none", "Not asked for"
        OPTIONAL = "optional", "Welcome"
        REQUIRED = "required", "Required"

    class GradeRelease(models.TextChoices):
        AUTO = "auto", "As soon as work is graded"
        MANUAL = "manual", "When staff release them"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="assessments")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=20, choices=AssessmentKind, default=AssessmentKind.PROGRAMMING)
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.GRADED)
    modules = models.ManyToManyField(Module, related_name="assessments", blank=True)
    event = models.ForeignKey(
        Event,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assessments",
        help_text="Where it is sat.",
    )
    team_set = models.ForeignKey(
        TeamSet, on_delete=models.PROTECT, null=True, blank=True, related_name="assessments", help_text="Empty: alone."
    )
    depends_on = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followed_by")
    ai_disclosure = models.CharField(max_length=10, choices=AiDisclosure, default=AiDisclosure.NONE)
    solutions_url = models.URLField(max_length=500, blank=True)
    solutions_at = models.DateTimeField(null=True, blank=True, help_text="Empty: solutions are not promised.")
    is_listed = models.BooleanField(default=True, help_text="Shown on public pages; unset for what only staff plan.")
    instructions_md = models.TextField(blank=True)
    max_points = models.DecimalField(max_digits=12, decimal_places=4)
    suite = models.ForeignKey(SuiteVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="assessments")
    release_at = models.DateTimeField(null=True, blank=True, help_text="Empty: not yet announced, staff only.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="Empty: to be announced.")
    closes_at = models.DateTimeField(null=True, blank=True, help_text="Empty: nothing is accepted after it is due.")
    accepted_patterns = models.JSONField(default=list, help_text='File names, for example ["*.py", "report.md"].')
    required_files = models.JSONField(default=list)
    max_files = models.PositiveIntegerField(default=100)
    max_file_bytes = models.PositiveBigIntegerField(default=1_000_000)
    max_total_bytes = models.PositiveBigIntegerField(default=10_000_000)
    tries = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: as many as you like.")
    counting_try = models.CharField(max_length=10, choices=CountingTry, default=CountingTry.BEST)
    pledge = models.TextField(blank=True, help_text="A sentence to sign with each submission; empty: none.")
    grade_release = models.CharField(max_length=8, choices=GradeRelease, default=GradeRelease.AUTO)
    grades_released_at = models.DateTimeField(
        null=True, blank=True, help_text="When staff released them; empty: not yet, or nobody has to."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "slug"], name="assessment_slug_unique_in_offering"),
            models.CheckConstraint(condition=Q(max_points__gt=Decimal(0)), name="assessment_has_points"),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(due_at__isnull=True) | Q(closes_at__gte=F("due_at")),
                name="assessment_closes_after_due",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class HandoutFile(models.Model):
    """A file that students download to begin with."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="handout_files")
    path = models.CharField(max_length=255)
    stored = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "path"], name="handout_path_unique_in_assessment"),
        ]

    def __str__(self) -> str:
        return self.path


class AnchoredDate(models.Model):
    """A date of an assessment that follows an event: when the event moves, so does the date.

    The resolved moment stands in the assessment itself. It is the start or end of the event, so many days later, or
    that day at ``at_time``; where the event's time is not known either, the start of its day stands for it.
    """

    class Which(models.TextChoices):
        RELEASE = "release", "Released"
        DUE = "due", "Due"
        CLOSES = "closes", "Closes"
        SOLUTIONS = "solutions", "Solutions"

    class Edge(models.TextChoices):
        START = "start", "the start"
        END = "end", "the end"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="anchored_dates")
    which = models.CharField(max_length=10, choices=Which)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="anchored_dates")
    edge = models.CharField(max_length=5, choices=Edge, default=Edge.START)
    offset_days = models.SmallIntegerField(default=0)
    at_time = models.TimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "which"], name="anchored_date_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_which_display()} with {self.event}"


class AssessmentPart(models.Model):
    """A part of an assessment: code, a reflection, a report."""

    class Kind(models.TextChoices):
        CODE = "code", "Code"
        REPORT = "report", "Report"
        REFLECTION = "reflection", "Reflection"
        PRESENTATION = "presentation", "Presentation"
        PEER_REVIEW = "peer_review", "Peer review"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="parts")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=14, choices=Kind)
    title = models.CharField(max_length=200)
    is_required = models.BooleanField(default=True)
    note_md = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["assessment", "key"], name="part_key_unique")]

    def __str__(self) -> str:
        return self.title


class AssessmentMaterial(models.Model):
    """A material belongs to an assessment: its notebook, its paper."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="material_links")
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="assessment_uses")
    requirement = models.CharField(max_length=10, choices=Requirement, default=Requirement.PLAIN)
    locator = models.CharField(max_length=120, blank=True, help_text="Where in it, for example “2.3; 3.1.4”.")
    note = models.CharField(max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.material} for {self.assessment}"
