"""The people of every test: an instructor, a teaching assistant, three students and an outsider."""

from dataclasses import dataclass

from coursehub.accounts.models import User

PASSWORD = "coursehub-demo"
NAMES = {
    "ines": "Ines Moreau",
    "tariq": "Tariq Aziz",
    "ada": "Ada Okafor",
    "ben": "Ben Lindqvist",
    "chloe": "Chloe Tan",
    "otto": "Otto Weber",
}
ROLES = {"ines": "instructor", "tariq": "ta", "ada": "student", "ben": "student", "chloe": "student"}


def person(key: str) -> User:
    """Return one of the people by first name, made where missing. Their password is ``PASSWORD``."""
    email = f"{key}@example.edu"
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, PASSWORD, legal_name=NAMES[key])


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """All six. The first five take part in the offering of the test, Otto does not."""

    ines: User
    tariq: User
    ada: User
    ben: User
    chloe: User
    otto: User


def everybody() -> People:
    """Return the six people, made where missing."""
    return People(**{key: person(key) for key in NAMES})
