"""Weeks, events, modules and materials of an offering.

A date and a time on the wall are stored as they were said; the moment follows from the offering's time zone, so a
session at 19:15 stays at 19:15 when the clocks change. What is not known yet is empty and shown as “TBD”.
"""

from datetime import datetime, time
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models import Cohort, Offering, StaffMember


class Week(models.Model):
    """A row of the calendar that groups others."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="weeks")
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120, blank=True, help_text="Empty: “Week” and the number.")
    starts_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "number"], name="week_number_unique")]

    def __str__(self) -> str:
        return self.label or f"Week {self.number}"


class Module(models.Model):
    """A unit of content."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="modules")
    key = models.SlugField(max_length=60)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    summary_md = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "key"], name="module_key_unique"),
            models.UniqueConstraint(fields=["offering", "number"], name="module_number_unique"),
        ]

    def __str__(self) -> str:
        return f"Module {self.number}: {self.title}"


class Outcome(models.Model):
    """What a module aims at, or what one can do after it."""

    class Kind(models.TextChoices):
        GOAL = "goal", "Learning goal"
        OBJECTIVE = "objective", "Learning objective"

    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="outcomes")
    kind = models.CharField(max_length=10, choices=Kind)
    text_md = models.TextField()
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["module", "kind", "order"], name="outcome_order_unique")
        ]

    def __str__(self) -> str:
        return self.text_md[:80]


class ModuleGrouping(models.Model):
    """One group of modules in one way of grouping them; several ways may stand side by side."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="module_groupings")
    scheme = models.SlugField(max_length=40, help_text="The way of grouping, for example phase or chapter.")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    description_md = models.TextField(blank=True)
    modules = models.ManyToManyField(Module, related_name="groupings")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "scheme", "number"], name="grouping_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme.capitalize()} {self.number}: {self.title}"


class EventKind(models.TextChoices):
    """What sort of thing an event is."""

    LECTURE = "lecture", "Lecture"
    LIVE_SESSION = "live_session", "Live session"
    KICKOFF = "kickoff", "Kick-off"
    TUTORIAL = "tutorial", "Tutorial"
    RECITATION = "recitation", "Recitation"
    GUEST_LECTURE = "guest_lecture", "Guest lecture"
    PRESENTATIONS = "presentations", "Presentations"
    EXAM = "exam", "Exam"
    OFFICE_HOURS = "office_hours", "Office hours"
    PROJECT_OFFICE_HOURS = "project_office_hours", "Project office hours"
    NO_CLASS = "no_class", "No class"
    OTHER = "other", "Other"


class EventSeries(models.Model):
    """Something that repeats weekly: lectures, office hours. Empty times and places are to be announced."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="series")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=24, choices=EventKind)
    title = models.CharField(max_length=200)
    weekdays = models.JSONField(default=list, help_text="0 is Monday; empty: to be announced.")
    start_time = models.TimeField(null=True, blank=True)
    end_time = models.TimeField(null=True, blank=True)
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    location = models.CharField(max_length=120, blank=True)
    online_url = models.URLField(max_length=500, blank=True)
    note = models.CharField(max_length=300, blank=True)
    staff = models.ManyToManyField(StaffMember, related_name="series", blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "event series"
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="series_key_unique")]

    def __str__(self) -> str:
        return self.title


class RotationRule(models.Model):
    """Who attends a series in person: its cohorts take turns, in order, event by event or week by week."""

    class Pattern(models.TextChoices):
        UNSAID = "unsaid", "Announced each time"
        EVENTS = "events", "Event by event"
        WEEKS = "weeks", "Week by week"

    series = models.OneToOneField(EventSeries, on_delete=models.CASCADE, related_name="rotation")
    pattern = models.CharField(max_length=8, choices=Pattern, default=Pattern.UNSAID)
    cohorts = models.ManyToManyField(Cohort, related_name="rotations")
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.series}: {self.get_pattern_display()}"


class EventGroup(models.Model):
    """Several sessions of one thing, of which one attends any one."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="event_groups")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="event_group_key_unique")]

    def __str__(self) -> str:
        return self.title


class Event(models.Model):
    """One thing on one day, or on a day to be announced."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        TENTATIVE = "tentative", "Tentative"
        MOVED = "moved", "Moved"
        CANCELLED = "cancelled", "Cancelled"

    class Attendance(models.TextChoices):
        NONE = "none", "As you like"
        TAKEN = "taken", "Taken"
        REQUIRED = "required", "Required"

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="events")
    key = models.SlugField(max_length=60)
    kind = models.CharField(max_length=24, choices=EventKind, default=EventKind.LECTURE)
    week = models.ForeignKey(Week, on_delete=models.SET_NULL, null=True, blank=True, related_name="events")
    series = models.ForeignKey(EventSeries, on_delete=models.SET_NULL, null=True, blank=True, related_name="events")
    group = models.ForeignKey(EventGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="events")
    date = models.DateField(null=True, blank=True, help_text="Empty: to be announced.")
    start_time = models.TimeField(null=True, blank=True)
    end_time = models.TimeField(null=True, blank=True)
    title = models.CharField(max_length=300)
    details_md = models.TextField(blank=True)
    location = models.CharField(max_length=120, blank=True)
    online_url = models.URLField(max_length=500, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.SCHEDULED)
    attendance = models.CharField(max_length=10, choices=Attendance, default=Attendance.NONE)
    tags = models.JSONField(default=list)
    modules = models.ManyToManyField(Module, related_name="events", blank=True)
    cohorts = models.ManyToManyField(Cohort, related_name="events", blank=True, help_text="Empty: everybody.")
    order = models.PositiveSmallIntegerField(default=0, help_text="Among the events of one day without a time.")
    calendar_uid = models.CharField(max_length=120, unique=True)
    calendar_sequence = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "key"], name="event_key_unique"),
            models.CheckConstraint(
                condition=Q(end_time__isnull=True) | Q(start_time__isnull=False), name="event_end_needs_start"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["offering", "date", "start_time"], name="event_by_date")]

    def __str__(self) -> str:
        return self.title

    @property
    def starts_at(self) -> datetime | None:
        """When it begins, aware; None while date or time are to be announced, or it lasts all day."""
        return self._moment(self.start_time)

    @property
    def ends_at(self) -> datetime | None:
        """When it ends, aware, or None."""
        return self._moment(self.end_time)

    def _moment(self, at: time | None) -> datetime | None:
        if self.date is None or at is None:
            return None
        return datetime.combine(self.date, at, tzinfo=self.offering.zone)


class EventSpeaker(models.Model):
    """Who speaks: one of the staff, or a guest with an affiliation."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="speakers")
    staff = models.ForeignKey(StaffMember, on_delete=models.CASCADE, null=True, blank=True, related_name="talks")
    name = models.CharField(max_length=150, blank=True, help_text="Of a guest.")
    affiliation = models.CharField(max_length=150, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(staff__isnull=False, name="") | (Q(staff__isnull=True) & ~Q(name="")),
                name="speaker_is_staff_or_guest",
            ),
            models.UniqueConstraint(fields=["event", "order"], name="speaker_order_unique"),
        ]

    def __str__(self) -> str:
        return self.staff.name if self.staff else self.name


class Material(models.Model):
    """Something to read, watch or run. An empty address is to be announced."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="materials")
    key = models.SlugField(max_length=80)
    kind = models.CharField(max_length=20, help_text="For example slides, paper, book, notes, video, recording, colab.")
    title = models.CharField(max_length=300)
    url = models.URLField(max_length=500, blank=True)
    authors = models.CharField(max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["offering", "key"], name="material_key_unique")]

    def __str__(self) -> str:
        return self.title


class Requirement(models.TextChoices):
    """How much a reading is asked for."""

    REQUIRED = "required", "Required"
    OPTIONAL = "optional", "Optional"
    PLAIN = "plain", "Not said"


class MaterialLink(models.Model):
    """A material belongs to one event or one module."""

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="uses")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="material_links")
    module = models.ForeignKey(Module, on_delete=models.CASCADE, null=True, blank=True, related_name="material_links")
    requirement = models.CharField(max_length=10, choices=Requirement, default=Requirement.PLAIN)
    locator = models.CharField(max_length=120, blank=True, help_text="Where in it, for example “2.3; 3.1.4”.")
    note = models.CharField(max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(event__isnull=False, module__isnull=True) | Q(event__isnull=True, module__isnull=False),
                name="material_link_has_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material} at {self.event or self.module}"


class FeedToken(models.Model):
    """The secret in the address of a personal calendar. Only a hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="feed_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Calendar of {self.user}"
