"""Application configuration."""

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    """Participation of an offering."""

    name = "coursehub.participation"
    label = "participation"
    default_auto_field = "django.db.models.BigAutoField"
