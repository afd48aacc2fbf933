"""Addresses of pages: slots for presentations."""

from django.urls import URLPattern, path

from coursehub.web.views import slots

_SLOTS = "courses/<slug:offering>/slots/"

urlpatterns: list[URLPattern] = [
    path(_SLOTS, slots.slots, name="slots"),
    path(f"{_SLOTS}<int:pk>/sign-up/", slots.slot_sign_up, name="slot_sign_up"),
    path(f"{_SLOTS}<int:pk>/withdraw/", slots.slot_withdraw, name="slot_withdraw"),
    path(f"{_SLOTS}<int:pk>/remove/", slots.slot_remove, name="slot_remove"),
]
