"""Invite people by mail: one message each, whether nobody has used their account yet or they have long had one."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q

from coursehub.accounts.models import User
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment, Offering

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(minutes=1)
"""Somebody who was invited this recently is not written to again: a form that is sent twice sends one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of inviting: to how many mail went out, and to whom none could be sent."""

    count: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where messages lead: to a page for a first password, made for one person, and to the course."""

    first_password: Callable[[User], str]
    another: str
    """Where to ask for another such page."""
    course: str


def invite(offering: Offering, people: Sequence[Enrollment], *, by: User, links: Links) -> Sent:
    """Write to active people of an offering, each fetched with ``user``. Raises ``NotAllowed``."""
    access.require(by, offering, Capability.MANAGE_PEOPLE)
    connection = get_connection(fail_silently=False)
    count, failed = 0, []
    for enrollment in people:
        before = enrollment.invited_at
        if not _claimed(enrollment):
            continue
        message = _message(offering, enrollment.user, by, links)
        message.connection = connection
        try:
            sent = message.send()
        except (OSError, SMTPException):
            log.exception("No invitation could be sent to enrollment %s.", enrollment.pk)
            sent = 0
        if sent:
            count += 1
        else:
            Enrollment.objects.filter(pk=enrollment.pk).update(invited_at=before)
            failed.append(enrollment.user.email)
    return Sent(count=count, failed=tuple(failed))


def _claimed(enrollment: Enrollment) -> bool:
    at = database_now()
    waiting = Q(invited_at=None) | Q(invited_at__lt=at - AGAIN_AFTER)
    active = Enrollment.objects.filter(waiting, pk=enrollment.pk, status=Enrollment.Status.ACTIVE)
    return active.update(invited_at=at) == 1


def _message(offering: Offering, user: User, by: User, links: Links) -> EmailMessage:
    title = f"{offering.course.code} {offering.course.title}, {offering.term.name}"
    lines = [f"Hello {user.name},", "", f"{by.name} has added you to {title}."]
    if user.has_usable_password():
        lines += ["", "Sign in with the password that you have:", links.course]
    else:
        days = settings.PASSWORD_RESET_TIMEOUT // 86_400
        lines += [
            "", "Choose a password here, then sign in with this e-mail address:", links.first_password(user), "",
            f"The page can be used once, within {days} days. Later, ask for another one: {links.another}", "",
            f"The course is at {links.course}",
        ]  # fmt: skip
    lines += ["", "If you did not expect this message, nothing happens unless you follow it.", ""]
    return EmailMessage(
        subject=f"[{offering.course.code}] Your place in the course", body="\n".join(lines),
        from_email=settings.DEFAULT_FROM_EMAIL, to=[user.email],
    )  # fmt: skip
