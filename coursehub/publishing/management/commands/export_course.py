"""``manage.py export_course``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coursehub.courses.models import Offering
from coursehub.publishing.folders import write_folder
from coursehub.publishing.rows import content_of


class Command(BaseCommand):
    """Write an offering as files."""

    help = "Write an offering as a folder that load_courses reads; files of other kinds in it are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("offering", help="its place in addresses")
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, offering: str, folder: Path, **options: Any) -> None:
        """Write the folder and say where."""
        found = Offering.objects.filter(slug=offering).first()
        if found is None:
            known = ", ".join(Offering.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            message = f"There is no offering “{offering}”. There are: {known}."
            raise CommandError(message)
        write_folder(content_of(found), folder)
        self.stdout.write(f"Wrote {found} to {folder}.")
