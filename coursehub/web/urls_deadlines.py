"""Addresses of pages: extensions, requests for more time, slip days."""

from django.urls import URLPattern, path

from coursehub.web.views import extensions, more_time

_COURSE = "courses/<slug:offering>/"

urlpatterns: list[URLPattern] = [
    path(f"{_COURSE}extensions/", extensions.extensions, name="extensions"),
    path(f"{_COURSE}extensions/requests/", extensions.extension_requests, name="extension_requests"),
    path(f"{_COURSE}extensions/person/", extensions.extensions_person, name="extensions_person"),
    path("extensions/<int:pk>/", extensions.extension, name="extension"),
    path("extensions/<int:pk>/revoke/", extensions.extension_revoke, name="extension_revoke"),
    path("extension-requests/<int:pk>/decide/", extensions.extension_decide, name="extension_decide"),
    path("extension-requests/<int:pk>/withdraw/", more_time.withdraw_request, name="withdraw_request"),
    path(f"{_COURSE}assessments/<slug:assessment>/more-time/", more_time.ask_for_time, name="ask_for_time"),
    path(f"{_COURSE}slip-days/", more_time.slip_days, name="slip_days"),
]
