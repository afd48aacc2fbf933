"""What was changed in an offering."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses.models.offerings import Offering


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
