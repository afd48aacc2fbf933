"""The page on which somebody chooses a password, reached by a link that works once."""

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest

from coursehub.accounts.models import User


def first_password_url(request: HttpRequest, user: User) -> str:
    """Return the whole address of that page for one account, as a forgotten password would give it."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    url: str = get_adapter(request).get_reset_password_from_key_url(f"{user_pk_to_url_str(user)}-{token}")
    return url
