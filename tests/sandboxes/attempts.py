"""Running small programs in a sandbox, as the tests of this folder do."""

import textwrap
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from runners.conversation import CaseOrder, CaseRun, Ending, SandboxRun, run_cases
from runners.sandboxes.base import Limits, Sandbox

LIMITS = Limits(memory_bytes=384 << 20, processes=32, tmp_bytes=32 << 20, tmp_inodes=1000, load_seconds=8)
SEED = bytes(range(16))

CASES = b"""
import numpy as np
from gpu_worker.harness.cases import case

@case("attack", points=1)
def attack(work, rng, record):
    record.exact("answer", work.attack())

@case("array", points=1)
def array(work, rng, record):
    record.close("numbers", work.numbers(rng), rtol=1e-9)

@case("good", points=1, hint="a hint", group="a group", seconds=3, partial=True)
def good(work, rng, record):
    with open("/tmp/mine", "wb") as file:
        file.write(bytes(1 << 20))
    record.exact("answer", 42)
    record.close("numbers", rng.standard_normal(3), rtol=1e-9)
    record.ordering("order", ["a", "b"], before=[("a", "b")])
"""

GOOD = "def attack():\n    return 42\n\ndef numbers(rng):\n    return rng.standard_normal((3, 4))\n"


@dataclass
class Attempt:
    """What came of one submission."""

    run: SandboxRun
    seconds: float
    seen: list[CaseRun] = field(default_factory=list)

    @property
    def refusal(self) -> str | None:
        return self.run.refusal

    @property
    def first(self) -> CaseRun:
        return self.run.cases[0]

    @property
    def answer(self) -> object:
        """What the first case recorded, or None."""
        return next((record.value for record in self.first.records if record.name == "answer"), None)

    def case(self, name: str) -> CaseRun:
        return next(case for case in self.run.cases if case.id == name)


def attempt(
    sandbox: Sandbox,
    source: str | bytes,
    *,
    cases: tuple[str, ...] = ("attack", "good"),
    seconds: float = 3.0,
    files: dict[str, bytes] | None = None,
    limits: Limits = LIMITS,
    environment: str = "numpy",
    suite: bytes = CASES,
    module: str = "work",
    stopped: threading.Event | None = None,
) -> Attempt:
    """Run a submission's ``attack`` and then an honest case in the same jail."""
    seen: list[CaseRun] = []
    content = source.encode() if isinstance(source, str) else source
    started = time.monotonic()
    run = run_cases(
        sandbox,
        environment=environment,
        limits=limits,
        suite_files={"cases.py": suite},
        submission_files={"work.py": content, **(files or {})},
        module=module,
        orders=[CaseOrder(id=case, seed=SEED, seconds=seconds) for case in cases],
        on_ready=lambda: None,
        on_case=seen.append,
        stopped=stopped or threading.Event(),
    )
    return Attempt(run=run, seconds=time.monotonic() - started, seen=seen)


def program(body: str) -> str:
    """Return a submission whose attack has this body."""
    modules = "ctypes, os, signal, socket, subprocess, sys, threading, time"
    head = f"import {modules}\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    return f"{head}\ndef attack():\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"


def survivors(sandbox) -> list[str]:
    """Return the processes on this host that run as one of this sandbox's users, warm ones not counted."""
    base = sandbox._uids._free[0][0] // 4096 if sandbox._uids else None
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / "status").read_text()
        except OSError:
            continue
        uid = int(status.partition("Uid:")[2].split()[0])
        if base is not None and abs(uid // 4096 - base) <= 1 and uid >= 1_000_000_000:
            found.append(status.partition("\n")[0])
    return found


def attack(sandbox, body: str, **options) -> Attempt:
    """Run an attack; the case after it and the submission after that must be well, and nothing may run on."""
    found = attempt(sandbox, program(body), **options)

    assert found.refusal is None
    assert found.case("good").ending is Ending.DONE, found.run
    assert attempt(sandbox, GOOD).answer == 42
    assert survivors(sandbox) == []
    return found
