"""``manage.py rebuild_grades``: compute every cell of the grade book again from the events."""

from typing import Any

from django.core.management.base import BaseCommand

from coursehub.courses.models import Offering
from grading.gradebook.projection import project_offering


class Command(BaseCommand):
    """Compute every cell of the grade book again from the events."""

    help = "Compute every cell of the grade book again from the events."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say per assessment how many cells changed."""
        for offering in Offering.objects.order_by("pk"):
            changed = project_offering(offering)
            for assessment in offering.assessments.order_by("pk"):
                self.stdout.write(f"{offering.slug}/{assessment.slug}: {changed[assessment.pk]} cells changed")
