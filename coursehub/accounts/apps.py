"""Application configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and tokens."""

    name = "coursehub.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
