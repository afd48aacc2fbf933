"""Read ``expected.toml``: who gets which answer where."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.permissions.asking import ANSWERS
from tests.permissions.routes import Door
from tests.permissions.world import PEOPLE

FILE = Path(__file__).with_name("expected.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Doors that answer everybody alike."""

    title: str
    says: str
    answers: dict[str, str]
    """By person."""
    open_to: tuple[str, ...]
    """Who is let in too where everybody may see the course: of the visitor and the stranger."""
    doors: tuple[Door, ...]


class TableInvalid(ValueError):
    """The file leaves out a person, or says a word that is no answer."""


def groups() -> list[Group]:
    """Return the groups in the order of the file. Raises ``TableInvalid``."""
    return [_group(entry) for entry in tomllib.loads(FILE.read_text())["group"]]


def _group(entry: dict[str, object]) -> Group:
    title, answers = str(entry["title"]), dict(entry["answers"])  # type: ignore[call-overload]
    if tuple(answers) != PEOPLE or not set(answers.values()) <= set(ANSWERS):
        message = f"“{title}”: give each of {', '.join(PEOPLE)}, in this order, one of {', '.join(ANSWERS)}."
        raise TableInvalid(message)
    return Group(
        title=title,
        says=str(entry["says"]),
        answers=answers,
        open_to=tuple(entry.get("open", ())),
        doors=tuple(_door(text) for text in entry["doors"]),  # type: ignore[attr-defined]
    )


def _door(text: str) -> Door:
    method, _, route = text.partition(" ")
    return Door(method=method, route=route)
