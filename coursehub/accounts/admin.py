"""People and tokens on the admin site. A token's hash is not shown, and a token cannot be made here."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest

from coursehub.accounts.models import ApiToken, User


class PersonCreationForm(AdminUserCreationForm):
    """A person needs an e-mail address and a name."""

    class Meta:
        model = User
        fields = ("email", "legal_name")


class PersonChangeForm(UserChangeForm):
    """Everything about a person."""

    class Meta:
        model = User
        fields = "__all__"  # administrators only; the fieldsets of the page choose


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People, by e-mail address."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    ordering = ("email",)
    list_display = ("email", "legal_name", "preferred_name", "is_active", "is_staff")
    search_fields = ("email", "legal_name", "preferred_name")
    readonly_fields = ("last_login", "joined_at")
    fieldsets = (
        (None, {"fields": ("email", "password", "legal_name", "preferred_name")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Moments", {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "legal_name", "usable_password", "password1", "password2")}),)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Tokens: to look at, and to revoke by setting the moment."""

    list_display = ("label", "prefix", "user", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("label", "prefix", "user__email")
    fields = ("label", "prefix", "user", "scopes", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("label", "prefix", "user", "scopes", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
