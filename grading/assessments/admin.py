"""Assessments and suites on the admin site."""

from django.contrib import admin
from django.http import HttpRequest

from grading.assessments.models import Assessment, HandoutFile, SuiteVersion


class HandoutFileInline(admin.TabularInline):
    """The files that students begin with."""

    model = HandoutFile
    extra = 0
    raw_id_fields = ("stored",)


@admin.register(Assessment)
class AssessmentAdmin(admin.ModelAdmin):
    """What is asked."""

    list_display = ("title", "offering", "suite", "max_points", "release_at", "due_at", "closes_at")
    list_select_related = ("offering__course", "offering__term", "suite")
    list_filter = ("offering",)
    search_fields = ("title", "slug")
    inlines = (HandoutFileInline,)


@admin.register(SuiteVersion)
class SuiteVersionAdmin(admin.ModelAdmin):
    """Published suites: to look at. They are published by ``manage.py publish_suites`` and never change."""

    list_display = ("name", "digest", "title", "lane", "max_points", "created_at")
    list_filter = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SuiteVersion | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SuiteVersion | None = None) -> bool:
        return False
