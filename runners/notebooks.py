"""Notebooks in a submission: turned into modules before anything is graded, and named in what a student reads.

Theory of operation
-------------------
Every kind of suite takes a notebook where it takes the module of the same name. Notebooks are hostile JSON, so they are
read in a jail of their own environment, with caps, and never in this process; what comes back is text and numbers,
checked for their form. Outputs are dropped on the way, and so are cells that are marked. The jail then sees modules
only; the places that an error names are put back into cells here.
"""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from runners.cleaning import clean
from runners.protocol import CheckReport, RunReport, TextFormat, ValueDifference
from runners.sandboxes.base import Limits, Sandbox
from runners.talk import Talk

ENVIRONMENT = "notebook"
SUFFIX = ".ipynb"
MAX_NOTEBOOKS = 20
MAX_SOURCE_BYTES = 4 << 20
MAX_NOTES = 60
MAX_NOTE = 200
MAX_MESSAGE = 2_000
MAX_OUTPUT = 65_536
MAX_FLAG = 500
FOLDERS = r"(?:/job/submission/|/tmp/work/)?"


class NotebookRefused(Exception):
    """A notebook that the suite needs is none that can be graded; the sentence, for the student, names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Where the lines of a module come from."""

    notebook: str
    """The path of the notebook."""
    places: npt.NDArray[np.int32]
    """One row per line of the module: its code cell from 1 on and the line there, or zeros."""

    def name(self, line: int) -> str:
        """Return a line of the module as a place in the notebook."""
        if 1 <= line <= len(self.places) and self.places[line - 1, 0] > 0:
            cell, row = self.places[line - 1]
            return f"cell {cell}, line {max(1, int(row))}"
        return f"line {line} of the module made of it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A submission whose notebooks have become modules."""

    files: dict[str, bytes]
    cells: Mapping[str, Cells]
    """By the path of the module."""
    notes: tuple[str, ...] = ()
    """What was left out, as sentences."""

    def named(self, text: str) -> str:
        """Return a text in which lines of modules are named as lines of cells."""
        for path, cells in self.cells.items():
            text = _line_pattern(path).sub(partial(_named_line, cells=cells), text)
            text = _uses_pattern(path).sub(partial(_named_uses, cells=cells), text)
        return text

    def check(self, check: CheckReport) -> CheckReport:
        """Return a check that names cells."""
        if not self.cells:
            return check
        return check.model_copy(
            update={
                "message": self.named(check.message)[:MAX_MESSAGE],
                "hint": self.named(check.hint)[:MAX_MESSAGE],
                "output": self.named(check.output)[:MAX_OUTPUT],
                "details": [self._detail(detail) for detail in check.details],
            }
        )

    def report(self, report: RunReport) -> RunReport:
        """Return a report that names cells, and says what was left out."""
        if not self.cells and not self.notes:
            return report
        update: dict[str, Any] = {
            "message": self.named(report.message)[:MAX_MESSAGE],
            "checks": [self.check(check) for check in report.checks],
            "flags": [self.named(flag)[:MAX_FLAG] for flag in report.flags],
        }
        if self.notes and not report.output:
            update |= {"output": "\n".join(self.notes), "output_format": TextFormat.TEXT}
        return report.model_copy(update=update)

    def _detail(self, detail: ValueDifference) -> ValueDifference:
        return detail.model_copy(update={"reason": self.named(detail.reason)[:MAX_MESSAGE]})


def has_notebooks(files: Iterable[str]) -> bool:
    """Whether any of these paths is a notebook's."""
    return any(path.endswith(SUFFIX) for path in files)


def module_path(path: str) -> str:
    """Return the path of the module that a notebook becomes."""
    return f"{path.removesuffix(SUFFIX)}.py"


def converted(
    sandbox: Sandbox,
    files: Mapping[str, bytes],
    *,
    needed: Iterable[str],
    keeps_notebooks: bool = False,
    stopped: threading.Event,
) -> Converted:
    """Return the files with modules in place of notebooks.

    ``needed`` are the modules that the suite cannot do without: where the notebook of one is none, ``NotebookRefused``
    is raised. Any other is left out with a note. ``keeps_notebooks`` leaves them beside their modules. Raises
    ``SandboxFault`` and ``Stopped``.
    """
    notebooks = {path: content for path, content in sorted(files.items()) if path.endswith(SUFFIX)}
    others = {path: content for path, content in files.items() if keeps_notebooks or path not in notebooks}
    if not notebooks:
        return Converted(files=others, cells={})
    if len(notebooks) > MAX_NOTEBOOKS:
        message = f"There are {len(notebooks)} notebooks in this submission; at most {MAX_NOTEBOOKS} are taken."
        raise NotebookRefused(message)
    required = set(needed)
    cells: dict[str, Cells] = {}
    notes: list[str] = []
    with _Jails(sandbox, stopped) as jails:
        for path, content in notebooks.items():
            module = module_path(path)
            if any(part.startswith(".") for part in PurePosixPath(path).parts):
                continue
            if module in files:
                notes.append(f"{path} was not looked at, because {module} is there as well.")
                continue
            try:
                source, places, said = jails.convert(path, content)
            except NotebookRefused as refusal:
                if module in required:
                    raise
                notes.append(str(refusal))
                continue
            others[module] = source
            cells[module] = Cells(notebook=path, places=places)
            notes += [f"{path}: {note}." for note in said]
    return Converted(files=others, cells=cells, notes=tuple(note[:MAX_NOTE] for note in notes[:MAX_NOTES]))


class _Jails:
    """A jail to convert in, and a fresh one after a notebook that broke it."""

    def __init__(self, sandbox: Sandbox, stopped: threading.Event) -> None:
        self._sandbox = sandbox
        self._stopped = stopped
        self._talk: Talk | None = None

    def __enter__(self) -> "_Jails":
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def convert(self, path: str, content: bytes) -> tuple[bytes, npt.NDArray[np.int32], list[str]]:
        """Return source, places and notes. Raises ``NotebookRefused``, naming the file."""
        if self._talk is None:
            self._talk = Talk(self._sandbox, ENVIRONMENT, Limits(), self._stopped)
            self._talk.hello()
        answer = self._talk.convert(content)
        if self._talk.is_over:
            self._close()
        if isinstance(answer, str):
            message = f"{path} could not be read. {answer}"
            raise NotebookRefused(message)
        fields = answer.fields
        if answer.kind != "converted" or fields.get("ending") != "done":
            message = f"{path} could not be read. {clean(str(fields.get('message', '')))[:MAX_NOTE]}".strip()
            raise NotebookRefused(message)
        found = fields.get("found")
        if type(found) is dict and found.keys() == {"sentence"} and type(found["sentence"]) is str:
            message = f"{path} {clean(found['sentence'])[:MAX_NOTE]}"
            raise NotebookRefused(message)
        if (read := _read(found)) is None:
            message = f"{path} could not be read."
            raise NotebookRefused(message)
        return read

    def _close(self) -> None:
        if self._talk is not None:
            self._talk.__exit__(None, None, None)
            self._talk = None


def _read(found: Any) -> tuple[bytes, npt.NDArray[np.int32], list[str]] | None:
    """Return what a jail made of a notebook, or None where it has not the form of it."""
    if type(found) is not dict or found.keys() != {"source", "places", "notes"}:
        return None
    source, places, notes = found["source"], found["places"], found["notes"]
    if type(source) is not np.ndarray or source.dtype != np.uint8 or source.nbytes > MAX_SOURCE_BYTES:
        return None
    if type(places) is not np.ndarray or places.dtype != np.int32 or places.ndim != 2 or places.shape[1] != 2:
        return None
    if type(notes) is not list or not all(type(note) is str for note in notes):
        return None
    return source.tobytes(), places, [clean(note)[:MAX_NOTE] for note in notes[:MAX_NOTES]]


def _line_pattern(path: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-])(?P<quote>\"?){FOLDERS}{re.escape(path)}(?P=quote), line (?P<line>\d{{1,7}})")


def _uses_pattern(path: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w./-]){re.escape(path)} uses (?P<what>\S+) in lines? (?P<lines>\d[\d, …]*)")


def _named_line(match: re.Match[str], cells: Cells) -> str:
    quote = match["quote"]
    return f"{quote}{cells.notebook}{quote}, {cells.name(int(match['line']))}"


def _named_uses(match: re.Match[str], cells: Cells) -> str:
    lines = [cells.name(int(line)) for line in re.findall(r"\d{1,7}", match["lines"])]
    return f"{cells.notebook} uses {match['what']} in {'; '.join(lines)}"
