"""A person of a roster, and how texts become one: every doubt is a sentence with its line."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from grading.interchange.names import canonical_id, first_and_last
from grading.interchange.numbers import decimal_of
from grading.interchange.problems import Problem, listed, quoted

_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"\\]+@(?:[^\s@,;:<>()\[\]\"\\.]+\.)+[^\s@,;:<>()\[\]\"\\.]{2,}")
# What copying leaves in texts and nobody sees; joiners stay, since names in some scripts need them.
_UNSEEN = str.maketrans(dict.fromkeys("\u200b\u2060\ufeff\u00ad"))
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_LONGEST_EMAIL, _LONGEST_TEXT = 254, 200
_LEAST_FACTOR, _MOST_FACTOR = Decimal(1), Decimal(10)
TEAM, ID = "team:", "id:"


class RosterRole(StrEnum):
    """What somebody is in a course."""

    STUDENT = "student"
    AUDITOR = "auditor"
    TA = "ta"
    HEAD_TA = "head_ta"
    GRADER = "grader"
    COURSE_ASSISTANT = "course_assistant"
    INSTRUCTOR = "instructor"
    OBSERVER = "observer"


class RosterStatus(StrEnum):
    """Whether somebody takes part."""

    ACTIVE = "active"
    DROPPED = "dropped"
    AUDIT = "audit"


# How Canvas, Gradescope and Submitty call them.
_ROLES = {
    **{role.value: role for role in RosterRole},
    "teacher": RosterRole.INSTRUCTOR,
    "designer": RosterRole.COURSE_ASSISTANT,
    "reader": RosterRole.GRADER,
    "teaching_assistant": RosterRole.TA,
}
_STATUSES = {
    **{status.value: status for status in RosterStatus},
    "graded": RosterStatus.ACTIVE,
    "deleted": RosterStatus.DROPPED,
    "suspended": RosterStatus.DROPPED,
    "inactive": RosterStatus.DROPPED,
    "completed": RosterStatus.DROPPED,
    "withdrawn": RosterStatus.DROPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """A person of a roster. What the file does not say is empty; ``email`` is in lower case.

    ``time_factor`` is None where the file does not say; 1.5 is half as much time again. ``teams`` goes by the set of
    teams, ``ids`` by the system (``canvas``). The files of Canvas that know no e-mail address leave it empty: go by
    ``student_id``, then ``login_id``.
    """

    line: int
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    preferred_name: str = ""
    login_id: str = ""
    student_id: str = ""
    section: str = ""
    cohort: str = ""
    role: RosterRole = RosterRole.STUDENT
    status: RosterStatus = RosterStatus.ACTIVE
    time_factor: Decimal | None = None
    teams: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """By what the person is known: the student id, else the login, else the e-mail address."""
        return self.student_id or self.login_id or self.email


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a line says of a person, by our fields (``name`` where the two names stand in one), and the headings."""

    line: int
    said: Mapping[str, str]
    headings: Mapping[str, str]

    def problem(self, name: str, rest: str) -> Problem:
        """Return a problem with one of the fields."""
        return Problem(line=self.line, column=self.headings.get(name, name), sentence=f"Line {self.line} {rest}")


def row_of(draft: Draft, *, needs_email: bool) -> tuple[RosterRow | None, list[Problem]]:
    """Return the person of a draft, or None and everything that is wrong with it."""
    said = {name: _tidy(text) for name, text in draft.said.items()}
    problems = [*_bad_texts(draft, said)]
    first, last = said.get("first_name", ""), said.get("last_name", "")
    if not first and not last:
        first, last = first_and_last(said.get("name", ""))
    email = said.get("email", "").lower()
    if email and (len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email)):
        rest = f"has {quoted(said['email'])}, which is no e-mail address. Write one, like jdoe@example.edu."
        problems.append(draft.problem("email", rest))
    if not email and needs_email:
        problems.append(draft.problem("email", "has no e-mail address. Add it."))
    if not first and not last and needs_email:
        problems.append(draft.problem("last_name", "has no name. Add the first or the last name."))
    if not needs_email and not (email or said.get("login_id") or said.get("student_id")):
        problems.append(draft.problem("student_id", "has neither a student id nor a login. Add one of them."))
    if _SHORTENED.fullmatch(said.get("student_id", "")):
        rest = f"has the student id {quoted(said['student_id'])}, which a spreadsheet has shortened. Save it as text."
        problems.append(draft.problem("student_id", rest))
    role, status = _role_and_status(draft, said, problems)
    factor = _time_factor(draft, said.get("time_factor", ""), problems)
    if problems:
        return None, problems
    row = RosterRow(
        line=draft.line, email=email, first_name=first, last_name=last,
        preferred_name=said.get("preferred_name", ""), login_id=said.get("login_id", ""),
        student_id=said.get("student_id", ""), section=said.get("section", ""), cohort=said.get("cohort", ""),
        role=role, status=status, time_factor=factor, teams=_named(said, TEAM), ids=_named(said, ID),
    )  # fmt: skip
    return row, []


def duplicates(rows: Iterable[RosterRow], headings: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each id that two lines share, with both lines. Zeros in front of an id make no difference."""
    lines: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in rows:
        ids = {"student_id": row.student_id, "login_id": row.login_id, "email": row.email}
        ids |= {ID + system: value for system, value in row.ids.items()}
        for name, value in ids.items():
            if value:
                lines.setdefault((name, canonical_id(value)), []).append((row.line, value))
    for (name, _), found in lines.items():
        if len(found) > 1:
            heading = headings.get(name, name)
            numbers = listed([line for line, _ in found])
            sentence = f"Lines {numbers} have the same {heading}, {quoted(found[0][1])}: keep one of them."
            yield Problem(line=found[1][0], column=heading, sentence=sentence)


def _bad_texts(draft: Draft, said: Mapping[str, str]) -> Iterator[Problem]:
    for name, text in said.items():
        if len(text) > _LONGEST_TEXT:
            yield draft.problem(name, f"has a {name} of more than {_LONGEST_TEXT} characters. Shorten it.")
        elif any(unicodedata.category(mark) == "Cc" for mark in text):
            yield draft.problem(name, f"has marks that cannot be seen in {quoted(text)}. Type it again.")


def _role_and_status(draft: Draft, said: Mapping[str, str], problems: list[Problem]) -> tuple[RosterRole, RosterStatus]:
    role, status = _word(said.get("role", "")), _word(said.get("status", ""))
    if role and role not in _ROLES:
        rest = f"has the role {quoted(said['role'])}. Write one of {', '.join(RosterRole)}."
        problems.append(draft.problem("role", rest))
    if status and status not in _STATUSES:
        rest = f"has the status {quoted(said['status'])}. Write one of {', '.join(RosterStatus)}."
        problems.append(draft.problem("status", rest))
    known_role, known_status = _ROLES.get(role), _STATUSES.get(status)
    if known_role is None:
        known_role = RosterRole.AUDITOR if known_status is RosterStatus.AUDIT else RosterRole.STUDENT
    if known_status is None:
        known_status = RosterStatus.AUDIT if known_role is RosterRole.AUDITOR else RosterStatus.ACTIVE
    return known_role, known_status


def _time_factor(draft: Draft, text: str, problems: list[Problem]) -> Decimal | None:
    if not text:
        return None
    number = decimal_of(text.removesuffix("%"))
    if number is not None and text.endswith("%"):
        number /= 100
    if number is None or not _LEAST_FACTOR <= number <= _MOST_FACTOR:
        rest = f"has the time factor {quoted(text)}. Write a number from 1 to 10: 1.5 is half as much time again."
        problems.append(draft.problem("time_factor", rest))
        return None
    return number


def _tidy(text: str) -> str:
    return " ".join(text.translate(_UNSEEN).split())


def _word(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().casefold())


def _named(said: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): text for name, text in said.items() if name.startswith(prefix) and text}
