"""What happens inside a fork: the suite's source is run, the submission imported, one case called.

Everything here runs in a process that the submission may take over; nothing it says is more than a claim, and the
session that listens reads it as an enemy's.
"""

import importlib
import os
import random
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from gpu_worker.harness import files
from gpu_worker.harness.cases import Case, Recorder, SuiteCode, cases_of, load_cases
from gpu_worker.harness.confinement import RECORDS_DESCRIPTOR
from gpu_worker.harness.line import send, write_all
from gpu_worker.protocol import as_arrays, encode

SUBMISSION = "/job/submission"
MAX_MESSAGE = 2_000
SHOWN_LINES = 4

_OUT_OF_MEMORY = encode("finished", ending="memory", message="It used more memory than it may have.")


def do(work: Callable[[], None]) -> None:
    """Do the work of this fork, say how it ended, and leave. Never returns."""
    try:
        work()
        last = encode("finished", ending="done", message="")
    except MemoryError:
        last = _OUT_OF_MEMORY
    except BaseException as error:
        # The outermost loop of this process: a submission may raise anything.
        last = _finished(error)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: S112 - the submission may have put anything there
            continue
    try:
        write_all(RECORDS_DESCRIPTOR, last)
    finally:
        # Without atexit handlers, destructors and waiting for threads.
        os._exit(0)


def describe(suite: Mapping[str, memoryview]) -> None:
    """Say which cases the suite's source registers."""
    send(RECORDS_DESCRIPTOR, "cases", cases=[case.as_value() for case in load_cases(suite)])


def load(suite: SuiteCode, module: str) -> None:
    """Import the submission, to see whether that works, and leave what it compiles to for the session to keep."""
    cases_of(suite)
    _import_for_the_first_time(module)


def run(suite: SuiteCode, module: str, case_id: str, seed: bytes, size: int | None, *, is_first: bool) -> None:
    """Call one case with the submission and a generator from its seed.

    The first one of a session says when it has imported the submission, and leaves what that compiles to.
    """
    case = next((case for case in cases_of(suite) if case.id == case_id), None)
    if case is None and not is_first:
        _say_missing()
    number = int.from_bytes(seed, "little")
    seed_global_generators(number)
    submission = _import_for_the_first_time(module) if is_first else _import_submission(module)
    if case is None:
        _say_missing()
    _call(case, submission, number, size)


def run_all(suite: SuiteCode, module: str, cases: Sequence[tuple[str, bytes, int | None]]) -> None:
    """Call many cases in this one process: for a reference, which nobody has to be protected from."""
    submission = _import_submission(module)
    known = {case.id: case for case in cases_of(suite)}
    for place, (case_id, seed, size) in enumerate(cases):
        send(RECORDS_DESCRIPTOR, "case", place=place)
        number = int.from_bytes(seed, "little")
        seed_global_generators(number)
        _call(known[case_id], submission, number, size)


def _call(case: Case, submission: Any, number: int, size: int | None) -> None:
    sizes = () if size is None else (size,)
    case.function(submission, np.random.default_rng(number), Recorder(_send), *sizes)


def _say_missing() -> NoReturn:
    send(RECORDS_DESCRIPTOR, "finished", ending="missing", message="The suite has no such check.")
    os._exit(0)


def _send(*, name: str, rule: dict[str, Any], value: Any) -> None:
    send(RECORDS_DESCRIPTOR, "record", name=name, rule=rule, value=value)


def seed_global_generators(number: int) -> None:
    """Seed Python's, NumPy's and PyTorch's own generators, so that random choices can be replayed from a run's seed."""
    random.seed(number)
    np.random.seed(number % 2**32)
    if (torch := sys.modules.get("torch")) is None:
        return
    if torch.version.cuda is None and torch.version.hip is None:
        # What torch.manual_seed would do here, without looking for accelerators first, which takes a while.
        torch.default_generator.manual_seed(number % 2**63)
    else:
        torch.manual_seed(number % 2**63)


def _import_for_the_first_time(module: str) -> Any:
    """Import the submission, say so, and hand over what it compiles to."""
    sys.dont_write_bytecode = False
    submission = _import_submission(module, compiled=files.COMPILED_BY_TRIAL)
    sys.dont_write_bytecode = True
    sys.pycache_prefix = files.COMPILED
    send(RECORDS_DESCRIPTOR, "imported", compiled=as_arrays(files.take_compiled()))
    return submission


def _import_submission(module: str, *, compiled: str = files.COMPILED) -> Any:
    # Compiled once, at the first import; whatever stands there is the submission's own.
    sys.pycache_prefix = compiled
    # Last, after the preloads have been imported: it can shadow nothing.
    sys.path.append(SUBMISSION)
    return importlib.import_module(module)


def _finished(error: BaseException) -> bytes:
    try:
        text = _describe(error)
        ending = "memory" if _is_out_of_memory(error) else "raised"
        return encode("finished", ending=ending, message=text)
    except BaseException:
        # Its type or its text is hostile: say what can be said without asking it.
        return encode("finished", ending="raised", message="The submission raised an error that cannot be shown.")


def _is_out_of_memory(error: BaseException) -> bool:
    return type(error) is RuntimeError and "can't allocate memory" in str(error)


def _describe(error: BaseException) -> str:
    name = str.__getitem__(type(error).__name__, slice(0, 100))
    if isinstance(error, SystemExit):
        heading = "The submission left with sys.exit() or exit()."
    else:
        text = str.__getitem__(str(error), slice(0, MAX_MESSAGE // 2)).strip()
        heading = f"{name}: {text}" if text else name
    return "\n".join([heading, *_own_lines(error)])[:MAX_MESSAGE].encode(errors="replace").decode()


def _own_lines(error: BaseException) -> list[str]:
    """Return where in the submission's own files it happened, the innermost place last."""
    places: deque[tuple[str, int, str]] = deque(maxlen=SHOWN_LINES)
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(SUBMISSION + "/"):
            places.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and str(error.filename).startswith(SUBMISSION + "/"):
        places.append((str(error.filename), error.lineno or 0, ""))
    return [line for place in places for line in _place(*place)]


def _place(path: str, number: int, function: str) -> list[str]:
    where = f"  {path.removeprefix(SUBMISSION + '/')}, line {number}"
    if function and not function.startswith("<"):
        where += f", in {function}"
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as lines:
            source = next((line for count, line in enumerate(lines, 1) if count == number), "").strip()
    except OSError:
        source = ""
    return [where, f"    {source[:200]}"] if source else [where]
