"""Numbers, sizes, verdicts and lists in the words that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.engine.comparison import Change
from runners.protocol import Outcome, SuiteKind, Verdict, Visibility

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How something that ended, or has not, is shown: never by colour alone."""

    key: str
    """The value of ``data-verdict``, which chooses the colour."""
    mark: str
    word: str


OUTCOMES: Mapping[Outcome, Look] = {
    Outcome.PASSED: Look(key="passed", mark="✓", word="Passed"),
    Outcome.PARTIAL: Look(key="partial", mark="◐", word="Partly passed"),
    Outcome.FAILED: Look(key="failed", mark="✗", word="Failed"),
    Outcome.TIMEOUT: Look(key="timeout", mark="✗", word="Ran out of time"),
    Outcome.MEMORY: Look(key="memory", mark="✗", word="Ran out of memory"),
    Outcome.CRASHED: Look(key="crashed", mark="✗", word="Crashed"),
    Outcome.NOT_RUN: Look(key="not_run", mark=DASH, word="Not run"),
}
VERDICTS: Mapping[str, Look] = {
    Verdict.PASSED: Look(key="passed", mark="✓", word="Passed"),
    Verdict.PARTIAL: Look(key="partial", mark="◐", word="Partly passed"),
    Verdict.FAILED: Look(key="failed", mark="✗", word="Failed"),
}
RECEIVED = Look(key="queued", mark="✓", word="Received")
QUEUED = Look(key="queued", mark="…", word="Waiting")
RUNNING = Look(key="running", mark="◌", word="Running")
FAULT = Look(key="fault", mark="!", word="Our fault")
CANCELLED = Look(key="cancelled", mark=DASH, word="Cancelled")
SUPERSEDED = Look(key="superseded", mark=DASH, word="Replaced by a newer one")
GRADED = Look(key="queued", mark="✓", word="Graded")
"""Of a report whose total is not shown yet."""
CHANGES: Mapping[Change, Look] = {
    Change.FIXED: Look(key="passed", mark="↑", word="fixed"),
    Change.BETTER: Look(key="partial", mark="↗", word="better"),
    Change.SAME: Look(key="queued", mark="=", word="same"),
    Change.WORSE: Look(key="partial", mark="↘", word="worse"),
    Change.BROKEN: Look(key="failed", mark="↓", word="broken"),
    Change.NEW: Look(key="queued", mark="+", word="new"),
}
STATES: Mapping[str, Look] = {
    "queued": QUEUED,
    "running": RUNNING,
    "grader_error": FAULT,
    "cancelled": CANCELLED,
    "superseded": SUPERSEDED,
}


def look_of(state: str | None, verdict: str | None) -> Look:
    """Return how a job in `state` is shown; None where there is no job.

    One that has finished has a verdict; it is None where the reader may not know it yet.
    """
    if state is None:
        return RECEIVED
    if state == "finished" and verdict is None:
        return GRADED
    if state == "finished" and verdict is not None and verdict in VERDICTS:
        return VERDICTS[verdict]
    return STATES.get(state, QUEUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a verdict comes from: a small mark with a word, and a sentence."""

    mark: str
    label: str
    sentence: str


SOURCES: Mapping[SuiteKind, Source] = {
    SuiteKind.DIFFERENTIAL: Source(
        mark="⇄",
        label="Compared outside the sandbox",
        sentence="Your code only returned values. They were compared outside its sandbox, with those of the reference.",
    ),
    SuiteKind.VALUES: Source(
        mark="⇄",
        label="Values compared outside",
        sentence="The values that were handed in were compared outside the sandbox, with those of the reference. What "
        "the tests say themselves is shown and worth nothing.",
    ),
    SuiteKind.PYTEST: Source(
        mark="“”",
        label="Self-reported: as honest as the autograder itself",
        sentence="Its tests ran in the submission's own process.",
    ),
    SuiteKind.GRADESCOPE: Source(
        mark="“”",
        label="Self-reported: as honest as the autograder itself",
        sentence="It ran in the submission's own container.",
    ),
}
SHOWN_LATER: Mapping[Visibility, str] = {
    Visibility.VISIBLE: "",
    Visibility.AFTER_DUE_DATE: "when nobody can hand in any more",
    Visibility.AFTER_PUBLISHED: "when the grades are released",
    Visibility.HIDDEN: "when the grades are released",
}
"""When the total is shown that such a check counts in."""
FOR_STAFF: Mapping[Visibility, str] = {
    Visibility.VISIBLE: "",
    Visibility.AFTER_DUE_DATE: "Students see it after the due date",
    Visibility.AFTER_PUBLISHED: "Students see it once grades are released",
    Visibility.HIDDEN: "Hidden from students",
}


def counted(number: int) -> str:
    """Return the number in words up to twelve, in figures beyond."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else str(number)


def plural(number: int, one: str, many: str = "") -> str:
    """Return ``1 file`` or ``3 files``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def points(value: Decimal) -> str:
    """Return points without needless zeros, at most two places."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def size(count: int) -> str:
    """Return a number of bytes as a person would say it."""
    if count < 1000:
        return plural(count, "byte")
    for unit in ("kB", "MB", "GB"):
        if count < 999_950 or unit == "GB":
            return f"{count / 1000:.1f}".removesuffix(".0") + f" {unit}"
        count //= 1000
    raise AssertionError


def memory(count: int) -> str:
    """Return a number of bytes in the unit in which memory is measured."""
    if count < 1 << 30:
        return f"{count / (1 << 20):.0f} MiB"
    return f"{count / (1 << 30):.1f}".removesuffix(".0") + " GiB"


def duration(seconds: float) -> str:
    """Return a rough length of time: ``less than a minute``, ``about 3 minutes``, ``2 days``."""
    if seconds < 60:
        return "less than a minute"
    for unit, length, limit in (("minute", 60, 60), ("hour", 3600, 48), ("day", 86400, 10**9)):
        number = round(seconds / length)
        if number < limit:
            return plural(number, unit)
    raise AssertionError


def listed(items: Sequence[str], *, last: str = "and") -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def sentence_case(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]
