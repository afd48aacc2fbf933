"""``manage.py import_jekyll``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coursehub.publishing.errors import FolderInvalid
from coursehub.publishing.folders import read_folder, write_folder
from coursehub.publishing.jekyll import Given, NotASite, read_site


class Command(BaseCommand):
    """Write a Jekyll site of a course as a folder of CourseHub."""

    help = "Turn a Jekyll page, or a Jekyll site with the usual collections, into a folder that load_courses reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, metavar="FOLDER_OR_FILE")
        parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write; made if missing")
        for name, example in (
            ("slug", "its place in addresses"),
            ("code", "for example AB123"),
            ("title", "of the course"),
            ("term", "for example “Fall 2026”"),
            ("organization", "the university"),
            ("timezone", "for example America/New_York"),
        ):
            parser.add_argument(f"--{name}", default="", help=f"{example}; what the site says if left out")

    def handle(self, *args: Any, source: Path, out: Path, **options: Any) -> None:
        """Write the folder, read it back, and say what an instructor has to confirm."""
        if out.exists() and any(out.iterdir()):
            message = f"{out} is not empty. Name a new folder, so that nothing is lost."
            raise CommandError(message)
        given = Given(**{name: options[name] for name in Given.__dataclass_fields__})
        try:
            content = read_site(source, given)
            write_folder(content, out)
            read_folder(out)
        except (NotASite, FolderInvalid, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Wrote {content.offering.course.code} {content.offering.course.title} to {out}.")
        for assumption in content.assumptions.assumptions:
            self.stdout.write(f"To confirm: {assumption.question}")
