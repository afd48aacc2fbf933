"""``manage.py publish_suites``."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.assessments.errors import SuiteUnreadable
from grading.assessments.services import publish_suites


class Command(BaseCommand):
    """Publish every reference suite of a folder."""

    help = "Publish every reference suite of a folder; suites that did not change are left as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=settings.SUITES_DIR)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Publish, and say what is new."""
        try:
            published = publish_suites(folder)
        except SuiteUnreadable as error:
            raise CommandError(str(error)) from error
        for version, is_new in published:
            self.stdout.write(f"{version}: {'published' if is_new else 'unchanged'}")
