"""Slots for presentations and who takes them, on the admin site."""

from django.contrib import admin

from coursehub.participation.models import PresentationSlot, SlotSignup


@admin.register(PresentationSlot)
class PresentationSlotAdmin(admin.ModelAdmin):
    """What can be presented, and when."""

    list_display = ("title", "event", "capacity", "order")
    list_select_related = ("event",)
    search_fields = ("title", "event__title", "event__offering__slug")
    raw_id_fields = ("event",)


@admin.register(SlotSignup)
class SlotSignupAdmin(admin.ModelAdmin):
    """Who presents what. A place is taken on the page of the slots, which counts them."""

    list_display = ("slot", "enrollment", "signed_up_at")
    list_select_related = ("slot", "enrollment__user", "enrollment__offering__course", "enrollment__offering__term")
    search_fields = ("slot__title", "enrollment__user__email", "enrollment__user__legal_name")
    raw_id_fields = ("slot", "enrollment")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False
