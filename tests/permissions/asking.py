"""Ask for an address as one of the eight, and undo whatever that did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from coursehub.accounts.models import User
from tests.permissions.routes import Route
from tests.permissions.world import World

IN, LOGIN, FORBIDDEN, NOT_FOUND, NOT_TAKEN, FAULT = "in", "login", "403", "404", "405", "fault"
ANSWERS = (IN, LOGIN, FORBIDDEN, NOT_FOUND, NOT_TAKEN)
KEPT_OUT = frozenset({LOGIN, FORBIDDEN, NOT_FOUND, NOT_TAKEN})
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_FORM = "application/x-www-form-urlencoded"
_OURS_TO_WRITE = ("cache", "django_session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, in one word, with all of it for who looks closer."""

    word: str
    status: int
    body: bytes
    is_page: bool
    written: tuple[str, ...]
    """The statements that changed rows, those of sessions and the cache aside."""


class Asker:
    """Sends requests as each of the people of a world."""

    def __init__(self, world: World) -> None:
        # One client for all: each new one sets up the whole middleware again, which takes longer than most answers.
        self._client = Client(raise_request_exception=False)
        self._cookies = {name: _session_of(user) for name, user in world.people.items() if user is not None}

    def ask(self, person: str, route: Route, method: str, arguments: dict[str, object], body: str = "") -> Answer:
        """Send one request, with an empty form where nothing is said, and take back all that it changed."""
        return self.send(person, method, address_of(route, arguments), body)

    def send(self, person: str, method: str, address: str, body: str = "") -> Answer:
        """Do the same with an address that is known."""
        self._client.cookies.clear()
        if person in self._cookies:
            self._client.cookies[settings.SESSION_COOKIE_NAME] = self._cookies[person]
        written: list[str] = []
        with transaction.atomic(), connection.execute_wrapper(_noting(written)):
            response: Any = self._client.generic(method, address, body, content_type=_FORM)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        return Answer(
            word=word_of(response), status=response.status_code, body=content,
            is_page=response.headers.get("Content-Type", "").startswith("text/html"), written=tuple(written),
        )  # fmt: skip


def address_of(route: Route, arguments: dict[str, object]) -> str:
    """Return the address of a route with its holes filled."""
    return reverse("admin:index" if route.name == "admin" else route.name, kwargs=arguments)


def word_of(response: HttpResponseBase) -> str:
    """Return who was let in and who was not: everything that is not a refusal of the person is ``in``."""
    status = response.status_code
    if status == 401 or (status in {301, 302} and _is_login(response)):
        return LOGIN
    if status >= 500 and status != 503:
        return FAULT
    return str(status) if status in {403, 404, 405} else IN


def _is_login(response: HttpResponseBase) -> bool:
    place = response.headers.get("Location", "").partition("?")[0]
    return place in {"/accounts/login/", "/admin/login/"}


def _noting(written: list[str]) -> Callable[..., Any]:
    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        words = sql.split(None, 4)
        if words and words[0] in _WRITES and not any(f'"{table}"' in " ".join(words[:4]) for table in _OURS_TO_WRITE):
            written.append(" ".join(words[:3]))
        return execute(sql, params, many, context)

    return note


def _session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
