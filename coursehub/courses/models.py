"""Organizations, terms, courses, offerings, and the people in them."""

from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now

from coursehub.accounts.models import User


def validate_timezone(name: str) -> None:
    """Raise ``ValidationError`` unless this is a name of the IANA time zone database."""
    if name not in available_timezones():
        message = f"{name} is not a time zone. Write a name such as Europe/Paris or America/New_York."
        raise ValidationError(message)


class Organization(models.Model):
    """A university or school."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    timezone = models.CharField(max_length=64, validators=[validate_timezone])

    def __str__(self) -> str:
        return self.name


class Term(models.Model):
    """A semester or quarter of an organization."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="terms")
    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=60)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "code"], name="term_code_unique_in_organization"),
        ]

    def __str__(self) -> str:
        return self.name


class Course(models.Model):
    """A course in the catalogue, whatever the term."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="courses")
    code = models.CharField(max_length=30)
    title = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "code"], name="course_code_unique_in_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Offering(models.Model):
    """A course as taught in one term."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Everybody"
        UNLISTED = "unlisted", "Everybody who has the address"
        ENROLLED = "enrolled", "The people of the course"

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="offerings")
    term = models.ForeignKey(Term, on_delete=models.PROTECT, related_name="offerings")
    section_label = models.CharField(max_length=20, blank=True)
    slug = models.SlugField(max_length=80, unique=True, help_text="Its place in addresses.")
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.ENROLLED)
    published_at = models.DateTimeField(null=True, blank=True)
    units = models.CharField(max_length=40, blank=True, help_text="As the catalogue writes them, for example 3-0-9.")
    delivery = models.CharField(max_length=200, blank=True, help_text="How it is taught, in a few words.")
    contact_email = models.EmailField(blank=True)
    contact_note = models.TextField(blank=True, help_text="What to write there, and what not.")
    schedule_notice = models.TextField(blank=True, help_text="A sentence above the schedule.")
    previous = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="following")
    cloned_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="clones")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change to anything in the offering.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["course", "term", "section_label"], name="offering_unique_in_term"),
        ]

    def __str__(self) -> str:
        return f"{self.course} · {self.term}"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its dates are meant."""
        return ZoneInfo(self.timezone)


class Capability(models.TextChoices):
    """One thing that a role may do. Code asks for these, never for a role's name."""

    VIEW_COURSE = "view_course", "See the course"
    SUBMIT = "submit", "Hand in work"
    VIEW_SUBMISSIONS = "view_submissions", "See everybody's submissions"
    VIEW_GRADES = "view_grades", "See everybody's grades"
    REGRADE = "regrade", "Have submissions graded again"
    VIEW_UNRELEASED = "view_unreleased", "See work before it is released"
    EDIT_COURSE = "edit_course", "Change the course"
    MANAGE_SUITES = "manage_suites", "Upload and publish suites"
    EDIT_GRADES = "edit_grades", "Change grades"
    RELEASE_GRADES = "release_grades", "Release grades"
    GRANT_EXTENSIONS = "grant_extensions", "Grant extensions"
    MANAGE_PEOPLE = "manage_people", "Add and remove people"
    VIEW_AUDIT = "view_audit", "See who looked at and changed grades"


class Role(models.Model):
    """A named set of capabilities in one offering."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="roles")
    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=60)
    sort = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "key"], name="role_key_unique_in_offering"),
        ]

    def __str__(self) -> str:
        return self.label


class RoleCapability(models.Model):
    """A role may do this."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="capabilities")
    capability = models.CharField(max_length=40, choices=Capability)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["role", "capability"], name="capability_once_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.get_capability_display()}"


class Enrollment(models.Model):
    """A person's place in an offering. Never deleted: who leaves is marked as dropped."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        DROPPED = "dropped", "Dropped"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="enrollments")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="enrollments")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    roles: "models.ManyToManyField[Role, RoleAssignment]" = models.ManyToManyField(
        Role, through="RoleAssignment", related_name="enrollments"
    )
    joined_at = models.DateTimeField(db_default=Now())
    time_factor = models.DecimalField(
        max_digits=5, decimal_places=2, default=1, help_text="Of the length of quizzes and exams, for example 1.5."
    )
    invited_at = models.DateTimeField(null=True, blank=True, help_text="When they were invited last.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "user"], name="enrollment_once_per_offering"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.offering}"


class RoleAssignment(models.Model):
    """A person holds a role in an offering."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="assignments")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="assignments")
    cohorts: "models.ManyToManyField[Cohort, models.Model]" = models.ManyToManyField(
        "Cohort", blank=True, related_name="+", help_text="Whose work and grades they see; empty: everybody's."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrollment", "role"], name="role_once_per_enrollment"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.role}"


class Audience(models.TextChoices):
    """Who sees a part of an offering, within who sees the offering at all."""

    PUBLIC = "public", "Everybody"
    ENROLLED = "enrolled", "The people of the course"
    STAFF = "staff", "Staff"


class Page(models.Model):
    """A page of an offering, written in Markdown."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="pages")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    body_md = models.TextField(blank=True)
    nav_order = models.PositiveSmallIntegerField(default=0)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "slug"], name="page_slug_unique_in_offering"),
        ]

    def __str__(self) -> str:
        return self.title


class SyllabusBlock(models.Model):
    """A part of the syllabus under a heading of its own; any number, in any order."""

    class Kind(models.TextChoices):
        OVERVIEW = "overview", "Overview"
        MOTIVATION = "motivation", "Motivation"
        AIMS = "aims", "Aims"
        OBJECTIVES = "objectives", "Objectives"
        QUESTIONS = "questions", "Questions"
        THEMES = "themes", "Themes"
        STRUCTURE = "structure", "Structure"
        NOTICE = "notice", "Notice"
        LOGISTICS = "logistics", "Logistics"
        CUSTOM = "custom", "Other"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="blocks")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CUSTOM)
    heading = models.CharField(max_length=200)
    body_md = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="block_key_unique")]

    def __str__(self) -> str:
        return self.heading


class Prerequisite(models.Model):
    """What somebody should know or have taken before."""

    class Level(models.TextChoices):
        REQUIRED = "required", "Required"
        RECOMMENDED = "recommended", "Strongly recommended"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="prerequisites")
    level = models.CharField(max_length=12, choices=Level, default=Level.REQUIRED)
    text_md = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "order"], name="prerequisite_order_unique")
        ]

    def __str__(self) -> str:
        return self.text_md[:80]


class Policy(models.Model):
    """A rule of the course in words; ``rule`` names what of it the system itself enforces."""

    class Kind(models.TextChoices):
        COLLABORATION = "collaboration", "Working together"
        AI = "ai", "AI tools"
        ATTENDANCE = "attendance", "Attendance"
        LATE = "late", "Late work"
        INTEGRITY = "integrity", "Integrity"
        WELLBEING = "wellbeing", "Well-being"
        OTHER = "other", "Other"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="policies")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=14, choices=Kind, default=Kind.OTHER)
    title = models.CharField(max_length=200)
    body_md = models.TextField(blank=True)
    rule = models.CharField(
        max_length=200, blank=True, help_text="What the system does about it, as a sentence; empty: text only."
    )
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "policies"
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="policy_key_unique")]

    def __str__(self) -> str:
        return self.title


class ExternalLink(models.Model):
    """Where else the course lives: forum, recordings. An empty address is to be announced."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="links")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=20, help_text="For example forum, canvas, gradescope, video, site, repository.")
    label = models.CharField(max_length=120)
    url = models.URLField(max_length=500, blank=True)
    note = models.CharField(max_length=300, blank=True)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="link_key_unique")]

    def __str__(self) -> str:
        return self.label


class StaffMember(models.Model):
    """Somebody who teaches, as the public page shows them. An account is not needed."""

    class EmailDisplay(models.TextChoices):
        PLAIN = "plain", "As it is"
        OBFUSCATED = "obfuscated", "Spelled out"
        HIDDEN = "hidden", "Not shown"

    class Position(models.TextChoices):
        INSTRUCTOR = "instructor", "Instructor"
        COURSE_ASSISTANT = "course_assistant", "Course assistant"
        HEAD_TA = "head_ta", "Head teaching assistant"
        TA = "ta", "Teaching assistant"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="staff")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=150)
    position = models.CharField(max_length=20, choices=Position)
    credentials = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    email_display = models.CharField(max_length=12, choices=EmailDisplay, default=EmailDisplay.OBFUSCATED)
    website = models.URLField(max_length=300, blank=True)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="staff_key_unique")]

    def __str__(self) -> str:
        return self.name


class Cohort(models.Model):
    """A part of the class: a section, or who attends in person this week."""

    class Kind(models.TextChoices):
        SECTION = "section", "Section"
        ROTATION = "rotation", "Rotation"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="cohorts")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SECTION)
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(Enrollment, related_name="cohorts", blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="cohort_key_unique")]

    def __str__(self) -> str:
        return self.name


class ExternalIdentity(models.Model):
    """Under which name another system knows a person."""

    class System(models.TextChoices):
        CANVAS = "canvas", "Canvas user ID"
        SIS = "sis", "Student ID"
        LOGIN = "login", "Login"
        GRADESCOPE = "gradescope", "Gradescope SID"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="identities")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    system = models.CharField(max_length=12, choices=System)
    value = models.CharField(max_length=120)

    class Meta:
        verbose_name_plural = "external identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "system", "value"], name="identity_unique"),
            models.UniqueConstraint(fields=["organization", "system", "user"], name="identity_once_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()} {self.value}"


class Announcement(models.Model):
    """News for the class."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="announcements")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    body_md = models.TextField(blank=True)
    publish_at = models.DateTimeField(null=True, blank=True, help_text="Empty: not yet.")
    is_pinned = models.BooleanField(default=False)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.ENROLLED)
    cohorts = models.ManyToManyField(Cohort, blank=True, related_name="announcements", help_text="Empty: everybody.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="announcement_key_unique")]

    def __str__(self) -> str:
        return self.title


class Assumption(models.Model):
    """Something that the course's documents do not say, with what stands there until an instructor confirms it."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="assumptions")
    key = models.SlugField(max_length=80)
    about = models.CharField(max_length=120, help_text="What it concerns, as type:key, for example assessment:hw0.")
    question = models.CharField(max_length=300)
    assumed = models.CharField(max_length=300, blank=True, help_text="What stands there now; empty: nothing.")
    order = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="assumption_key_unique")]

    def __str__(self) -> str:
        return self.question


class Change(models.Model):
    """Who changed what, when, from what, to what, and why. Never changed, never deleted."""

    class Source(models.TextChoices):
        PAGE = "page", "In the browser"
        FILES = "files", "From files"
        API = "api", "By the API"
        CLONE = "clone", "Cloned"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="changes")
    batch = models.UUIDField(help_text="Changes that were made together.")
    subject = models.CharField(max_length=160, help_text="What was changed, as type:key, for example event:lecture-5.")
    title = models.CharField(max_length=200, help_text="The same in words.")
    before = models.JSONField(null=True, help_text="The fields that changed; null: it was added.")
    after = models.JSONField(null=True, help_text="The same; null: it was removed.")
    reason = models.TextField(blank=True, help_text="What students read; asked for once the offering is published.")
    is_shown = models.BooleanField(default=False, help_text="Students see it: it was made after publication.")
    source = models.CharField(max_length=8, choices=Source, default=Source.PAGE)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["offering", "-id"], name="change_newest")]

    def __str__(self) -> str:
        return self.title
