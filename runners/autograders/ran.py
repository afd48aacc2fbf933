"""What came of one run of an autograder, before anybody has read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of one run."""

    results: bytes | None
    """``results.json``, or None where there is none that can be read."""
    refusal: str = ""
    """Why there are none, where something else stands in their place."""
    console: str = ""
    seconds: float = 0.0
    timed_out: bool = False
    out_of_memory: bool = False
    out_of_disk: bool = False
    exit_status: int = 0
