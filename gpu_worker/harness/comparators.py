"""How a suite compares what no rule of ours can: functions of its ``compare.py``, in a jail of their own.

A comparator gets plain values only (numbers, texts, lists, maps, arrays), the submission's and the reference's, and
returns ``True`` or ``False``, or the share of the points from 0 to 1, or either with a sentence for the student.
Neither the submission nor the reference is anywhere near: the jail holds ``compare.py`` and nothing else.
"""

import types
from collections.abc import Callable, Iterable
from typing import Any

from gpu_worker.harness.confinement import RECORDS_DESCRIPTOR
from gpu_worker.harness.line import write_all
from gpu_worker.protocol import encode

Comparator = Callable[..., Any]
MAX_MESSAGE = 1_000

_registered: dict[str, Comparator] = {}


def comparator(function: Comparator) -> Comparator:
    """Register a function of ``compare.py``; cases name it: ``record.custom(…, comparator="name")``."""
    _registered[function.__name__] = function
    return function


def judge_all(source: bytes, items: Iterable[dict[str, Any]]) -> None:
    """Run the comparators that the items name, and say for each item what came of it.

    An item has ``name``, ``comparator``, ``parameters``, ``found`` and ``expected``. Raises what the source raises,
    and ``LookupError`` for a comparator that is not there; both before any value is looked at.
    """
    _registered.clear()
    exec(compile(source, "compare.py", "exec", dont_inherit=True), types.ModuleType("compare").__dict__)  # noqa: S102
    asked = [(item, _comparator(item["comparator"])) for item in items]
    write_all(RECORDS_DESCRIPTOR, encode("comparing"))
    for item, function in asked:
        write_all(RECORDS_DESCRIPTOR, encode("judged", name=item["name"], **_judge(function, item)))


def _comparator(name: str) -> Comparator:
    if name not in _registered:
        message = f"compare.py has no comparator {name!r}."
        raise LookupError(message)
    return _registered[name]


def _judge(function: Comparator, item: dict[str, Any]) -> dict[str, Any]:
    try:
        answer = function(item["found"], item["expected"], **item["parameters"])
        share, message = answer if type(answer) is tuple else (answer, "")
        share, message = float(share), str(message)
    except Exception as error:
        # The values are a stranger's: whatever they make the suite's own code do is the answer.
        return {"share": 0.0, "raised": True, "message": f"{type(error).__name__}: {error}"[:MAX_MESSAGE]}
    return {"share": share if 0.0 <= share <= 1.0 else 0.0, "raised": False, "message": message[:MAX_MESSAGE]}
