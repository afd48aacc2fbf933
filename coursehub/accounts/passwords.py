"""The page on which somebody chooses a password, reached by a link that works once."""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from coursehub.accounts.models import User


def first_password_path(user: User) -> str:
    """Return where on the site that page is for one account, as a forgotten password would give it."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    named = {"uidb36": user_pk_to_url_str(user), "key": token}
    return reverse("account_reset_password_from_key", kwargs=named)
