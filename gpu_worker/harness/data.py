"""Data files of a suite, as its cases read them: ``from gpu_worker.harness import data``.

They lie in the suite's folder ``data/`` (or ``hidden_data/``, which only hidden cases have) and come into the jail
with the suite. Every case sees the same bytes, without a copy; what a submission does to them ends with its case.
"""

import ast
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from gpu_worker.protocol import DTYPES

FOLDERS = ("data", "hidden_data")
_MAGIC = b"\x93NUMPY"
_MAX_HEADER = 10_000

_files: Mapping[str, memoryview] = {}


class NoSuchData(LookupError):
    """The suite has no such data file, or one that is not what it should be; the text says which."""


def provide(files: Mapping[str, memoryview]) -> None:
    """Let cases read these files, by their paths in the suite's folder."""
    global _files
    _files = files


def content(name: str) -> memoryview:
    """Return a file's bytes, which cannot be written to. Raises ``NoSuchData``."""
    for folder in FOLDERS:
        if (found := _files.get(f"{folder}/{name}")) is not None:
            return found.toreadonly()
    message = f"The suite has no data file {name!r}."
    raise NoSuchData(message)


def text(name: str) -> str:
    """Return a file as text. Raises ``NoSuchData``."""
    return str(content(name), "utf-8")


def array(name: str) -> npt.NDArray[Any]:
    """Return an ``.npy`` file as an array that cannot be written to, without a copy. Raises ``NoSuchData``."""
    return _parse(name, content(name))


def path(name: str) -> Path:
    """Return the path of a copy of the file, for code that wants to open one. Raises ``NoSuchData``."""
    copy = Path(tempfile.mkdtemp()) / PurePosixPath(name).name
    copy.write_bytes(content(name))
    return copy


def _parse(name: str, file: memoryview) -> npt.NDArray[Any]:
    """Read the format of NumPy's own ``numpy.lib.format``, for numbers only: nothing in it can be code."""
    wide = bytes(file[:6]) == _MAGIC and len(file) > 12 and file[6] in (2, 3)
    begin = 12 if wide else 10
    length = int.from_bytes(file[8:begin], "little")
    if bytes(file[:6]) != _MAGIC or length > _MAX_HEADER or begin + length > len(file):
        message = f"{name!r} is no .npy file."
        raise NoSuchData(message)
    header = ast.literal_eval(bytes(file[begin : begin + length]).decode("latin-1").strip())
    dtype = np.dtype(header["descr"]) if type(header["descr"]) is str else None
    if dtype is None or dtype.newbyteorder("<") not in DTYPES.values():
        message = f"{name!r} holds something other than numbers of a usual size."
        raise NoSuchData(message)
    shape = tuple(int(size) for size in header["shape"])
    numbers = np.frombuffer(file, dtype, offset=begin + length)
    if any(size < 0 for size in shape) or numbers.size != int(np.prod(shape, dtype=np.int64)):
        message = f"{name!r} is cut off."
        raise NoSuchData(message)
    numbers.flags.writeable = False
    return numbers.reshape(shape, order="F" if header["fortran_order"] else "C")
