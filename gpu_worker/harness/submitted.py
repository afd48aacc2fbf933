"""Values that a ``submit_*`` function hands in, made plain: data only, and the same on both sides.

What a submission's own objects say about themselves is taken as data and compared outside, so it need not be honest:
an object that lies sends a wrong value.
"""

import datetime
import sys
import types
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from gpu_worker.harness.values import Unrecordable

SUBMITS = "submit_"
MAX_VALUES = 500
MAX_DEPTH = 24
MAX_ITEMS = 50_000


class Sink(Protocol):
    """Where values go."""

    def __call__(self, *, name: str, value: Any, rule: dict[str, Any]) -> None:
        """Take one value, already plain, and where it was submitted."""


class Submitted:
    """Numbers the values of one function and passes them on, in their order."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._count = 0

    def take(self, value: Any) -> None:
        """Pass one value on. Raises ``Unrecordable`` for one that is no data."""
        self._count += 1
        name = f"value {self._count}"
        if self._count > MAX_VALUES:
            message = f"More than {MAX_VALUES} values were submitted."
            raise Unrecordable(message)
        self._sink(name=name, value=_Plain(name).of(value), rule={"line": _line_of_function()})


def _line_of_function() -> int:
    """Return the line of the ``submit_*`` function that has come this far, or 0."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and not frame.f_code.co_name.startswith(SUBMITS):
        frame = frame.f_back
    return frame.f_lineno if frame is not None else 0


class _Plain:
    """Turns one value into null, bool, int, float, text, list, map or array."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = MAX_ITEMS

    def of(self, value: Any, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            message = f"{self._name} holds too many values, or holds them too deep; submit an array."
            raise Unrecordable(message)
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, np.ndarray | np.generic):
            return self._array(np.asarray(value), depth)
        if isinstance(value, complex):
            return np.asarray(value, np.complex128)
        if isinstance(value, Mapping):
            return {str(key): self.of(each, depth + 1) for key, each in value.items()}
        if isinstance(value, list | tuple | range):
            return [self.of(each, depth + 1) for each in value]
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        if isinstance(value, set | frozenset):
            return sorted((self.of(each, depth + 1) for each in value), key=repr)
        if isinstance(value, bytes | bytearray):
            return np.frombuffer(bytes(value), np.uint8)
        if isinstance(value, type):
            return f"{value.__module__}.{value.__qualname__}"
        if isinstance(value, np.dtype):
            return str(value)
        if isinstance(value, datetime.date | datetime.time):
            return value.isoformat()
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.dtype | torch.device):
            return str(value)
        if torch is not None and isinstance(value, torch.Tensor):
            return self._tensor(torch, value, depth)
        return self._own(value, depth)

    def _array(self, array: Any, depth: int) -> Any:
        if array.dtype.kind in "OUS":
            return self.of(array.tolist(), depth + 1)
        if array.dtype == np.longdouble and array.dtype.itemsize > 8:
            array = array.astype(np.float64)
        if array.dtype.kind not in "biufc" or array.dtype.itemsize > 16:
            message = f"{self._name} is an array of dtype {array.dtype}. Numbers of a usual size are needed."
            raise Unrecordable(message)
        return np.array(array, order="C", copy=True)

    def _tensor(self, torch: Any, value: Any, depth: int) -> Any:
        with torch.no_grad():
            plain = value.detach().cpu().resolve_conj().resolve_neg()
            if plain.dtype is torch.bfloat16:
                plain = plain.float()
            if plain.layout is not torch.strided:
                plain = plain.to_dense()
            return self._array(np.asarray(plain.numpy()), depth)

    def _own(self, value: Any, depth: int) -> Any:
        """Return a tensor of the submission's own class as an array: by its ``numpy()``, after ``detach()``."""
        detach = getattr(value, "detach", None)
        detached = detach() if callable(detach) else value
        numpy = getattr(detached, "numpy", None)
        if not callable(numpy) or depth > MAX_DEPTH // 2:
            message = (
                f"{self._name} is an object of the class {type(value).__name__}. "
                "An array, a number, a text, or a list of these is needed, or an object with a method numpy()."
            )
            raise Unrecordable(message)
        # Whatever comes back is looked at anew, and an object that gives itself back comes to its end by the depth.
        return self.of(numpy(), depth + 1)
