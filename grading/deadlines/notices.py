"""Mail about deadlines: to one person each, with nobody else's reasons and no grades."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from grading.assessments.models import Assessment
from grading.deadlines.models import ExtensionRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Somebody's due moment is another one now; None: never."""

    email: str
    assessment: Assessment
    due_at: datetime | None


def tell_moved(moved: Sequence[Moved]) -> None:
    """Write to each person when it is due for them now."""
    _send(
        [
            _message(
                one.assessment,
                to=one.email,
                subject=f"{one.assessment.title}: your deadline moved",
                body=f"Your deadline for “{one.assessment.title}” is another one now.\n\n{_due(one)}\n",
            )
            for one in moved
        ]
    )


def tell_decided(request: ExtensionRequest, due_at: datetime | None) -> None:
    """Write to who asked for more time what became of it. `due_at` is when it is due for them now; None: never."""
    title, email = request.assessment.title, request.enrollment.user.email
    is_granted = request.status in {ExtensionRequest.Status.APPROVED, ExtensionRequest.Status.AUTOMATIC}
    decided = "is granted" if is_granted else "is not granted"
    reply = f"\n{request.reply}\n" if request.reply else ""
    due = _due(Moved(email=email, assessment=request.assessment, due_at=due_at))
    body = f"Your request for more time for “{title}” {decided}.\n{reply}\n{due}\n"
    _send([_message(request.assessment, to=email, subject=f"{title}: your request {decided}", body=body)])


def _due(one: Moved) -> str:
    if one.due_at is None:
        return "It is never due for you: hand in whenever you like."
    offering = one.assessment.offering
    local = one.due_at.astimezone(offering.zone)
    return f"It is due for you on {local:%A} {local.day} {local:%B %Y} at {local:%H:%M %Z} ({offering.timezone})."


def _message(assessment: Assessment, *, to: str, subject: str, body: str) -> EmailMessage:
    code = assessment.offering.course.code
    return EmailMessage(f"[{code}] {subject}", body, settings.DEFAULT_FROM_EMAIL, [to])


def _send(letters: Sequence[EmailMessage]) -> None:
    sent = get_connection(fail_silently=True).send_messages(letters) or 0
    if sent < len(letters):
        log.warning("Of %s letters about deadlines %s could not be sent.", len(letters), len(letters) - sent)
