"""Application configuration."""

from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    """When it is due for whom."""

    name = "grading.deadlines"
    label = "deadlines"
    default_auto_field = "django.db.models.BigAutoField"
