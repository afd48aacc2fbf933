"""Application configuration."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    """What was handed in."""

    name = "grading.submissions"
    label = "submissions"
    default_auto_field = "django.db.models.BigAutoField"
