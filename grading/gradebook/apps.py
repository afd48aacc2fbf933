"""Application configuration."""

from django.apps import AppConfig


class GradebookConfig(AppConfig):
    """What it is worth."""

    name = "grading.gradebook"
    label = "gradebook"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have cells follow what they rest on, and the mail of a release written."""
        from grading.gradebook import following, releasing  # noqa: PLC0415  # models are not there before

        following.connect()
        releasing.connect()
