"""Read settings from the environment, each with a type, a default and a sentence (`docs/settings.md` lists them)."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

Value = TypeVar("Value")


class SettingInvalid(Exception):
    """An environment variable does not hold what it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable that the site understands."""

    name: str
    default: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over; without a host there is no server."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    is_tls: bool = False
    is_starttls: bool = False


documented: dict[str, Variable] = {}


def text(name: str, default: str, sentence: str) -> str:
    """Return the variable as text, or the default where it is unset or empty."""
    documented[name] = Variable(name=name, default=default, sentence=sentence)
    return os.environ.get(name) or default


def flag(name: str, default: bool, sentence: str) -> bool:
    """Return the variable as a truth value: 1, true, yes, on or 0, false, no, off."""
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    return _parsed(name, "1" if default else "0", sentence, lambda raw: words[raw.lower()])


def number(name: str, default: int, sentence: str) -> int:
    """Return the variable as a whole number."""
    return _parsed(name, str(default), sentence, int)


def words(name: str, default: str, sentence: str) -> list[str]:
    """Return the variable split at commas, without empty parts."""
    return [word.strip() for word in text(name, default, sentence).split(",") if word.strip()]


def secret(name: str, path: Path, sentence: str) -> str:
    """Return the variable, or the content of the file at `path`, which is made with a random secret where missing."""
    if value := text(name, "", sentence):
        return value
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # Written aside and linked, so that a process starting at the same moment never reads half a secret.
        aside = path.with_name(f"{path.name}.{os.getpid()}")
        aside.touch(mode=0o600)
        aside.write_text(secrets.token_urlsafe(64))
        try:
            os.link(aside, path)
        finally:
            aside.unlink()
    return path.read_text()


def mail_server(name: str, sentence: str) -> MailServer:
    """Return what ``smtp://user:password@host:port`` or ``smtps://…`` says; with a user smtp:// takes STARTTLS."""
    raw = text(name, "", sentence)
    if not raw:
        return MailServer()
    parts = urlsplit(raw)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        # The value holds a password, so it is not repeated.
        message = f"{name} is not understood. {sentence}"
        raise SettingInvalid(message)
    is_tls, has_user = parts.scheme == "smtps", bool(parts.username)
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if is_tls else 587 if has_user else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=is_tls,
        is_starttls=has_user and not is_tls,
    )


def _parsed(name: str, default: str, sentence: str, parse: Callable[[str], Value]) -> Value:
    raw = text(name, default, sentence)
    try:
        return parse(raw)
    except (KeyError, ValueError) as error:
        message = f"{name}={raw!r} is not understood. {sentence}"
        raise SettingInvalid(message) from error
