"""Invitations that a page has sent, and what it says about them."""

from collections.abc import Sequence

from django.contrib import messages
from django.urls import reverse

from coursehub.courses.invitations import Links, invite
from coursehub.courses.models import Enrollment, Offering
from coursehub.web import words
from coursehub.web.borders import SignedInRequest


def send_invitations(
    request: SignedInRequest, offering: Offering, people: Sequence[Enrollment], *, event: str = ""
) -> None:
    """Have people of an offering written to, and leave a message on the next page."""
    links = Links(
        root=request.build_absolute_uri("/").rstrip("/"),
        another=request.build_absolute_uri(reverse("account_reset_password")),
        course=request.build_absolute_uri(reverse("course", args=[offering.slug])),
    )
    if count := invite(offering, people, by=request.user, links=links, event=event):
        messages.success(request, f"Invitations by e-mail are on their way: {words.plural(count, 'person', 'people')}.")
    else:
        messages.info(request, "Nobody was written to: they were invited a moment ago.", extra_tags="queued")
