"""What is refused about accounts.

::

    AccountError
    └── TokenRefused    the token is unknown, revoked, or its person has left
"""


class AccountError(Exception):
    """This cannot be done."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").strip())


class TokenRefused(AccountError):
    """This token is not known or was revoked. Make a new one under “API tokens”."""
