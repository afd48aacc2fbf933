"""Addresses of pages: a class graded again."""

from django.urls import URLPattern, path

from coursehub.web.views import regrades

urlpatterns: list[URLPattern] = [
    path("courses/<slug:offering>/assessments/<slug:assessment>/regrade/", regrades.regrade_all, name="regrade_all"),
    path("regrades/<int:pk>/", regrades.regrade_batch, name="regrade_batch"),
    path("regrades/<int:pk>/approve/", regrades.approve, name="regrade_approve"),
    path("regrades/<int:pk>/drop/", regrades.drop, name="regrade_drop"),
]
