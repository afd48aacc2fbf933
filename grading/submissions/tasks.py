"""What the site's worker does by the clock. Both are safe to run twice, late, or not at all."""

from celery import shared_task

from grading.submissions import pump as pumping


@shared_task(name="grading.submissions.pump", ignore_result=True, expires=5)
def pump() -> None:
    """Send the tickets that waiting jobs lack."""
    pumping.pump()


@shared_task(name="grading.submissions.reap", ignore_result=True, expires=10)
def reap() -> None:
    """Queue again what was lost, and note that this worker lives."""
    pumping.reap()
