"""Personal tokens: made, recognised, revoked. A token's secret is shown once; the site keeps a hash."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from coursehub.accounts.errors import TokenRefused
from coursehub.accounts.models import ApiToken, TokenScope, User

_PREFIX = "chub_"
_SHOWN = 12
_USED_EVERY = timedelta(minutes=1)


def create_token(user: User, *, label: str, scopes: Iterable[str]) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret, which cannot be had again."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        label=label,
        prefix=secret[:_SHOWN],
        digest=_digest(secret),
        scopes=sorted(TokenScope(scope).value for scope in scopes),
    )
    return token, secret


def authenticate_token(secret: str) -> ApiToken:
    """Return the live token of a secret with its user. Raises ``TokenRefused``."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=_digest(secret), revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if token is None:
        raise TokenRefused
    # At most one write a minute: a program that polls must not turn reading into writing.
    ApiToken.objects.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=Now() - _USED_EVERY), pk=token.pk).update(
        last_used_at=Now()
    )
    return token


def revoke_token(token: ApiToken) -> None:
    """End a token. Doing it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=Now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
