"""``manage.py undrain_runner NAME``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.submissions.models import Runner
from grading.submissions.runner_tokens import undrain


class Command(BaseCommand):
    """Give a runner jobs again that was drained because it failed too often."""

    help = "Give a drained runner jobs again. Look at what it failed with first: the admin site lists it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        """Clear the mark, and say why it was there."""
        runner = Runner.objects.filter(name=name).first()
        if runner is None:
            known = ", ".join(Runner.objects.order_by("name").values_list("name", flat=True)) or "none"
            message = f"There is no runner {name}. Known are: {known}."
            raise CommandError(message)
        undrain(runner)
        self.stdout.write(f"{name} gets jobs again. It was drained because of: {runner.drain_reason or 'nothing'}")
