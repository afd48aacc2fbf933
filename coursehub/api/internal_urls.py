"""Addresses that runners call."""

from django.urls import path

from coursehub.api import internal, internal_suites

urlpatterns = [
    path("claim", internal.claim, name="internal_claim"),
    path("jobs/<int:job_id>/bundle", internal.bundle, name="internal_bundle"),
    path("jobs/<int:job_id>/metadata", internal.metadata, name="internal_metadata"),
    path("jobs/<int:job_id>/events", internal.events, name="internal_events"),
    path("jobs/<int:job_id>/report", internal.report, name="internal_report"),
    path("jobs/<int:job_id>/fault", internal.fault, name="internal_fault"),
    path("jobs/<int:job_id>/release", internal.release, name="internal_release"),
    path("suites/<slug:digest>", internal_suites.suite, name="internal_suite"),
    path("suite-checks/claim", internal_suites.claim, name="internal_check_claim"),
    path("suite-checks/<int:check_id>/files", internal_suites.files, name="internal_check_files"),
    path("suite-checks/<int:check_id>/events", internal_suites.events, name="internal_check_events"),
    path("suite-checks/<int:check_id>/report", internal_suites.report, name="internal_check_report"),
    path("suite-checks/<int:check_id>/fault", internal_suites.fault, name="internal_check_fault"),
    path("suite-checks/<int:check_id>/release", internal_suites.release, name="internal_check_release"),
]
