"""Invitations that a page sends, and what it says about them."""

from collections.abc import Sequence

from django.contrib import messages
from django.urls import reverse

from coursehub.accounts.passwords import first_password_url
from coursehub.courses.invitations import Links, invite
from coursehub.courses.models import Enrollment, Offering
from coursehub.web import words
from coursehub.web.borders import SignedInRequest

_SHOWN = 5


def send_invitations(request: SignedInRequest, offering: Offering, people: Sequence[Enrollment]) -> None:
    """Write to people of an offering, and leave a message on the next page."""
    links = Links(
        first_password=lambda user: first_password_url(request, user),
        another=request.build_absolute_uri(reverse("account_reset_password")),
        course=request.build_absolute_uri(reverse("course", args=[offering.slug])),
    )
    sent = invite(offering, people, by=request.user, links=links)
    if sent.count:
        messages.success(request, f"Invited by e-mail: {words.plural(sent.count, 'person', 'people')}.")
    elif not sent.failed:
        messages.info(request, "Nobody was written to: they were invited a moment ago.", extra_tags="queued")
    if sent.failed:
        more = f" and {len(sent.failed) - _SHOWN} more" if len(sent.failed) > _SHOWN else ""
        sentence = f"No mail could be sent to {', '.join(sent.failed[:_SHOWN])}{more}. Try again from this list."
        messages.error(request, sentence, extra_tags="failed")
