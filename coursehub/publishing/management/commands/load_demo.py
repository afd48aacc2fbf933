"""``manage.py load_demo``."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from coursehub.publishing.demo import load_offering
from coursehub.publishing.errors import PublishingRefused
from grading.assessments.services import publish_suites


class Command(BaseCommand):
    """Load the demo: suites, offerings, people."""

    help = "Load every folder of courses/ with the demo people. May be run again: what is there stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.BASE_DIR / "courses")
        parser.add_argument("--without-class", action="store_true", help="Make up no class with grades.")

    def handle(self, *args: Any, folder: Path, without_class: bool, **options: Any) -> None:
        """Publish the suites first, because assessments point at them."""
        publish_suites(settings.SUITES_DIR)
        for offering_file in sorted(folder.glob("*/offering.yaml")):
            try:
                offering = load_offering(
                    offering_file.parent, starters=settings.SUITES_DIR, with_class=not without_class
                )
            except PublishingRefused as error:
                message = f"{offering_file.parent} cannot be loaded.\n{error.sentence}"
                raise CommandError(message) from error
            self.stdout.write(f"Loaded {offering}.")
