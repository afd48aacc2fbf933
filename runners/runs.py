"""What a run in a sandbox is ordered with, and what comes of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Stopped(Exception):
    """Whoever asked for the run no longer wants it."""


class Ending(StrEnum):
    """How one case ended inside the jail; only ``done`` can earn points."""

    DONE = "done"
    RAISED = "raised"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    OUTPUT = "output"
    PROTOCOL = "protocol"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOrder:
    """One case to run."""

    id: str
    seed: bytes
    seconds: float
    size: int | None = None
    """How large its inputs shall be, where the case has sizes."""
    memory_bytes: int | None = None
    """What it may use, or None for what the suite allows."""
    is_extra: bool = False
    """Whether nothing is lost where the sandbox has no room for it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One value that a case recorded."""

    name: str
    rule: dict[str, Any]
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRun:
    """What came of one case."""

    id: str
    ending: Ending
    message: str = ""
    """What went wrong, in a sentence or as the exception's own text; empty when done."""
    records: tuple[Record, ...] = ()
    output: str = ""
    seconds: float = 0.0
    peak_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRun:
    """What came of one submission."""

    refusal: str | None
    """Why the submission could not be loaded, as a sentence; then no case was run."""
    cases: tuple[CaseRun, ...] = ()
    packages: dict[str, str] = field(default_factory=dict)
    ready_seconds: float = 0.0
