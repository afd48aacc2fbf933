"""The attacks, as they lie in the folders beside this file.

Theory of operation
-------------------
One file is one attack, and the whole of what a student would hand in as ``attack.py``; a line ``# ---- file: NAME``
begins another file of the same submission (what is no Python stands behind ``#:``). Its docstring is its entry in
the catalogue:

    A01: write a results file while being imported, and leave

    Stopped by: no results file is ever read; a verdict comes only from values that are compared outside.
    Expect: refused
    Points: 0

``Expect`` names the outcomes that the attacked check may have, or ``refused`` where nothing is to run. ``Points`` is
what the submission may earn at most; what its author has not computed is worth nothing, and the honest check between
(two points) must not suffer, so the usual value is ``2`` exactly. An attack that gets hold of something it should not
prints a line that begins with ``GOT``; none may. ``Tried by`` names a test where an attack is no submission, ``Not
tried`` says why there is nothing to run.

The files of ``uploads/`` are not submissions but make them: ``uploads`` yields what the site must refuse, ``accepted``
what it may take if it is harmless, and ``inside`` what the sandbox must refuse by itself.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
GROUPS = {
    "forgery": ("A", "Score forgery"),
    "uploads": ("B", "Uploads and archives"),
    "exhaustion": ("C", "Resource exhaustion"),
    "theft": ("X", "Exfiltration"),
    "escape": ("E", "Escape"),
}
CATALOGUED = {"A": 27, "B": 14, "C": 19, "X": 14, "E": 13}
"""How many of each group the catalogue names; the numbers above are ours."""
WORK = b'''"""The task of the suite: what the attack says, and one honest function."""

import attack


def honest(values):
    return float(values.sum())


def __getattr__(name):
    return getattr(attack, name)
'''
_MARK = re.compile(r"^# ---- file: (.+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^#: ?", re.MULTILINE)
_KEY = re.compile(r"^(Stopped by|Expect|Points|Environment|Only|Note|Tried by|Not tried): ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack and what may come of it."""

    id: str
    group: str
    title: str
    stopped_by: str
    expect: frozenset[str]
    least: int
    most: int
    """The points that it may earn."""
    environment: str
    only: str
    """The one sandbox in which it means something, or nothing."""
    note: str
    tried_by: str
    """The test that tries it, where it is no submission and no upload."""
    not_tried: str
    path: Path

    @property
    def files(self) -> dict[str, bytes]:
        """The submission."""
        name, files = "attack.py", {"work.py": WORK}
        pieces = _MARK.split(self.path.read_text(encoding="utf-8"))
        for position in range(0, len(pieces), 2):
            files[name] = _COMMENT.sub("", pieces[position]).encode()
            name = pieces[position + 1].strip() if position + 1 < len(pieces) else ""
        return files


@cache
def attacks() -> dict[str, Attack]:
    """Return every attack by its id, in the order of the catalogue."""
    found = [_read(path, folder) for folder in GROUPS for path in sorted((HERE / folder).glob("[a-z][0-9]*.py"))]
    return {attack.id: attack for attack in found}


def _read(path: Path, folder: str) -> Attack:
    letter = GROUPS[folder][0]
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    heading, _, body = text.partition("\n")
    id, _, title = heading.partition(": ")
    pieces = _KEY.split(body)
    said = {key: " ".join(value.split()) for key, value in zip(pieces[1::2], pieces[2::2], strict=True)}
    least, _, most = said.get("Points", "2").partition("..")
    if not re.fullmatch(rf"{letter}\d\d", id) or not path.name.startswith(id.lower() + "_") or pieces[0].strip():
        message = f"{path}: the docstring begins with its id and a title, then come the keys."
        raise ValueError(message)
    return Attack(
        id=id,
        group=letter,
        title=title.strip(),
        stopped_by=said.get("Stopped by", ""),
        expect=frozenset(re.split(r",\s*", said.get("Expect", "failed"))),
        least=int(least),
        most=int(most or least),
        environment=said.get("Environment", "numpy"),
        only=said.get("Only", ""),
        note=said.get("Note", ""),
        tried_by=said.get("Tried by", ""),
        not_tried=said.get("Not tried", ""),
        path=path,
    )
