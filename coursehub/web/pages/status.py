"""Where a submission is: in words, in steps, and with the next thing to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

from coursehub.web import words
from coursehub.web.moments import Moment, clock_time
from coursehub.web.pages.checks import CheckLine
from coursehub.web.words import Look
from grading.submissions.models import GradingJob, JobState, Submission
from grading.submissions.reading import ReadReport
from runners.protocol import Phase

LEAVE = "You can close this page: it is received and safe, and the result will be here."
_DOING = {
    "Started": "Waiting",
    "Sandbox ready": "Preparing the sandbox",
    "First check": "Checking",
    "Last check": "Checking",
    "Finished": "Writing it down",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One phase of a job: reached at a moment, being in it, or ahead."""

    label: str
    at: Moment | None
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The outcome block: loud once there is a verdict, calm before."""

    look: Look
    points: str
    max_points: str
    sentence: str
    next_check: CheckLine | None
    second_sentence: str
    steps: tuple[Step, ...]
    is_final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a waiting job stands in its lane."""

    position: int
    estimated_seconds: float | None


def status_of(
    job: GradingJob | None,
    report: ReadReport | None,
    lines: Sequence[CheckLine],
    *,
    submission: Submission,
    place: Place | None,
    is_mine: bool,
    marked: tuple[Decimal, Decimal] | None = None,
) -> Status:
    """Return what to say about a job; `report` is the one shown, which may be an older one than the job's.

    `marked` are the points that a person gave, of how many: where no suite grades, they are the result.
    """
    zone = submission.assessment.offering.zone
    if job is None and marked is not None:
        return _marked(marked, _steps(job, submission.received_at, zone))
    has_own_result = job is not None and job.state == JobState.FINISHED
    state = JobState(job.state) if job else None
    sentence, next_check, second = _sentences(job, state, report, lines, place, submission, is_mine)
    has_total = report is not None and report.points is not None
    return Status(
        look=words.look_of(state, report.verdict if report and has_own_result else None),
        points=words.points(report.points) if report and report.points is not None else "",
        max_points=words.points(report.max_points) if report and has_total else "",
        sentence=sentence,
        next_check=next_check,
        second_sentence=second,
        steps=_steps(job, submission.received_at, zone),
        is_final=job is None or job.is_final,
    )


def _marked(marked: tuple[Decimal, Decimal], steps: tuple[Step, ...]) -> Status:
    points, most = marked
    return Status(
        look=words.GRADED,
        points=words.points(points),
        max_points=words.points(most),
        sentence="A person has marked it.",
        next_check=None,
        second_sentence="",
        steps=steps,
        is_final=True,
    )


def _sentences(
    job: GradingJob | None,
    state: JobState | None,
    report: ReadReport | None,
    lines: Sequence[CheckLine],
    place: Place | None,
    submission: Submission,
    is_mine: bool,
) -> tuple[str, CheckLine | None, str]:
    """Return (sentence, the check to look at first, second sentence)."""
    leave = LEAVE if is_mine else ""
    stands = " Until then the result below stands." if report else ""
    if job is None or state is None:
        return "Received. A person will mark it; no suite grades this assessment.", None, ""
    match state:
        case JobState.QUEUED:
            retry = f"{job.fault_sentence} It will run again by itself. " if job.fault_sentence else ""
            return retry + _waiting(place, is_mine) + stands, None, leave
        case JobState.RUNNING:
            done = sum(line.is_done for line in lines)
            progress = f"{done} of {len(lines)} checks so far." if done else _preparing(job.phase)
            return progress + stands, None, "" if done else leave
        case JobState.GRADER_ERROR:
            reason = job.fault_sentence or "Something on our side broke three times while grading this."
            used = "" if submission.uses_try else " No try was used."
            return f"{reason} This is our fault, not yours.{used}", None, "Staff can see it. Submit again, or ask them."
        case JobState.CANCELLED:
            used = "" if submission.uses_try else " No try was used."
            return f"This submission was cancelled before it had a result.{used}", None, "Submit again when ready."
        case JobState.SUPERSEDED:
            return "You handed in a newer one before this one ran, so only the newer one is graded.", None, ""
        case JobState.FINISHED:
            return _verdict(report, lines)
    assert_never(state)


def _waiting(place: Place | None, is_mine: bool) -> str:
    if place is None:
        return "Waiting for a free runner."
    ahead = place.position - 1
    where = (
        "Next in the queue"
        if ahead <= 0
        else f"{words.plural(ahead, 'submission')} ahead of {'yours' if is_mine else 'it'}"
    )
    if place.estimated_seconds is None:
        return f"{where}."
    if place.estimated_seconds < 60:
        return f"{where}; it should start in less than a minute."
    return f"{where}; it should start in about {words.duration(place.estimated_seconds)}."


def _preparing(phase: str) -> str:
    return "The checks are starting." if phase == Phase.SANDBOX_READY else "A runner has it and prepares the sandbox."


def _verdict(report: ReadReport | None, lines: Sequence[CheckLine]) -> tuple[str, CheckLine | None, str]:
    if report is not None and report.message:
        return report.message, None, "Fix this first, then submit again: no check could run."
    is_total = report is None or report.points is not None
    later = "" if report is None or is_total else f"Your total appears {words.SHOWN_LATER[report.total_visibility]}."
    counting = [line for line in lines if line.counts]
    if not counting:
        return "Graded.", None, later
    full = sum(line.is_full for line in counting)
    first = next((line for line in counting if not line.is_full), None)
    so_far = "" if is_total else " that you can see now"
    if len(counting) == 1:
        return f"The check{so_far} {'did not pass' if first else 'passed'}.", first, later
    total = f"{words.counted(len(counting))} checks{so_far}"
    if first is None:
        return f"All {total} passed.", None, later
    if not full:
        return f"None of the {total} passed.", first, later
    return f"{words.sentence_case(words.counted(full))} of {total} passed.", first, later


def _steps(job: GradingJob | None, received_at: datetime, zone: ZoneInfo) -> tuple[Step, ...]:
    moments: list[tuple[str, datetime | None]] = [("Received", received_at)]
    if job is not None:
        moments += _reached(job)
    reached = [at is not None for _, at in moments]
    is_live = job is not None and not job.is_final
    current = reached.index(False) if is_live and False in reached else -1
    return tuple(
        Step(
            label=_DOING[label] if index == current else label,
            at=clock_time(at, zone) if at else None,
            is_current=index == current,
        )
        for index, (label, at) in enumerate(moments)
        if is_live or at is not None
    )


def _reached(job: GradingJob) -> list[tuple[str, datetime | None]]:
    return [
        ("Started", job.claimed_at),
        ("Sandbox ready", job.sandbox_ready_at),
        ("First check", job.first_check_at),
        ("Last check", job.last_check_at),
        ("Finished", job.finished_at),
    ]
