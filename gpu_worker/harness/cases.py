"""How a suite states its cases.

Theory of operation
-------------------
A suite's ``cases.py`` imports ``case`` from here and decorates one function per check. The function gets the
module under test, a seeded generator and a ``Recorder``; it compares nothing. It runs twice with the same seed,
once in the student's jail and once in the reference's, and the runner compares what the two recorded, by the
rule that the *reference's* run stated.

A suite may spread its cases over several files. They run in this order: ``shared.py``, ``cases.py``, other files
``…_cases.py`` by name, and last the files ``hidden…_cases.py``, which only reference jails and the jails of hidden
checks ever get. A later file imports from an earlier one as from a package: ``from this_suite.shared import draw``.
"""

import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from gpu_worker.harness import data
from gpu_worker.harness.recorder import Recorder

__all__ = ["Case", "Recorder", "SuiteCode", "case", "cases_of", "compile_cases", "load_cases"]

PACKAGE = "this_suite"
HIDDEN = "hidden"
VISIBILITIES = ("visible", HIDDEN, "after_due_date", "after_published")
MAX_SEEDS = 20

CaseFunction = Callable[..., None]
"""Takes the module, a ``numpy.random.Generator`` and a ``Recorder``, and where the case has sizes, one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One check of a suite, as its source states it."""

    id: str
    title: str
    points: Decimal
    hint: str = ""
    group: str = ""
    seconds: float | None = None
    """The time limit of this case alone, or None for the suite's."""
    partial: bool = False
    """Whether the points are divided equally over the values that the reference records."""
    memory_bytes: int | None = None
    """The memory limit of this case alone, or None for the suite's."""
    needs: tuple[str, ...] = ()
    """Ids of cases that must pass before this one is run."""
    visibility: str = VISIBILITIES[0]
    seeds: int = 1
    """On how many draws of its inputs it must be right."""
    sizes: tuple[int, ...] = ()
    """How large its inputs may be, rising: the last is graded, the others look for a smaller input that fails."""
    function: CaseFunction

    def as_value(self) -> dict[str, Any]:
        """Return everything but the function, in a form that goes over the wire; what is as usual may be left out."""
        unusual = {
            "memory_bytes": self.memory_bytes,
            "needs": list(self.needs),
            "visibility": "" if self.visibility == VISIBILITIES[0] else self.visibility,
            "seeds": 0 if self.seeds == 1 else self.seeds,
            "sizes": list(self.sizes),
        }
        return {
            "id": self.id,
            "title": self.title,
            "points": str(self.points),
            "hint": self.hint,
            "group": self.group,
            "seconds": self.seconds,
            "partial": self.partial,
            **{name: value for name, value in unusual.items() if value},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCode:
    """A suite's files as a jail needs them."""

    code: tuple[tuple[str, types.CodeType], ...]
    """Path and code, in the order in which they run."""
    data: Mapping[str, memoryview]
    """Path below ``data/`` or ``hidden_data/``, and content."""


_registered: list[Case] = []
_reading = ""
"""Path of the file that is being run."""


def case(
    title: str,
    *,
    points: int | str | Decimal,
    hint: str = "",
    group: str = "",
    seconds: float | None = None,
    memory_bytes: int | None = None,
    partial: bool = False,
    needs: Iterable[str] = (),
    visibility: str | None = None,
    seeds: int = 1,
    sizes: Sequence[int] = (),
) -> Callable[[CaseFunction], CaseFunction]:
    """Register the decorated function as a case; its name is the case's id.

    Raises ``ValueError`` for a mistake in the suite: an id used twice, or points that are not a number.
    """
    worth = _points(points)
    is_hidden_file = _reading.startswith(HIDDEN)
    seen_by = visibility or VISIBILITIES[is_hidden_file]
    _check(title, visibility=seen_by, seeds=seeds, sizes=sizes, is_hidden_file=is_hidden_file)

    def register(function: CaseFunction) -> CaseFunction:
        _registered.append(
            Case(
                id=function.__name__,
                title=title,
                points=worth,
                hint=hint,
                group=group,
                seconds=seconds,
                partial=partial,
                memory_bytes=memory_bytes,
                needs=tuple(needs),
                visibility=seen_by,
                seeds=seeds,
                sizes=tuple(sizes),
                function=function,
            )
        )
        return function

    return register


def compile_cases(source_files: Mapping[str, bytes | memoryview]) -> SuiteCode:
    """Return a suite's files, its sources as code. Raises ``SyntaxError``, and ``ValueError`` without ``cases.py``."""
    if "cases.py" not in source_files:
        message = "The suite has no cases.py."
        raise ValueError(message)
    sources = sorted((path for path in source_files if path.endswith(".py") and "/" not in path), key=_rank)
    return SuiteCode(
        code=tuple((path, compile(bytes(source_files[path]), path, "exec", dont_inherit=True)) for path in sources),
        data={path: memoryview(content) for path, content in source_files.items() if "/" in path},
    )


def load_cases(source_files: Mapping[str, bytes | memoryview]) -> list[Case]:
    """Run a suite's files and return its cases in the order of their definition.

    Raises whatever the source raises, and ``ValueError`` where ``cases.py`` is missing or a case is named twice.
    """
    return cases_of(compile_cases(source_files))


def cases_of(suite: SuiteCode) -> list[Case]:
    """Run a suite's code and return its cases, as ``load_cases`` does."""
    _registered.clear()
    data.provide(suite.data)
    package = types.ModuleType(PACKAGE)
    package.__path__ = []
    sys.modules[PACKAGE] = package
    for path, code in suite.code:
        module = types.ModuleType(f"{PACKAGE}.{path.removesuffix('.py')}")
        sys.modules[module.__name__] = module
        with _read(path):
            exec(code, module.__dict__)  # noqa: S102 - the suite's own code, which this process exists to run
    found = list(_registered)
    _registered.clear()
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            message = f"The suite names the case {one.id!r} twice."
            raise ValueError(message)
        seen.add(one.id)
    return found


@contextmanager
def _read(path: str) -> Iterator[None]:
    global _reading
    _reading = path
    try:
        yield
    finally:
        _reading = ""


def _rank(path: str) -> tuple[int, str]:
    order = {"shared.py": 0, "cases.py": 1}
    return (3 if path.startswith(HIDDEN) else order.get(path, 2), path)


def _check(title: str, *, visibility: str, seeds: int, sizes: Sequence[int], is_hidden_file: bool) -> None:
    if visibility not in VISIBILITIES:
        message = f"{title}: visibility is one of {', '.join(VISIBILITIES)}."
        raise ValueError(message)
    if (visibility == VISIBILITIES[0]) is is_hidden_file:
        message = (
            f"{title}: this file is for hidden cases; a visible one belongs into cases.py."
            if is_hidden_file
            else f"{title}: a case that is not visible belongs into hidden_cases.py, or students could read it."
        )
        raise ValueError(message)
    if not 1 <= seeds <= MAX_SEEDS:
        message = f"{title}: seeds is a number from 1 to {MAX_SEEDS}."
        raise ValueError(message)
    if any(type(size) is not int or size < 1 for size in sizes) or sorted(set(sizes)) != list(sizes):
        message = f"{title}: sizes are whole numbers from 1 on, each larger than the one before."
        raise ValueError(message)


def _points(points: int | str | Decimal) -> Decimal:
    try:
        number = Decimal(points)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or number < 0:
        message = f"A case's points are a number from 0 on, not {points!r}."
        raise ValueError(message)
    return number
