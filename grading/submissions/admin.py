"""Submissions, jobs and runners on the admin site: to look at. What may be done goes through services."""

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from grading.submissions.models import GradingJob, GradingResult, JobFault, RefusedReport, Runner, Submission
from grading.submissions.runner_tokens import undrain


class ReadOnly(admin.ModelAdmin):
    """Rows that nobody changes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Submission)
class SubmissionAdmin(ReadOnly):
    """What was handed in."""

    list_display = ("pk", "author", "assessment", "number", "received_at", "uses_try")
    list_select_related = ("author", "assessment")
    search_fields = ("author__email", "author__legal_name", "sha256")
    list_filter = ("assessment",)


@admin.register(GradingJob)
class GradingJobAdmin(ReadOnly):
    """The queue, and what became of it."""

    list_display = ("pk", "submission_id", "state", "kind", "lane", "runs", "runner", "queued_at", "finished_at")
    list_select_related = ("runner",)
    list_filter = ("state", "kind", "lane")
    exclude = ("progress",)


@admin.register(GradingResult)
class GradingResultAdmin(ReadOnly):
    """Accepted reports."""

    list_display = ("job_id", "points", "max_points", "verdict", "accepted_at")
    list_filter = ("verdict",)


@admin.register(JobFault)
class JobFaultAdmin(ReadOnly):
    """What of ours broke."""

    list_display = ("job_id", "runner", "sentence", "happened_at")
    list_select_related = ("runner",)
    list_filter = ("runner",)


@admin.register(RefusedReport)
class RefusedReportAdmin(ReadOnly):
    """Reports that were kept as evidence."""

    list_display = ("job_id", "runner", "reason", "received_at")
    list_select_related = ("runner",)


@admin.register(Runner)
class RunnerAdmin(ReadOnly):
    """Grading hosts."""

    list_display = ("name", "lane", "slots", "sandbox", "last_seen_at", "drained_at", "drain_reason")
    exclude = ("token_digest",)
    actions = ("give_jobs_again",)

    @admin.action(description="Give jobs again to the chosen runners")
    def give_jobs_again(self, request: HttpRequest, runners: QuerySet[Runner]) -> None:
        """Undrain."""
        for runner in runners:
            undrain(runner)
        self.message_user(request, "The chosen runners get jobs again.", messages.SUCCESS)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Actions need it; the fields stay read-only.
        return bool(request.user.is_active and request.user.is_staff and obj is None)
