"""Letters to people: what is to be written to whom, and what became of it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User


class Letter(models.Model):
    """One message to one person about one event. Its text is written when it is sent, by the ``kind``'s writer.

    What the writer needs is in ``data``; a secret never is.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        UNDELIVERED = "undelivered", "Could not be delivered"
        WITHDRAWN = "withdrawn", "No longer wanted"

    kind = models.CharField(max_length=20)
    about = models.CharField(max_length=60, help_text="What staff look at to see how far it is: offering:3.")
    event = models.CharField(max_length=60, help_text="What happened; nobody is written to about it twice.")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="letters")
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0, help_text="Only grows: it names the try that holds the letter.")
    queued_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    address = models.EmailField(blank=True, help_text="Where it was sent to last.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last try failed.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "event", "user"], name="letter_once_per_person_and_event"),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="letter_lease_while_sending",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tries", "not_before", "id"], condition=Q(state="waiting"), name="letter_next"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="letter_lease"),
            models.Index(fields=["kind", "about", "event"], name="letter_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user}: {self.state}"
