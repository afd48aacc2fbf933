"""Courses, their offerings, and who takes part, on the admin site."""

from django.contrib import admin

from coursehub.courses.models import (
    Course,
    Enrollment,
    Offering,
    Organization,
    Page,
    Role,
    RoleAssignment,
    RoleCapability,
    Term,
)


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    """Universities and schools."""

    list_display = ("name", "slug", "timezone")


@admin.register(Term)
class TermAdmin(admin.ModelAdmin):
    """Semesters and quarters."""

    list_display = ("name", "code", "organization", "starts_on", "ends_on")
    list_select_related = ("organization",)


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    """The catalogue."""

    list_display = ("code", "title", "organization")
    list_select_related = ("organization",)
    search_fields = ("code", "title")


class PageInline(admin.StackedInline):
    """The pages of an offering."""

    model = Page
    extra = 0


@admin.register(Offering)
class OfferingAdmin(admin.ModelAdmin):
    """Courses as they are taught."""

    list_display = ("slug", "course", "term", "status", "timezone")
    list_filter = ("status", "term")
    list_select_related = ("course", "term__organization")
    search_fields = ("slug", "course__code", "course__title")
    inlines = (PageInline,)


class RoleCapabilityInline(admin.TabularInline):
    """What a role may do."""

    model = RoleCapability
    extra = 0


@admin.register(Role)
class RoleAdmin(admin.ModelAdmin):
    """Named sets of capabilities."""

    list_display = ("label", "key", "offering", "sort")
    list_select_related = ("offering__course", "offering__term")
    inlines = (RoleCapabilityInline,)


class RoleAssignmentInline(admin.TabularInline):
    """The roles that a person holds."""

    model = RoleAssignment
    extra = 0
    raw_id_fields = ("role",)


@admin.register(Enrollment)
class EnrollmentAdmin(admin.ModelAdmin):
    """Who takes part in what."""

    list_display = ("user", "offering", "status", "joined_at")
    list_filter = ("status",)
    list_select_related = ("user", "offering__course", "offering__term")
    search_fields = ("user__email", "user__legal_name", "offering__slug")
    raw_id_fields = ("user", "offering")
    inlines = (RoleAssignmentInline,)
