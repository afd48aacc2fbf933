"""What a case hands over: values, each with the rule by which the runner shall compare it.

Only the rule that the *reference's* run states is ever read, so a submission may replace this class and gain nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from gpu_worker.harness import values

MAX_NAME_LENGTH = 120
MAX_WHY_LENGTH = 300
SHOWN_INPUT = 64
"""Elements of an array that is an input only: it is there to be read by a person."""

Tolerance = float | Mapping[Any, float]
"""One number, or one for each dtype: ``{"f8": 1e-9, "f4": 1e-5}``; the keys are what ``numpy.dtype`` takes."""


class Sink(Protocol):
    """Where a recorder puts what it was given."""

    def __call__(self, *, name: str, rule: dict[str, Any], value: Any) -> None:
        """Take one record; the value is already plain, and may share memory with the case's own array."""


class Recorder:
    """Collects the values of one case. It compares nothing and keeps nothing."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._names: set[str] = set()

    def close(self, name: str, value: Any, *, rtol: Tolerance, atol: Tolerance = 0.0, why: str = "") -> None:
        """Record numbers that must equal the reference's within a tolerance: ``|x - y| <= atol + rtol * |y|``.

        ``why`` is a sentence that a student reads when the value is too far off: why this much is allowed.
        """
        rule = {"kind": "close", "rtol": _tolerance(rtol), "atol": _tolerance(atol)}
        self._record(name, rule | ({"why": str(why)[:MAX_WHY_LENGTH]} if why else {}), value)

    def exact(self, name: str, value: Any) -> None:
        """Record a value that must equal the reference's exactly."""
        self._record(name, {"kind": "exact"}, value)

    def ordering(self, name: str, value: Sequence[Any], *, before: Iterable[tuple[Any, Any]]) -> None:
        """Record an order of ids; any order in which each pair of ``before`` keeps its order is right."""
        pairs = [[first, second] for first, second in before]
        self._record(name, {"kind": "ordering", "before": pairs}, list(value))

    def same_set(
        self, name: str, value: Any, *, repeats: bool = True, rtol: Tolerance = 0.0, atol: Tolerance = 0.0
    ) -> None:
        """Record things whose order means nothing: the items of a list, or the rows of an array.

        Each must be there as often as in the reference's, or with ``repeats=False`` at least once. A tolerance is for
        arrays of real numbers with one axis.
        """
        rule = {"kind": "same_set", "repeats": bool(repeats), "rtol": _tolerance(rtol), "atol": _tolerance(atol)}
        self._record(name, rule, value)

    def statistic(
        self,
        name: str,
        draws: Any,
        *,
        mean: float | None = None,
        variance: float | None = None,
        kurtosis: float = 3.0,
        per_entry: bool = False,
    ) -> None:
        """Record random draws whose mean and variance must be right, and nothing else.

        The interval follows from how many there are, so that a right answer fails once in a thousand million times.
        Without ``mean`` or ``variance`` the reference's own draws state it. ``kurtosis`` is that of the distribution:
        3 for a normal one, 1.8 for a uniform one, 1 for a fair coin. With ``per_entry`` the first axis counts the
        draws, and every entry of what remains is judged by itself.
        """
        rule = {
            "kind": "statistic",
            "mean": None if mean is None else float(mean),
            "variance": None if variance is None else float(variance),
            "kurtosis": float(kurtosis),
            "per_entry": bool(per_entry),
        }
        self._record(name, rule, draws)

    def custom(self, name: str, value: Any, *, comparator: str, **parameters: Any) -> None:
        """Record a value that a function of the suite's ``compare.py`` compares, on the trusted side.

        ``parameters`` are plain values, handed to it by name as the reference's run states them.
        """
        plain = {key: values.plain(each, f"{name}, {key}") for key, each in parameters.items()}
        self._record(name, {"kind": "custom", "comparator": str(comparator), "parameters": plain}, value)

    def input(self, name: str, value: Any) -> None:
        """Record what the case put in, to be shown next to a value that is wrong; it is never compared."""
        plain = values.plain(value, name)
        if type(plain) is np.ndarray and plain.size > SHOWN_INPUT:
            plain = {"shape": list(plain.shape), "dtype": str(plain.dtype), "first": plain.reshape(-1)[:SHOWN_INPUT]}
        self._record(name, {"kind": "input"}, plain)

    def _record(self, name: str, rule: dict[str, Any], value: Any) -> None:
        if type(name) is not str or not 0 < len(name) <= MAX_NAME_LENGTH:
            message = f"A record's name is a text of 1 to {MAX_NAME_LENGTH} characters."
            raise ValueError(message)
        if name in self._names:
            message = f"This case records {name!r} twice."
            raise ValueError(message)
        self._names.add(name)
        # Not copied: what the sink takes is on its way before the case goes on.
        self._sink(name=name, rule=rule, value=values.plain(value, name, copy=False))


def _tolerance(given: Tolerance) -> Any:
    if isinstance(given, Mapping):
        return {np.dtype(dtype).str[1:]: float(number) for dtype, number in given.items()}
    return float(given)
