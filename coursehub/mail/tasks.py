"""What the site's worker does with the outbox. Safe to run twice, late, or not at all."""

from celery import shared_task

from coursehub.mail import delivery


@shared_task(name="coursehub.mail.deliver", ignore_result=True)
def deliver() -> None:
    """Send the letters that wait."""
    delivery.deliver()
