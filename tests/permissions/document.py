"""Write docs/security/permissions.md from the table and the addresses of the site."""

import re
from itertools import groupby
from pathlib import Path

from tests.permissions.routes import Door, Route, routes
from tests.permissions.table import Group, groups
from tests.permissions.world import PEOPLE, TITLES

PAGE = Path(__file__).resolve().parents[2] / "docs/security/permissions.md"
MARKS = {"in": "in", "login": "sign in", "403": "403", "404": "404", "405": "405"}
_HEAD = """# Permissions

Who gets which answer at every address of the site. This page is written from the table that
`tests/permissions/test_matrix.py` tries at each run: every address and method, for each of eight people, against a
course that only its people may see. After a change to the table, `python -m tests.permissions` writes it again.

The two assistants look after one section each: the TA after the student's, the TA of another section after the other
student's. An assistant whose role names no section looks after the whole class.

**in** is let in, whatever comes of an empty form; **sign in** is sent to the page for signing in, and a program gets
401; **403** may not; **404** is told that there is nothing; **405** is not for this method. Who is kept out changes
nothing. The same run proves more:

- A number or a name of another course's object, in an address of one's own course, is answered as one that there is
  not.
- In a course that everybody may see, visitors and other courses' people are let in where a part says so below, and
  nowhere else.
- No answer holds a name, an e-mail address or points of somebody whom its reader does not look after, what is not
  released to them, or what staff keep to themselves.

The rights behind the roles are rows that a course can change; the table is about the usual ones.
"""


def document() -> str:
    """Return the whole page."""
    known = {route.name: route for route in routes()}
    parts = [_part(title, list(found), known) for title, found in groupby(groups(), lambda group: group.title)]
    return "\n".join([_HEAD, *parts])


def _part(title: str, found: list[Group], known: dict[str, Route]) -> str:
    lines = [f"## {title}", "", *dict.fromkeys(group.says for group in found), ""]
    for group in found:
        lines += [
            f"| {' | '.join(TITLES[person] for person in PEOPLE)} |",
            f"|{' --- |' * len(PEOPLE)}",
            f"| {' | '.join(MARKS[group.answers[person]] for person in PEOPLE)} |",
            "",
        ]
        if group.open_to:
            who = " and ".join(TITLES[person] for person in group.open_to)
            lines += [f"In a course that everybody may see, let in too: {who}.", ""]
        lines += [*_addresses(group.doors, known), ""]
    return "\n".join(lines)


def _addresses(doors: tuple[Door, ...], known: dict[str, Route]) -> list[str]:
    methods: dict[str, list[str]] = {}
    for door in doors:
        if door.route in known:
            methods.setdefault(_shown(known[door.route].address), []).append(door.method)
    return [f"- `{address}` {', '.join(used)}" for address, used in methods.items()]


def _shown(address: str) -> str:
    """Return an address as people write it: ``/courses/<offering>/``."""
    plain = re.sub(r"\(\?P<(\w+)>(?:[^()\[]|\[[^\]]*\])*\)", r"<\1>", address.replace("^", "").replace("$", ""))
    return "/" + re.sub(r"<\w+:(\w+)>", r"<\1>", plain)
