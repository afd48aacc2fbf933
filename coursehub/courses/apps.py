"""Application configuration."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Courses and roles."""

    name = "coursehub.courses"
    label = "courses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have invitations written."""
        from coursehub.courses import invitations  # noqa: PLC0415  # models are not there before

        invitations.connect()
