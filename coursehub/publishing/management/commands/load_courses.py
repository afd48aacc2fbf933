"""``manage.py load_courses``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from coursehub.courses.models import Change
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.errors import FolderInvalid, PublishingRefused
from coursehub.publishing.folders import read_folder
from coursehub.publishing.plans import contradictions, in_loading_order, plan_for
from coursehub.publishing.services import apply


class Command(BaseCommand):
    """Make offerings what their folders say."""

    help = "Make offerings what their folders say; the plan comes first. May be run again: what is right stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
        parser.add_argument("--dry-run", action="store_true", help="show the plan and write nothing")
        parser.add_argument("--reason", default="", help="what students read beside changes of a published course")

    def handle(self, *args: Any, folders: list[Path], dry_run: bool, reason: str, **options: Any) -> None:
        """Read all, plan all, then load all or nothing."""
        contents = self._read(folders)
        for content in contents:
            self.stdout.write(plan_for(content).text)
        try:
            with transaction.atomic():
                applied = [apply(content, by=None, source=Change.Source.FILES, reason=reason) for content in contents]
                # Whether it can be done is best seen by doing it.
                transaction.set_rollback(dry_run)
        except PublishingRefused as error:
            message = f"{error.sentence} Nothing was written."
            raise CommandError(message) from error
        if dry_run:
            self.stdout.write("Nothing was written.")
            return
        changed = sum(1 for each in applied if each.differences)
        self.stdout.write(f"{len(applied)} read, {changed} changed.")

    def _read(self, folders: Sequence[Path]) -> list[OfferingContent]:
        contents: list[OfferingContent] = []
        problems: list[str] = []
        for folder in folders:
            try:
                contents.append(read_folder(folder))
            except FolderInvalid as error:
                problems += [
                    f"{folder / problem.file}:{problem.line}: {problem.sentence}" for problem in error.problems
                ]
        problems += contradictions(contents)
        if problems:
            message = "\n".join([*problems, "Nothing was written."])
            raise CommandError(message)
        return in_loading_order(contents)
