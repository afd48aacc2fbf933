"""My API tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.forms import Form
from django.urls import reverse

from coursehub.accounts.models import ApiToken, TokenScope
from coursehub.web import words
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.frame import Frame, Link

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """One token."""

    label: str
    prefix: str
    scopes: str
    created_at: Moment
    last_used_at: Moment | None
    revoke_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensPage:
    """The page, with a new token's secret once after it was made."""

    frame: Frame
    tokens: tuple[TokenLine, ...]
    form: Form
    secret: str
    secret_label: str


def tokens_page(
    tokens: Sequence[ApiToken], *, form: Form, secret: str = "", secret_label: str = "", now: datetime
) -> TokensPage:
    """Build the page."""
    return TokensPage(
        frame=Frame(
            title="API tokens",
            crumbs=(Link(label="My courses", url=reverse("home")), Link(label="API tokens", url="", current=True)),
        ),
        tokens=tuple(
            TokenLine(
                label=token.label,
                prefix=token.prefix,
                scopes=words.listed([TokenScope(scope).label for scope in token.scopes]),
                created_at=moment(token.created_at.astimezone(UTC), _UTC, now=now),
                last_used_at=moment(token.last_used_at, _UTC, now=now) if token.last_used_at else None,
                revoke_url=reverse("token_revoke", args=[token.pk]),
            )
            for token in tokens
        ),
        form=form,
        secret=secret,
        secret_label=secret_label,
    )
