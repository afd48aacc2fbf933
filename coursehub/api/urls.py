"""Addresses of the API."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from coursehub.api import content, extensions, grades, regrades, reports, suites, v1
from coursehub.api import openapi as openapi  # registers the description of our tokens

_ASSESSMENT = "v1/offerings/<slug:offering>/assessments/<slug:assessment>/"
_REGRADE = "v1/regrades/<int:pk>/"
_SUBMISSION = "v1/submissions/<int:pk>/"

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("v1/offerings/", v1.offerings, name="api_offerings"),
    *suites.urlpatterns,
    *extensions.urlpatterns,
    *content.urlpatterns,
    path("v1/offerings/<slug:offering>/assessments/", v1.assessments, name="api_assessments"),
    path(_ASSESSMENT, v1.assessment, name="api_assessment"),
    path(f"{_ASSESSMENT}submissions/", v1.submissions, name="api_submissions"),
    path(f"{_ASSESSMENT}regrades/", regrades.regrades, name="api_regrades"),
    path("v1/offerings/<slug:offering>/grades/", grades.grades, name="api_grades"),
    path("v1/offerings/<slug:offering>/my-grades/", grades.my_grades, name="api_my_grades"),
    path("v1/offerings/<slug:offering>/grades/<int:student>/<slug:assessment>/", grades.grade, name="api_grade"),
    path(_REGRADE, regrades.regrade, name="api_regrade_batch"),
    path(f"{_REGRADE}rows/", regrades.rows, name="api_regrade_rows"),
    path(f"{_REGRADE}approve/", regrades.approve, name="api_regrade_approve"),
    path(f"{_REGRADE}drop/", regrades.drop, name="api_regrade_drop"),
    path(_SUBMISSION, v1.submission, name="api_submission"),
    path(f"{_SUBMISSION}report/", reports.report, name="api_report"),
    path(f"{_SUBMISSION}changes/", reports.changes, name="api_changes"),
    path(f"{_SUBMISSION}receipt/", v1.receipt, name="api_receipt"),
    path(f"{_SUBMISSION}cancel/", v1.cancel, name="api_cancel"),
    path(f"{_SUBMISSION}regrade/", v1.regrade, name="api_regrade"),
]
