"""Addresses of personal calendars: made, recognised, revoked. An address is shown once; the site keeps a hash."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.schedule.errors import FeedUnknown
from coursehub.schedule.models import FeedToken

_BYTES = 24
_USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def make_feed(user: User) -> tuple[FeedToken, str]:
    """Make the address of a person's calendar and return it with its secret; the one they had stops working."""
    revoke_feeds(user)
    secret = secrets.token_urlsafe(_BYTES)
    return FeedToken.objects.create(user=user, digest=_digest(secret)), secret


def revoke_feeds(user: User) -> bool:
    """End a person's calendar address; return whether there was one. Doing it twice changes nothing."""
    return FeedToken.objects.filter(user=user, revoked_at__isnull=True).update(revoked_at=Now()) > 0


def feed_of(secret: str) -> FeedToken:
    """Return the live address that a secret belongs to, with its person. Raises ``FeedUnknown``."""
    token = (
        FeedToken.objects.select_related("user")
        .filter(digest=_digest(secret), revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if token is None:
        raise FeedUnknown
    # At most one write a minute: a program that polls must not turn reading into writing.
    FeedToken.objects.filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lt=Now() - _USED_EVERY), pk=token.pk
    ).update(last_used_at=Now())
    return token


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
