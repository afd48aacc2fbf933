"""Under which names other systems know our assessments."""

from typing import ClassVar

from django.db import models

from grading.assessments.models import Assessment


class LineItemLink(models.Model):
    """The column of another grade book that an assessment is."""

    class System(models.TextChoices):
        CANVAS = "canvas", "Canvas"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="line_items")
    system = models.CharField(max_length=12, choices=System, default=System.CANVAS)
    value = models.CharField(max_length=40, blank=True, help_text="Its id there; empty: it goes by its title.")
    title = models.CharField(max_length=255, help_text="What it is called there.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["assessment", "system"], name="line_item_once")]

    def __str__(self) -> str:
        return f"{self.assessment}: {self.title} in {self.get_system_display()}"
