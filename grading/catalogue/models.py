"""Checks of drafts: a runner grades the submissions that come with a suite and says how they fared.

Theory of operation
-------------------
A ``SuiteCheck`` is claimed under a lease like a ``GradingJob`` (``checks.py`` has its moves), but it grades no
submission, belongs to no student and waits in no fair queue: the oldest goes first, once no submission waits. It
states the digest of all the files that it was made for. Whatever changes them supersedes it.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from grading.assessments.models import SuiteVersion
from grading.submissions.models import FINAL_STATES, JobState, Runner


class SuiteCheck(models.Model):
    """One look of a runner at one draft."""

    version = models.ForeignKey(SuiteVersion, on_delete=models.CASCADE, related_name="checks")
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    files_sha256 = models.CharField(max_length=64, help_text="Names all files that were looked at.")
    digest = models.CharField(max_length=64, blank=True, help_text="Of the version that it found good, or not.")
    lane = models.CharField(max_length=20)
    state = models.CharField(max_length=14, choices=JobState, default=JobState.QUEUED)
    not_before = models.DateTimeField(db_default=Now())
    lease_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    runs = models.PositiveSmallIntegerField(default=0)
    runner = models.ForeignKey(Runner, on_delete=models.SET_NULL, null=True, blank=True, related_name="suite_checks")
    progress = models.JSONField(default=dict, help_text="The newest SuiteCheckEvent of the live run.")
    report = models.JSONField(null=True, help_text="A runners.suite_protocol.SuiteCheckReport.")
    has_passed = models.BooleanField(default=False)
    fault_sentence = models.TextField(blank=True)
    fault_detail = models.TextField(blank=True)
    queued_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(state__in=["queued", "running"]), name="check_open_once_per_version"
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False) | ~Q(state="running"),
                name="check_running_has_lease",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lane", "id"], name="check_next", condition=Q(state="queued")),
            models.Index(fields=["version", "-id"], name="check_newest_of_version"),
        ]

    def __str__(self) -> str:
        return f"Check {self.pk} of {self.version}: {self.get_state_display()}"

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen to this check any more."""
        return self.state in FINAL_STATES
