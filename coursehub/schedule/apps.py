"""Application configuration."""

from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    """Schedule of an offering."""

    name = "coursehub.schedule"
    label = "schedule"
    default_auto_field = "django.db.models.BigAutoField"
