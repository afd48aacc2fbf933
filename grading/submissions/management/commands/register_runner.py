"""``manage.py register_runner NAME --token-file PATH``."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.submissions.models import Runner
from grading.submissions.runner_tokens import digest_of, register_runner


class Command(BaseCommand):
    """Make a grading host known to the site, and leave its token in a file."""

    help = "Register a runner. A token file that the site already knows stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="letters, digits and hyphens")
        parser.add_argument("--token-file", required=True, type=Path, help="made with mode 0600 where missing")
        parser.add_argument("--renew", action="store_true", help="make a new token; the old one ends at once")

    def handle(self, *args: Any, name: str, token_file: Path, renew: bool, **options: Any) -> None:
        """Keep a token that works: starting again must not lock out a runner that is running."""
        try:
            token = token_file.read_text().strip() if token_file.exists() and not renew else ""
            if token and Runner.objects.filter(name=name, token_digest=digest_of(token)).exists():
                self.stdout.write(f"{name} is registered already; {token_file} holds its token.")
                return
            _, token = register_runner(name, token=token)
            # Written aside and moved, so that a runner that starts just now never reads half a token.
            aside = token_file.with_name(f"{token_file.name}.{os.getpid()}")
            aside.touch(mode=0o600)
            aside.write_text(token)
            aside.replace(token_file)
        except OSError as error:
            message = f"The token could not be kept in {token_file}: {error}"
            raise CommandError(message) from error
        self.stdout.write(f"{name} is registered; its token is in {token_file}.")
