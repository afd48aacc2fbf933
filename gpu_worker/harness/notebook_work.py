"""What happens inside a fork that turns a notebook into a module: its code cells, one after another, and nothing else.

A notebook is a stranger's JSON: it is read here, in a jail, with caps, and none of its code is run. Lines that only
IPython understands become calls on a stand-in that does nothing; each of them is noted. Line numbers of the module are
told together with the cell and line that they come from, so that an error can name the cell.
"""

import json
import re
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cache
from typing import Any

import numpy as np

from gpu_worker.harness.confinement import RECORDS_DESCRIPTOR
from gpu_worker.harness.fork import Ended
from gpu_worker.harness.line import Line, write_all
from gpu_worker.protocol import Frame, encode

SECONDS = 10.0
FORMAT = 4
MAX_NOTEBOOK_BYTES = 32 << 20
MAX_CELLS = 2_000
MAX_CODE_BYTES = 1 << 20
MAX_NOTES = 50
SHOWN_LINE = 80
SKIP_TAG = "skip-grading"
SKIP_LINE = re.compile(r"#\s*coursehub:\s*skip\s*", re.IGNORECASE)
# These run the rest of the cell as it stands; any other cell magic makes something else of it.
TRANSPARENT = {"%%time", "%%capture", "%%prun"}
TIMED_LINE = re.compile(r"(\s*)%time\s+(\S.*)")
FUTURE = re.compile(r"from\s+__future__\s+import\s")
STAND_IN = (
    "get_ipython = lambda: __import__('types').SimpleNamespace(run_line_magic=lambda *_, **__: None, "
    "run_cell_magic=lambda *_, **__: None, system=lambda *_: None, getoutput=lambda *_, **__: [])"
)
DISPLAY = "display = lambda *values, **_: print(*values)"

Place = tuple[int, int]
"""A code cell, counted from 1, and a line in it; (0, 0) for a line that is ours."""


class BadNotebook(Exception):
    """This is no notebook that a module can be made of; the text says why, and goes on after its name."""


class Module:
    """The lines of the module, and where each comes from."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[Place] = []
        self.notes: list[str] = []
        self._future: list[str] = []

    def add_cell(self, number: int, source: str) -> None:
        """Add one code cell."""
        lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        first = next((index for index, line in enumerate(lines) if line.strip()), None)
        if first is None:
            return
        if (magic := lines[first].strip().split(" ")[0]).startswith("%%"):
            if magic not in TRANSPARENT:
                self._note(f"cell {number} was left out: it begins with {magic[:SHOWN_LINE]}")
                return
            self._note(f"cell {number}, line {first + 1}: {magic} was left out")
            lines[first] = ""
            first += 1
        self._put(f"# Cell {number}", (number, 0))
        body = [TIMED_LINE.sub(r"\1\2", line) for line in lines[first:]]
        for line, origin in _as_python(body):
            place = (number, first + origin + 1)
            if "get_ipython()" in line and "get_ipython()" not in lines[place[1] - 1]:
                shown = lines[place[1] - 1].strip()[:SHOWN_LINE]
                self._note(f"cell {number}, line {place[1]}: {shown} was left out")
            if FUTURE.match(line):
                self._future.append(line)
                line = ""
            self._put(line, place)
        self._put("", (0, 0))

    def finished(self) -> tuple[str, list[Place]]:
        """Return the whole source and the place of each of its lines."""
        text = "\n".join(self.lines)
        ours = [*self._future]
        if "get_ipython" in text:
            ours.append(STAND_IN)
        if re.search(r"\bdisplay\(", text):
            ours.append(DISPLAY)
        return "\n".join([*ours, *self.lines, ""]), [*((0, 0) for _ in ours), *self.places]

    def skip(self, number: int) -> None:
        """Leave out a cell that is marked."""
        self._note(f"cell {number} was left out: it is marked so")

    def _put(self, line: str, place: Place) -> None:
        self.lines.append(line)
        self.places.append(place)

    def _note(self, note: str) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(note)


def answer(frame: Frame, *, line: Line, fork: Callable[..., Ended | None]) -> None:
    """Have one notebook converted in a fork, and pass on what came of it. This is the session's side."""
    content = frame.fields["content"].tobytes()
    said: list[Frame] = []
    ended = fork(lambda: convert(content), said.append, SECONDS)
    if ended is not None:
        found = said[0].fields if ended.ending == "done" and len(said) == 1 else {}
        line.say("converted", ending=ended.ending, message=ended.message, found=found)


def convert(content: bytes) -> None:
    """Say what a notebook becomes, in a frame ``module``, or why it becomes nothing, in a frame ``refusal``."""
    try:
        module = module_of(content)
    except BadNotebook as refusal:
        write_all(RECORDS_DESCRIPTOR, encode("refusal", sentence=str(refusal)))
        return
    source, places = module.finished()
    write_all(
        RECORDS_DESCRIPTOR,
        encode(
            "module",
            source=np.frombuffer(source.encode(errors="replace"), np.uint8),
            places=np.array(places, np.int32).reshape(-1, 2),
            notes=[note.encode(errors="replace").decode() for note in module.notes],
        ),
    )


def module_of(content: bytes) -> Module:
    """Return what a notebook's code cells become. Raises ``BadNotebook``."""
    module = Module()
    number = left = 0
    cells = _cells(content)
    for cell in cells:
        if cell.get("cell_type") != "code":
            continue
        number += 1
        source = _source(cell)
        left += len(source)
        if left > MAX_CODE_BYTES:
            message = f"holds more than {MAX_CODE_BYTES >> 20} MiB of code."
            raise BadNotebook(message)
        if _is_marked(cell, source):
            module.skip(number)
        else:
            module.add_cell(number, source)
    if not any(line.strip() for line, place in zip(module.lines, module.places, strict=True) if place[1]):
        message = "has no code cells." if number == 0 else "has no code left once its marked cells are left out."
        raise BadNotebook(message)
    return module


def _cells(content: bytes) -> list[dict[str, Any]]:
    if len(content) > MAX_NOTEBOOK_BYTES:
        message = f"is larger than {MAX_NOTEBOOK_BYTES >> 20} MiB; clear its outputs and save it."
        raise BadNotebook(message)
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        message = "is no notebook: it does not hold the JSON that a notebook is made of."
        raise BadNotebook(message) from error
    if type(notebook) is not dict or type(notebook.get("nbformat")) is not int:
        message = "is no notebook: it does not say which version of the format it has."
        raise BadNotebook(message)
    if notebook["nbformat"] != FORMAT:
        message = (
            f"is a notebook of format {str(notebook['nbformat'])[:10]}; open it in Jupyter and save it, for format 4."
        )
        raise BadNotebook(message)
    cells = notebook.get("cells")
    if type(cells) is not list or any(type(cell) is not dict for cell in cells):
        message = "is no notebook: it has no list of cells."
        raise BadNotebook(message)
    if len(cells) > MAX_CELLS:
        message = f"has more than {MAX_CELLS} cells."
        raise BadNotebook(message)
    if (language := _language(notebook)) != "python":
        message = f"is a notebook in {language[:40]}, not in Python."
        raise BadNotebook(message)
    return cells


def _language(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if type(metadata) is dict else None
    language = kernel.get("language") if type(kernel) is dict else None
    return language.lower() if type(language) is str and language else "python"


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if type(source) is list and all(type(part) is str for part in source):
        return "".join(source)
    if type(source) is not str:
        message = "is no notebook: the source of a cell is no text."
        raise BadNotebook(message)
    return source


def _is_marked(cell: dict[str, Any], source: str) -> bool:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if type(metadata) is dict else None
    first = next((line for line in source.splitlines() if line.strip()), "")
    return (type(tags) is list and SKIP_TAG in tags) or SKIP_LINE.fullmatch(first.strip()) is not None


def _as_python(lines: list[str]) -> list[tuple[str, int]]:
    """Return a cell's lines as Python has them, each with the index of the line that it was."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    body = lines[first:]
    try:
        made = _transformer().transform_cell("\n".join(body)).removesuffix("\n").split("\n")
    except (SyntaxError, ValueError, RecursionError):
        # It is left as it stands, and the import says what is wrong with it, and where.
        made = body
    if len(made) == len(body):
        return [(line, first + index) for index, line in enumerate(made)]
    return [(line, first + origin) for line, origin in zip(made, _origins(body, made), strict=True)]


@cache
def _transformer() -> Any:
    # IPython is there only in the environment of notebooks.
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415

    return TransformerManager()  # type: ignore[no-untyped-call]  # IPython has no types here


def _origins(before: list[str], after: list[str]) -> list[int]:
    """Return for each line afterwards which line it was: lines were joined."""
    origins = [0] * len(after)
    for _, one, one_end, other, other_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for index in range(other, other_end):
            origins[index] = min(one + index - other, max(one, one_end - 1), len(before) - 1)
    return origins
