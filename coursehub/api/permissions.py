"""What a personal token's scopes allow."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from coursehub.accounts.models import ApiToken, TokenScope

SCOPE_MISSING = "This token does not have the scope that this takes. Make one that has it under “API tokens”."


class ReadOrEdit(BasePermission):
    """Everybody reads what they may see, signed in or not; changing a course takes a token with the scope “edit”."""

    message = SCOPE_MISSING

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask who it is before anything is changed, and compare a token's scopes with what the method does."""
        is_reading = request.method in SAFE_METHODS
        if isinstance(request.auth, ApiToken):
            wanted = TokenScope.READ if is_reading else TokenScope.EDIT
            return wanted.value in request.auth.scopes
        return is_reading or request.user.is_authenticated


class TokenMayDoThis(BasePermission):
    """A token reads with the scope “read” and changes things with “submit”; a signed-in browser does both."""

    message = SCOPE_MISSING

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Compare the token's scopes with what the method does."""
        if not isinstance(request.auth, ApiToken):
            return True
        wanted = TokenScope.READ if request.method in SAFE_METHODS else TokenScope.SUBMIT
        return wanted.value in request.auth.scopes
