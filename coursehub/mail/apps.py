"""Application configuration."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Letters, and what became of them."""

    name = "coursehub.mail"
    label = "mail"
    default_auto_field = "django.db.models.BigAutoField"
