"""Tell a person about ready-made parts that a submission uses where the task is to write them.

A flag costs no points and decides nothing. What can be taken away from a jail is taken away; this is for what cannot,
such as ``torch.nn`` in a PyTorch homework. The source is read as text, in a process of its own (``runners.uses``).
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from runners import uses
from runners.cleaning import clean

MAX_FLAGS = 20
MAX_FLAG = 500
MAX_FILE_BYTES = 256 << 10
MAX_TOTAL_BYTES = 512 << 10
MAX_FILES = 100
WALL_SECONDS = 15.0


def flags_of(files: Mapping[str, bytes], names: Sequence[str]) -> list[str]:
    """Return what a person should know about these files, as sentences; nothing where no name is asked after.

    Never raises: what cannot be looked through is said in a sentence.
    """
    sources = {path: content for path, content in sorted(files.items()) if path.endswith(".py")}
    if not names or not sources:
        return []
    chosen, passed_over = _chosen(sources)
    sentences = _scanned(dict(sorted(chosen.items())), names)
    if passed_over:
        more = f" and {len(passed_over) - 1} more" if len(passed_over) > 1 else ""
        sentences.insert(0, f"{passed_over[0]}{more} could not be looked through: too large for that.")
    return [clean(each)[:MAX_FLAG] for each in sentences[:MAX_FLAGS]]


def _chosen(sources: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """Return the files to look through, small ones first, and the names of those that would cost too much."""
    chosen: dict[str, bytes] = {}
    passed_over: list[str] = []
    left = MAX_TOTAL_BYTES
    for path, content in sorted(sources.items(), key=lambda each: len(each[1])):
        if len(content) > min(MAX_FILE_BYTES, left) or len(chosen) == MAX_FILES:
            passed_over.append(path)
        else:
            chosen[path] = content
            left -= len(content)
    return chosen, passed_over


def _scanned(sources: Mapping[str, bytes], names: Sequence[str]) -> list[str]:
    order = {"names": list(names), "files": {path: content.decode("latin-1") for path, content in sources.items()}}
    try:
        done = subprocess.run(  # noqa: S603  # our own program; the source goes in as data
            [sys.executable, "-I", "-S", str(Path(uses.__file__))],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            env={},
            check=True,
        )
        return [str(each) for each in json.loads(done.stdout)]
    except (subprocess.SubprocessError, OSError, ValueError):
        return ["The files could not be looked through for ready-made parts: reading them took too much."]
