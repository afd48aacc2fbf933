"""Addresses of pages: suites."""

from django.urls import URLPattern, path

from coursehub.web.views import suite_choice, suites

_SUITES = "courses/<slug:offering>/suites/"
_OF_ASSESSMENT = "courses/<slug:offering>/assessments/<slug:assessment>/suite/"
_VERSION = f"{_SUITES}<slug:name>/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path(_SUITES, suites.suites, name="suites"),
    path(f"{_SUITES}<slug:name>/", suites.suite, name="suite"),
    path(_VERSION, suites.suite_version, name="suite_version"),
    path(f"{_VERSION}files.zip", suites.suite_download, name="suite_download"),
    path(f"{_VERSION}cases/", suites.suite_manifest, name="suite_manifest"),
    path(f"{_VERSION}check/", suites.suite_check, name="suite_check"),
    path(f"{_VERSION}publish/", suites.suite_publish, name="suite_publish"),
    path(f"{_VERSION}discard/", suites.suite_discard, name="suite_discard"),
    path(
        "courses/<slug:offering>/assessments/<slug:assessment>/suite/", suite_choice.choose_suite, name="choose_suite"
    ),
]
