"""What a case may record, made plain: nothing that carries code, and nothing that can change afterwards."""

import sys
from typing import Any

import numpy as np


class Unrecordable(TypeError):
    """A value that a case may not record; the text says which and what may be."""


def plain(value: Any, name: str, *, copy: bool = True) -> Any:
    """Return a value as null, bool, int, float, text, list, map or array. Raises ``Unrecordable``.

    Exact types only: an object that merely behaves like an array may answer differently each time it is asked.
    Without ``copy`` an array may share its memory with the value, for those who send it on at once.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is np.ndarray:
        return _array(value, name, copy=copy)
    if issubclass(kind, np.generic) and kind.__module__ == "numpy":
        return _array(np.asarray(value), name, copy=copy)
    if kind is list or kind is tuple:
        return [plain(item, name, copy=copy) for item in value]
    if kind is dict:
        return {str(key): plain(item, name, copy=copy) for key, item in value.items()}
    torch = sys.modules.get("torch")
    if torch is not None and kind in (torch.Tensor, torch.nn.Parameter):
        return _tensor(torch, value, name, copy=copy)
    message = (
        f"{name!r} came back as {_article(kind.__name__)}. An array, a number, a text, or a list of these is needed."
    )
    raise Unrecordable(message)


def _array(value: Any, name: str, *, copy: bool) -> Any:
    if value.dtype.kind not in "biufc" or value.dtype.itemsize > (16 if value.dtype.kind == "c" else 8):
        message = f"{name!r} came back as an array of dtype {value.dtype}. Numbers of a usual size are needed."
        raise Unrecordable(message)
    return np.array(value, order="C", copy=copy or None)


def _tensor(torch: Any, value: Any, name: str, *, copy: bool) -> Any:
    with torch.no_grad():
        try:
            array = value.detach().cpu().resolve_conj().resolve_neg().numpy()
        except (TypeError, RuntimeError) as error:
            message = f"{name!r} came back as a tensor of {value.dtype} that has no plain form: {error}"
            raise Unrecordable(message) from error
    if type(array) is not np.ndarray:
        message = f"{name!r} came back as a tensor that does not become an array."
        raise Unrecordable(message)
    return _array(array, name, copy=copy)


def _article(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word[:80]}"
