"""The grade book on the admin site: to look at. Cells follow from events, and events are never changed."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from grading.gradebook.models import GradeCell, GradeEvent


class ReadOnly(admin.ModelAdmin):
    """Rows that nobody changes by hand."""

    list_select_related = ("assessment", "enrollment__user", "enrollment__offering__course")
    list_filter = ("assessment",)
    search_fields = ("enrollment__user__email", "enrollment__user__legal_name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(GradeEvent)
class GradeEventAdmin(ReadOnly):
    """What happened to grades."""

    list_display = ("pk", "person", "assessment", "kind", "points", "max_points", "happened_at")

    @admin.display(description="person")
    def person(self, event: GradeEvent) -> str:
        """Name whose grade it is."""
        return event.enrollment.user.name


@admin.register(GradeCell)
class GradeCellAdmin(ReadOnly):
    """What grades are now."""

    list_display = ("person", "assessment", "points", "version", "updated_at")

    @admin.display(description="person")
    def person(self, cell: GradeCell) -> str:
        """Name whose grade it is."""
        return cell.enrollment.user.name
