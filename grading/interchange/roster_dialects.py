"""By their headings, which of the known rosters a table is, and under which heading each of our fields stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grading.interchange.canvas import is_gradebook
from grading.interchange.roster_rows import ID, TEAM

FIELDS = (
    "email", "first_name", "last_name", "name", "preferred_name", "login_id", "student_id", "section", "cohort",
    "role", "status", "time_factor",
)  # fmt: skip


class Dialect(StrEnum):
    """Whose roster it is."""

    OURS = "ours"
    CANVAS_USERS = "canvas_users"
    CANVAS_ENROLLMENTS = "canvas_enrollments"
    CANVAS_GROUPS = "canvas_groups"
    CANVAS_GRADEBOOK = "canvas_gradebook"
    AUTOLAB = "autolab"
    S3 = "s3"
    SUBMITTY = "submitty"
    GRADESCOPE = "gradescope"
    MAPPED = "mapped"
    """A person said which heading means what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How a dialect is recognised, and what its headings mean; all in the form of ``plain``."""

    needs: frozenset[str]
    fields: Mapping[str, str]


# The surest first: the headings of a later one may be a part of an earlier one's.
_SHAPES = {
    Dialect.CANVAS_GROUPS: _Shape(
        needs=frozenset({"canvas_user_id", "group_name"}),
        fields={
            "canvas_user_id": "id:canvas", "user_id": "student_id", "login_id": "login_id", "group_name": "team:",
            "name": "name", "sections": "section",
        },
    ),
    Dialect.CANVAS_ENROLLMENTS: _Shape(
        needs=frozenset({"user_id", "role", "section_id", "status"}),
        fields={"user_id": "student_id", "role": "role", "section_id": "section", "status": "status"},
    ),
    Dialect.CANVAS_USERS: _Shape(
        needs=frozenset({"user_id", "login_id", "status"}),
        fields={
            "user_id": "student_id", "login_id": "login_id", "first_name": "first_name", "last_name": "last_name",
            "full_name": "name", "short_name": "preferred_name", "email": "email", "status": "status",
            "integration_id": "id:integration",
        },
    ),
    Dialect.AUTOLAB: _Shape(
        needs=frozenset({"email", "first_name", "last_name", "grading_policy"}),
        fields={
            "email": "email", "first_name": "first_name", "last_name": "last_name", "section": "section",
            "courselecture": "cohort",
        },
    ),
    Dialect.S3: _Shape(
        needs=frozenset({"andrewid", "email", "lecture", "section"}),
        fields={
            "andrewid": "login_id", "email": "email", "first_name": "first_name", "last_name": "last_name",
            "section": "section", "lecture": "cohort",
        },
    ),
    Dialect.SUBMITTY: _Shape(
        needs=frozenset({"user_id", "given_name", "family_name", "registration_type"}),
        fields={
            "user_id": "login_id", "given_name": "first_name", "family_name": "last_name",
            "preferred_given_name": "preferred_name", "email": "email", "registration_section": "section",
            "registration_type": "status", "group": "role", "numeric_id": "student_id",
        },
    ),
    Dialect.GRADESCOPE: _Shape(
        needs=frozenset({"email", "sid"}),
        fields={
            "first_name": "first_name", "last_name": "last_name", "name": "name", "names": "name", "email": "email",
            "sid": "student_id", "sections": "section", "section": "section", "role": "role",
        },
    ),
    Dialect.OURS: _Shape(
        needs=frozenset({"email", "first_name", "last_name"}),
        fields={name: name for name in FIELDS if name != "name"},
    ),
}  # fmt: skip
_GUESSES = {
    "email": ("email", "e_mail", "email_address", "e_mail_address", "mail"),
    "first_name": ("first_name", "first", "given_name", "forename", "firstname"),
    "last_name": ("last_name", "last", "family_name", "surname", "lastname"),
    "name": ("name", "full_name", "student", "student_name", "names"),
    "preferred_name": ("preferred_name", "preferred_first_name", "nickname"),
    "login_id": (
        "login_id", "login", "username", "user_name", "netid", "net_id", "computing_id", "andrewid", "andrew_id",
        "sis_login_id", "pennkey", "kerberos",
    ),
    "student_id": ("student_id", "sid", "student_number", "uin", "university_id", "sis_user_id", "penn_id", "id"),
    "section": ("section", "sections", "registration_section"),
    "cohort": ("cohort", "lab", "rotation"),
    "role": ("role", "type"),
    "status": ("status", "enrollment_status", "enrolment_status"),
    "time_factor": ("time_factor", "extra_time", "time_multiplier"),
    "team:teams": ("team", "team_name", "group", "group_name"),
}  # fmt: skip


def plain(heading: str) -> str:
    """Return a heading in lower case, with underscores for what stands between its words."""
    return re.sub(r"[^\w:]+", "_", heading.strip().casefold()).strip("_")


def dialect_of(header: Sequence[str]) -> Dialect | None:
    """Return whose roster it is, or None where the headings are of nobody known."""
    if is_gradebook(header):
        return Dialect.CANVAS_GRADEBOOK
    names = {plain(heading) for heading in header}
    return next((dialect for dialect, shape in _SHAPES.items() if shape.needs <= names), None)


def fields_of(dialect: Dialect, header: Sequence[str], *, teamset: str) -> dict[int, str]:
    """Return which field each column is, by its place. Columns without a field are left out."""
    shape = _SHAPES[dialect]
    found: dict[int, str] = {}
    for at, heading in enumerate(header):
        name = shape.fields.get(plain(heading)) or (named_field(heading) if dialect is Dialect.OURS else "")
        if name == TEAM:
            name += teamset
        # "Names" and "Name", "Section" and "Sections": the first of two headings for a field is the one.
        if name and name not in found.values():
            found[at] = name
    return found


def named_field(heading: str) -> str:
    """Return ``team:…`` or ``id:…`` of a heading that is one of these, with the case of what is named; or nothing."""
    prefix, colon, name = heading.partition(":")
    prefix = prefix.strip().casefold() + colon
    return prefix + name.strip() if prefix in {TEAM, ID} and name.strip() else ""


def is_field(name: str) -> bool:
    """Return whether a column can be given this meaning."""
    return name in FIELDS or named_field(name) == name


def suggested_mapping(header: Sequence[str]) -> dict[str, str]:
    """Return for each heading the field that it probably means, and nothing where it means none; each field once."""
    meanings: dict[str, str] = {}
    for heading in header:
        if heading:
            guess = named_field(heading) or next(
                (name for name, words in _GUESSES.items() if plain(heading) in words), ""
            )
            meanings[heading] = "" if guess in meanings.values() else guess
    return meanings
