"""When an assessment takes work: pure comparisons of moments."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WindowPhase(StrEnum):
    """Where a moment lies."""

    NOT_RELEASED = "not_released"
    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The dates of an assessment. None means: not announced, no due date, nothing after it is due."""

    release_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None


def phase_at(window: Window, moment: datetime) -> WindowPhase:
    """Say where a moment lies. The due moment itself is still in time, the closing moment still accepted."""
    if window.release_at is None or moment < window.release_at:
        return WindowPhase.NOT_RELEASED
    if window.due_at is None:
        closed = window.closes_at is not None and moment > window.closes_at
        return WindowPhase.CLOSED if closed else WindowPhase.OPEN
    if moment <= window.due_at:
        return WindowPhase.OPEN
    if window.closes_at is not None and moment <= window.closes_at:
        return WindowPhase.LATE
    return WindowPhase.CLOSED


def accepts(phase: WindowPhase) -> bool:
    """Return whether work is taken in this phase."""
    return phase in {WindowPhase.OPEN, WindowPhase.LATE}
