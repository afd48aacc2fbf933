"""Who does what with whom: teams and who is in them, slots for presentations and who takes them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from coursehub.courses.models import Enrollment, Offering
from coursehub.schedule.models import Event


class TeamSet(models.Model):
    """One way of forming teams, for example for the project."""

    offering = models.ForeignKey(Offering, on_delete=models.CASCADE, related_name="team_sets")
    key = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    min_size = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: not said.")
    max_size = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: not said.")
    is_hard = models.BooleanField(default=False, help_text="Other sizes are not accepted without an exception.")
    note_md = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offering", "key"], name="team_set_key_unique"),
            models.CheckConstraint(
                condition=Q(min_size__isnull=True) | Q(max_size__isnull=True) | Q(max_size__gte=F("min_size")),
                name="team_set_sizes_fit",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Team(models.Model):
    """People who hand in together."""

    team_set = models.ForeignKey(TeamSet, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=120)
    members = models.ManyToManyField(Enrollment, related_name="teams", blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["team_set", "name"], name="team_name_unique")]

    def __str__(self) -> str:
        return self.name


class PresentationSlot(models.Model):
    """Something to present at an event, for example a paper, with places for one or more people."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="slots")
    title = models.CharField(max_length=300)
    note = models.CharField(max_length=300, blank=True)
    capacity = models.PositiveSmallIntegerField(default=1, help_text="How many present together.")
    order = models.PositiveSmallIntegerField(default=0, help_text="Among the slots of one event.")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(capacity__gte=1), name="slot_has_a_place")]

    def __str__(self) -> str:
        return self.title


class SlotSignup(models.Model):
    """Somebody takes a place in a slot. Neither the slot nor its event can be deleted from under them."""

    slot = models.ForeignKey(PresentationSlot, on_delete=models.RESTRICT, related_name="signups")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="slot_signups")
    signed_up_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slot", "enrollment"], name="slot_signup_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.enrollment.user}: {self.slot}"
