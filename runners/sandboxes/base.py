"""What every kind of sandbox offers: a jail per submission, behind one interface.

A fault here is ours, never the submission's: the job runs again elsewhere and nobody loses points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

RECORD_BYTES = 16 << 20
"""What one recorded value may take up in a suite that says nothing else: 2 million numbers of 8 bytes."""


class SandboxFault(Exception):
    """Something of ours broke: ``sentence`` is calm and shown, ``detail`` is for the log."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(f"{sentence} {detail}".strip())
        self.sentence = sentence
        self.detail = detail


class NoSandbox(SandboxFault):
    """This machine has no sandbox to run submissions in; the sentence says what to install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one submission may use."""

    memory_bytes: int = 1 << 30
    """What the jail may use in all, without what its session needs anyway."""
    case_memory_bytes: int | None = None
    """What one fork may use where its order says nothing else; None for the jail's."""
    held_bytes: int = 0
    """How much of the jail's memory is for what its session holds: a suite's data, large records."""
    record_bytes: int = RECORD_BYTES
    """The most that one recorded value may take up."""
    processes: int = 64
    tmp_bytes: int = 64 << 20
    tmp_inodes: int = 4096
    file_bytes: int = 64 << 20
    output_bytes: int = 64 << 10
    """How much of a case's output is kept; the first and the last half."""
    load_seconds: float = 30.0
    """How long importing the submission may take."""


class JailEnding(StrEnum):
    """What has become of a jail."""

    ALIVE = "alive"
    EXITED = "exited"
    OOM = "oom"
    TEMPLATE_DIED = "template_died"
    """What surrounds the jail died with it: our fault, not the submission's."""


class Stream(Protocol):
    """A duplex byte stream to the session in a jail. Deadlines are moments of ``time.monotonic()``."""

    def send(self, data: bytes | memoryview, *, deadline: float) -> None:
        """Send all of it. Raises ``TimeoutError`` at the deadline and ``OSError`` when the jail is gone."""

    def recv(self, *, deadline: float) -> bytes:
        """Return what has arrived, or nothing when the jail closed it. Raises ``TimeoutError`` at the deadline."""


class Jail(Protocol):
    """The place where one submission runs, used once."""

    @property
    def stream(self) -> Stream:
        """The line to the session inside."""

    @property
    def hello(self) -> Mapping[str, Any]:
        """What the session must be told about this kind of jail in its first message."""

    def ending(self) -> JailEnding:
        """Say whether the jail lives, and if not, why."""

    def close(self) -> None:
        """Kill everything inside and give back all that the jail held. May be called again."""


class Sandbox(Protocol):
    """One per runner process; safe to use from several threads."""

    name: str

    def start(self, environments: Iterable[str]) -> None:
        """Make these environments ready ahead of the first submission. Raises ``SandboxFault``."""

    def open(self, environment: str, limits: Limits) -> Jail:
        """Return a fresh jail. Raises ``SandboxFault``."""

    def provenance(self, environment: str) -> dict[str, Any]:
        """Say what a verdict from here rests on: ``image`` and ``packages`` with their versions."""

    def close(self) -> None:
        """End every jail and leave nothing behind."""
