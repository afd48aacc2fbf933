"""Mail to staff when a grading ended by our fault."""

import logging

from django.conf import settings
from django.core.mail import send_mail

from coursehub.courses.models import Capability
from coursehub.courses.queries import people_with
from grading.submissions.models import GradingJob

log = logging.getLogger(__name__)


def tell_staff(job_id: int) -> None:
    """Write to everybody who may have this submission graded again. Mail that cannot be sent is only logged."""
    job = GradingJob.objects.select_related("submission__assessment__offering__course").get(pk=job_id)
    assessment = job.submission.assessment
    staff = [person.email for person in people_with(Capability.REGRADE, assessment.offering)]
    log.error("Job %s ended in grader_error: %s %s", job.pk, job.fault_sentence, job.fault_detail[:500])
    sent = (
        send_mail(
            subject=f"[{assessment.offering.course.code}] Grading failed on our side: submission {job.submission_id}",
            message=(
                f"The grading of submission {job.submission_id} ({assessment.title}) failed {job.runs} times on our "
                f"side and was given up. It used no try, and nothing was lost.\n\n"
                f"What broke last: {job.fault_sentence}\n{job.fault_detail[:2000]}\n\n"
                "Once the grading host is well again, open the submission and choose “Grade again”.\n"
            ),
            from_email=settings.DEFAULT_FROM_EMAIL,
            recipient_list=staff,
            fail_silently=True,
        )
        if staff
        else 0
    )
    if not sent:
        log.warning("No mail about job %s could be sent to %s people.", job.pk, len(staff))
