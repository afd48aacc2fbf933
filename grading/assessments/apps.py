"""Application configuration."""

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """What is asked."""

    name = "grading.assessments"
    label = "assessments"
    default_auto_field = "django.db.models.BigAutoField"
