"""Invite people by mail: one letter each, whether nobody has used their account yet or they have long had one.

The letters wait in the outbox; the link to a first password is made when one is sent, so that no row holds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from coursehub.accounts.models import User
from coursehub.accounts.passwords import first_password_path
from coursehub.common.clock import database_now
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment, Offering
from coursehub.mail import outbox
from coursehub.mail.models import Letter
from coursehub.mail.queries import Progress, progress_of

KIND = "invitation"
AGAIN_AFTER = timedelta(minutes=1)
"""Somebody who was invited this recently is not written to again: a form that is sent twice sends one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where letters lead."""

    root: str
    """The address of the site, without a slash at its end."""
    another: str
    """Where to ask for another page for a first password."""
    course: str


@transaction.atomic
def invite(offering: Offering, people: Sequence[Enrollment], *, by: User, links: Links, event: str = "") -> int:
    """Put letters to active people of an offering, each fetched with ``user``, into the outbox; returns how many.

    Nobody is written to twice about one `event`, or within a minute. Raises ``NotAllowed``.
    """
    access.require(by, offering, Capability.MANAGE_PEOPLE)
    at = database_now()
    waiting = Q(invited_at=None) | Q(invited_at__lt=at - AGAIN_AFTER)
    asked = Enrollment.objects.filter(pk__in=[one.pk for one in people], status=Enrollment.Status.ACTIVE)
    asked.filter(waiting).update(invited_at=at)
    taken = set(asked.filter(invited_at=at).values_list("pk", flat=True))
    data = {"by": by.name, "at": at.isoformat(), "root": links.root, "another": links.another, "course": links.course}
    return outbox.put(
        KIND, about=_about(offering), event=event or f"people:{at.isoformat()}",
        letters=[(one.user, {**data, "enrollment": one.pk}) for one in people if one.pk in taken],
    )  # fmt: skip


def invitations_of(offering: Offering, *, event: str = "") -> Progress | None:
    """Return how far the newest invitation of each person is, or those of an event; None where there are none."""
    return progress_of(KIND, about=_about(offering), event=event)


def connect() -> None:
    """Write the letters of this kind."""
    outbox.register(KIND, outbox.Writer(write=_message, undelivered=_let_invite_again))


def _about(offering: Offering) -> str:
    return f"offering:{offering.pk}"


def _message(letter: Letter) -> EmailMessage | None:
    active = Enrollment.objects.filter(pk=letter.data["enrollment"], status=Enrollment.Status.ACTIVE)
    enrollment = active.select_related("offering__course", "offering__term").first()
    if enrollment is None:
        return None
    offering, user, said = enrollment.offering, letter.user, letter.data
    title = f"{offering.course.code} {offering.course.title}, {offering.term.name}"
    lines = [f"Hello {user.name},", "", f"{said['by']} has added you to {title}."]
    if user.has_usable_password():
        lines += ["", "Sign in with the password that you have:", said["course"]]
    else:
        days = settings.PASSWORD_RESET_TIMEOUT // 86_400
        lines += [
            "", "Choose a password here, then sign in with this e-mail address:",
            f"{said['root']}{first_password_path(user)}", "",
            f"The page can be used once, within {days} days. Later, ask for another one: {said['another']}", "",
            f"The course is at {said['course']}",
        ]  # fmt: skip
    lines += ["", "If you did not expect this message, nothing happens unless you follow it.", ""]
    return EmailMessage(
        subject=f"[{offering.course.code}] Your place in the course", body="\n".join(lines),
        from_email=settings.DEFAULT_FROM_EMAIL,
    )  # fmt: skip


def _let_invite_again(letter: Letter) -> None:
    asked = Enrollment.objects.filter(pk=letter.data["enrollment"])
    asked.filter(invited_at=datetime.fromisoformat(letter.data["at"])).update(invited_at=None)
