"""Addresses of pages: calendars and search."""

from django.urls import URLPattern, path

from coursehub.web.views import feeds, search

urlpatterns: list[URLPattern] = [
    path("courses/<slug:offering>/calendar.ics", feeds.calendar, name="calendar"),
    path("feeds/<str:token>.ics", feeds.feed, name="feed"),
    path("settings/calendar/", feeds.calendar_settings, name="calendar_settings"),
    path("search/", search.search, name="search"),
]
