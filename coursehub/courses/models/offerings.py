"""Organizations, terms, courses, and courses as they are taught."""

from typing import ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models


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
