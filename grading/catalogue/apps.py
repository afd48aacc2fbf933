"""Application configuration."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Suites from their upload to the pass rates of their cases."""

    name = "grading.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
