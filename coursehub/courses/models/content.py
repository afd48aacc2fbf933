"""What an offering says of itself: pages, the syllabus, policies, links, news, and what its documents leave open."""

from typing import ClassVar

from django.db import models

from coursehub.accounts.models import User
from coursehub.courses.models.offerings import Offering
from coursehub.courses.models.people import Cohort


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
