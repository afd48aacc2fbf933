"""Personal tokens for programs: ``Authorization: Bearer chub_…``."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from coursehub.accounts.errors import TokenRefused
from coursehub.accounts.models import ApiToken, User
from coursehub.accounts.services import authenticate_token


class TokenAuthentication(BaseAuthentication):
    """Recognise a personal token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the person and the token, or None where no token was sent."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            message = "Write the header as “Authorization: Bearer” and the token."
            raise AuthenticationFailed(message)
        try:
            token = authenticate_token(parts[1].decode("ascii", errors="replace"))
        except TokenRefused as refusal:
            raise AuthenticationFailed(str(refusal)) from refusal
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Make the answer to who is not signed in a 401."""
        return "Bearer"
