"""Overstep every limit from inside a jail, to see that it is one: memory, processes, files, output, time.

Like ``probe.py`` it is a suite of its own, which runs through the same sandbox, harness and wire as every submission.
What came of it is judged out here. The last case looks whether anything that the others started is left.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from runners.conversation import CaseOrder, CaseRun, Ending, run_cases
from runners.probe import ENVIRONMENT, Finding
from runners.sandboxes.base import Limits, Sandbox

MODULE = "bombs"
LIMITS = Limits(memory_bytes=256 << 20, processes=32, tmp_bytes=16 << 20, tmp_inodes=500, file_bytes=8 << 20)
SECONDS = 15.0
SUBMISSION = {
    f"{MODULE}.py": b"""
import os, signal, time

def memory():
    kept = []
    while True:
        kept.append(bytearray(16 << 20))

def processes():
    started = 0
    try:
        while started < 1000:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            started += 1
    except OSError:
        pass
    return started

def room():
    written = 0
    try:
        for name in range(100):
            with open(f"/tmp/{name}", "wb", buffering=0) as file:
                for _ in range(4):
                    written += file.write(bytes(1 << 20))
    except OSError:
        pass
    return written

def files():
    made = 0
    try:
        for number in range(100_000):
            open(f"/tmp/{number}", "w").close()
            made += 1
    except OSError:
        pass
    return made

def file():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open("/tmp/big", "wb") as file:
            os.truncate(file.fileno(), 1 << 40)
    except OSError:
        return False
    return True

def output():
    while True:
        os.write(1, bytes(65536))

def time_limit():
    while True:
        pass

def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 64)
            time.sleep(60)
        os._exit(0)
    return True

def left():
    names = set(os.listdir("/tmp")) | set(os.listdir("/dev/shm"))
    return [sum(name.isdigit() for name in os.listdir("/proc")), len(names)]
"""
}
# In this order: what went before must not matter to what comes after.
CASES = ("memory", "processes", "room", "files", "file", "output", "time_limit", "daemon", "left")
SUITE = "from gpu_worker.harness.cases import case\n" + "".join(
    f'\n@case("{name}", points=1)\ndef {name}(bombs, rng, record):\n    record.exact("answer", bombs.{name}())\n'
    for name in CASES
)
# A container has an init of its own besides the session and the case.
MOST_LEFT = 3


def try_limits(sandbox: Sandbox) -> list[Finding]:
    """Try every limit in a jail. Raises ``SandboxFault`` where there is no jail to try it in."""
    found = run_cases(
        sandbox,
        environment=ENVIRONMENT,
        limits=LIMITS,
        suite_files={"cases.py": SUITE.encode()},
        submission_files=SUBMISSION,
        module=MODULE,
        orders=[
            CaseOrder(id=name, seed=b"\0" * 16, seconds=1.0 if name == "time_limit" else SECONDS) for name in CASES
        ],
        on_ready=lambda: None,
        on_case=lambda run: None,
        stopped=threading.Event(),
    )
    if found.refusal is not None:
        return [Finding(question="limits", is_safe=False, sentence=f"The limits were not tried: {found.refusal}")]
    runs = {run.id: run for run in found.cases}
    return [_finding(name, runs[name]) for name in CASES]


def _finding(name: str, run: CaseRun) -> Finding:
    question, holds = _EXPECTED[name]
    answer = run.records[0].value if run.records else None
    said = f"it said {answer}" if run.records else run.message
    return Finding(question=name, is_safe=holds(run.ending, answer), sentence=f"{question}: {run.ending}, {said}")


def _ended(*endings: Ending) -> Callable[[Ending, Any], bool]:
    return lambda ending, answer: ending in endings


def _at_most(most: int) -> Callable[[Ending, Any], bool]:
    return lambda ending, answer: ending is Ending.DONE and type(answer) is int and 0 <= answer <= most


_EXPECTED: Mapping[str, tuple[str, Callable[[Ending, Any], bool]]] = {
    "memory": ("memory without an end", _ended(Ending.MEMORY)),
    "processes": (f"processes where {LIMITS.processes} are allowed", _at_most(LIMITS.processes)),
    "room": (f"bytes in /tmp where {LIMITS.tmp_bytes} fit", _at_most(LIMITS.tmp_bytes)),
    "files": (f"files in /tmp where {LIMITS.tmp_inodes} are allowed", _at_most(LIMITS.tmp_inodes)),
    "file": ("a file of a terabyte", lambda ending, answer: ending is Ending.DONE and answer is False),
    "output": ("output without an end", _ended(Ending.OUTPUT)),
    "time_limit": ("a loop without an end", _ended(Ending.TIMEOUT)),
    "daemon": ("a process that leaves its family", _ended(Ending.DONE)),
    "left": (
        "processes and files that earlier cases left",
        lambda ending, answer: (
            ending is Ending.DONE
            and isinstance(answer, list)
            and len(answer) == 2
            and _at_most(MOST_LEFT)(ending, answer[0])
            and answer[1] == 0
        ),
    ),
}
