"""Who takes part in an offering, what they may do, and who teaches it."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models.offerings import Offering, Organization


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
