"""Application configuration."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Offerings as a whole. It has no tables of its own."""

    name = "coursehub.publishing"
    label = "publishing"
