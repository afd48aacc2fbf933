"""Addresses of pages."""

from django.urls import URLPattern, path

from coursehub.web import (
    urls_deadlines,
    urls_editing,
    urls_feeds,
    urls_gradebook,
    urls_people,
    urls_public,
    urls_regrade,
    urls_slots,
    urls_student,
    urls_suites,
)
from coursehub.web.views import assessments, courses, staff, submissions, tokens

urlpatterns: list[URLPattern] = [
    path("", courses.home, name="home"),
    path("courses/<slug:offering>/assessments/<slug:assessment>/", assessments.assessment, name="assessment"),
    path("courses/<slug:offering>/assessments/<slug:assessment>/handout.zip", assessments.handout, name="handout"),
    path("courses/<slug:offering>/submissions/", staff.staff_submissions, name="staff_submissions"),
    path("submissions/<int:pk>/", submissions.submission, name="submission"),
    path("submissions/<int:pk>/receipt.txt", submissions.receipt, name="receipt"),
    path("submissions/<int:pk>/replay.zip", submissions.replay, name="replay"),
    path("submissions/<int:pk>/files.zip", submissions.submission_download, name="submission_download"),
    path("submissions/<int:pk>/files/<path:path>", submissions.submission_file, name="submission_file"),
    path("submissions/<int:pk>/cancel/", submissions.cancel, name="cancel"),
    path("submissions/<int:pk>/regrade/", submissions.regrade, name="regrade"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("design/", staff.design, name="design"),
    *urls_public.urlpatterns,
    *urls_deadlines.urlpatterns,
    *urls_editing.urlpatterns,
    *urls_feeds.urlpatterns,
    *urls_gradebook.urlpatterns,
    *urls_people.urlpatterns,
    *urls_regrade.urlpatterns,
    *urls_slots.urlpatterns,
    *urls_student.urlpatterns,
    *urls_suites.urlpatterns,
]
