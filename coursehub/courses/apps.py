"""Application configuration."""

from django.apps import AppConfig


class CoursesConfig(AppConfig):
    """Courses and roles."""

    name = "coursehub.courses"
    label = "courses"
    default_auto_field = "django.db.models.BigAutoField"
