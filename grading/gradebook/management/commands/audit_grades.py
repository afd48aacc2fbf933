"""``manage.py audit_grades``: recompute every grade and fail where one differs from what is stored."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grading.gradebook.audit import differences
from grading.gradebook.models import GradeCell


class Command(BaseCommand):
    """Recompute every grade and name each difference; exits with 1 where there is one."""

    help = "Recompute every grade from stored rows and name each difference."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the differences, or that there are none."""
        found = 0
        for difference in differences():
            found += 1
            self.stdout.write(str(difference))
        if found:
            message = f"{found} differences."
            raise CommandError(message)
        self.stdout.write(f"{GradeCell.objects.count()} cells, no difference.")
