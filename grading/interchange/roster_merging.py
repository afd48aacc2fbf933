"""Where other systems say things of a person in their own words, or in several lines."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from grading.interchange.problems import Problem, listed, quoted
from grading.interchange.roster_dialects import Dialect, fields_of, plain
from grading.interchange.roster_rows import Draft
from grading.interchange.tables import Sheet

# The groups of Submitty's users: instructor, grader with full access, grader with limited access, student.
_SUBMITTY_GROUPS = {"1": "instructor", "2": "ta", "3": "grader", "4": "student"}
_LECTURE = re.compile(r"(?:(?:lec|lecture)\b.*|[0-9]+)", re.IGNORECASE)
# Of several roles in one course, the one that may do most.
_ROLE_ORDER = ("teacher", "ta", "designer", "student", "observer")
_ENROLLED = ("active", "")


def submitty(draft: Draft) -> Draft:
    """Return a draft in our words: the type of registration and the group give role and status."""
    said = dict(draft.said)
    kind, group = said.get("status", "").casefold(), said.get("role", "")
    role = _SUBMITTY_GROUPS.get(group, group)
    if kind == "staff":
        said["status"], role = "active", "ta" if role in {"", "student"} else role
    elif kind == "audit" and role in {"", "student"}:
        role = "auditor"
    said["role"] = role
    return replace(draft, said=said)


def canvas_user(draft: Draft) -> Draft:
    """Return a draft without a short name that says only what the first and the last name say."""
    said = dict(draft.said)
    if said.get("preferred_name") == f"{said.get('first_name', '')} {said.get('last_name', '')}".strip():
        said["preferred_name"] = ""
    return replace(draft, said=said)


def one_per_person(drafts: Sequence[Draft]) -> tuple[list[Draft], list[Problem]]:
    """Return one draft per login of S3, which has a line for the lecture and one for the section of each student.

    The section is kept. Lines that disagree on who somebody is, or name two sections, are problems.
    """
    people: dict[str, list[Draft]] = {}
    for draft in drafts:
        key = draft.said.get("login_id", "") or draft.said.get("email", "") or f"line {draft.line}"
        people.setdefault(key.casefold(), []).append(draft)
    merged, problems = [], []
    for lines in people.values():
        sections = [draft for draft in lines if not _is_lecture(draft)]
        names = {draft.said.get("section", "") for draft in sections}
        facts = {tuple(draft.said.get(name, "") for name in ("email", "first_name", "last_name")) for draft in lines}
        numbers = listed([draft.line for draft in lines])
        if len(facts) > 1:
            rest = "have the same AndrewID, but another name or e-mail address. Correct one of them."
            problems.append(Problem(line=lines[1].line, column="AndrewID", sentence=f"Lines {numbers} {rest}"))
        elif len(sections) > 1:
            rest = f"put {quoted(lines[0].said.get('login_id', ''))} into {_into(names)}. Keep one of them."
            problems.append(Problem(line=sections[1].line, column="Section", sentence=f"Lines {numbers} {rest}"))
        merged.append((sections or lines)[0])
    return merged, problems


def enrolled(users: Sequence[Draft], sheet: Sheet, course: str) -> tuple[list[Draft], list[Problem], list[Problem]]:
    """Return the users who are enrolled, with section, role and status, and problems, and warnings.

    Several sections of a person are kept, with commas; of several roles the one that may do most. Somebody is dropped
    where no enrolment is active.
    """
    problems, warnings = list(sheet.problems), []
    lines = _enrollments(sheet)
    courses = sorted({said["course_id"] for _, said in lines if said["course_id"]})
    if course:
        lines = [(line, said) for line, said in lines if said["course_id"] == course]
    elif len(courses) > 1:
        sentence = f"These are enrolments of {len(courses)} courses: {', '.join(courses[:5])}. Say which of them it is."
        problems.append(Problem(line=0, column="course_id", sentence=sentence))
    by_user: dict[str, list[dict[str, str]]] = {}
    known = {user.said.get("student_id", "") for user in users}
    for line, said in lines:
        if said["student_id"] not in known:
            sentence = f"Line {line} of the enrolments names {quoted(said['student_id'])}, whom the users do not have."
            warnings.append(Problem(line=line, column="user_id", sentence=f"{sentence} They are left out."))
        by_user.setdefault(said["student_id"], []).append(said)
    merged = [
        replace(user, said={**user.said, **_together(by_user[user.said["student_id"]], user.said)})
        for user in users
        if user.said.get("student_id", "") in by_user
    ]
    if without := len(users) - len(merged):
        sentence = f"Users without an enrolment are left out: {without}."
        warnings.append(Problem(line=0, column="user_id", sentence=sentence))
    return merged, problems, warnings


def _enrollments(sheet: Sheet) -> list[tuple[int, dict[str, str]]]:
    fields = fields_of(Dialect.CANVAS_ENROLLMENTS, sheet.header, teamset="")
    fields |= {at: "course_id" for at, heading in enumerate(sheet.header) if plain(heading) == "course_id"}
    empty = {"course_id": ""}
    return [(row.line, empty | {name: row.cells[at].strip() for at, name in fields.items()}) for row in sheet.rows]


def _together(enrollments: Sequence[Mapping[str, str]], user: Mapping[str, str]) -> dict[str, str]:
    active = [said for said in enrollments if said["status"].casefold() in _ENROLLED]
    counted = active or enrollments
    roles = [said["role"].casefold() for said in counted]
    status = "active" if active else counted[0]["status"]
    if user.get("status", "").casefold() not in _ENROLLED:
        status = user["status"]
    return {
        "section": ", ".join(dict.fromkeys(said["section"] for said in counted if said["section"])),
        "role": min(roles, key=lambda role: _ROLE_ORDER.index(role) if role in _ROLE_ORDER else -1),
        "status": status,
    }


def _is_lecture(draft: Draft) -> bool:
    section = draft.said.get("section", "")
    return not section or section == draft.said.get("cohort", "") or _LECTURE.fullmatch(section) is not None


def _into(sections: Iterable[str]) -> str:
    names = sorted(sections)
    return f"section {names[0]} more than once" if len(names) == 1 else f"the sections {' and '.join(names)}"
