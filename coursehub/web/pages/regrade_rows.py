"""The rows of a batch: each student's grade before and after, and the checks that end otherwise."""

from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse

from coursehub.web import words
from coursehub.web.words import Look
from grading.gradebook.differences import Decision, RowDifference, SubmissionDifference
from grading.submissions.models import JobState

MOST_CHECKS = 4
DECIDED = {
    Decision.APPROVED: Look(key="passed", mark="✓", word="Approved"),
    Decision.DROPPED: Look(key="cancelled", mark=words.DASH, word="Dropped"),
}
READY = Look(key="partial", mark="?", word="To decide")
_OVERTAKEN = Look(key="superseded", mark=words.DASH, word="Graded again since")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckChip:
    """A check that ends otherwise now."""

    look: Look
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One submission of a row: where to look at what stands and at what is held back."""

    title: str
    url: str
    new_url: str
    points: str
    """Only where a row has several."""
    look: Look | None
    """Where there is no result that could be approved."""
    checks: tuple[CheckChip, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLine:
    """One student."""

    token: str
    student: str
    email: str
    before: str
    after: str
    change: str
    change_key: str
    look: Look
    note: str
    may_be_chosen: bool
    submissions: tuple[Graded, ...]


def row_line(row: RowDifference, *, is_open: bool) -> RowLine:
    """Return the line of a student; `is_open` says whether anything can be decided in the batch."""
    then = row.counts_then
    return RowLine(
        token=f"{row.row.pk}.{row.version}",
        student=row.student.name,
        email=row.student.email,
        before=_points(row.before),
        after=_points(row.after),
        change=_signed(row.change),
        change_key="failed" if (row.change or 0) < 0 else "passed" if (row.change or 0) > 0 else "queued",
        look=_look_of_row(row),
        note=f"Submission {then.number} would count then, as it was graded before." if then else "",
        may_be_chosen=is_open and row.is_pending,
        submissions=tuple(_graded(each, is_one=len(row.submissions) == 1) for each in row.submissions),
    )


def _look_of_row(row: RowDifference) -> Look:
    if not row.is_pending:
        return DECIDED[Decision(row.row.decision)]
    if not row.is_graded:
        is_running = any(each.job.state == JobState.RUNNING for each in row.submissions)
        return words.RUNNING if is_running else words.QUEUED
    if row.has_news:
        return READY
    if any(each.is_overtaken for each in row.submissions):
        return _OVERTAKEN
    return words.look_of(row.submissions[-1].job.state, None)


def _graded(each: SubmissionDifference, *, is_one: bool) -> Graded:
    url = reverse("submission", args=[each.submission.pk])
    shown, left = each.checks[:MOST_CHECKS], len(each.checks) - MOST_CHECKS
    # Of a single submission the row itself says how it stands.
    has_look = not is_one and (each.new is None or each.is_overtaken)
    return Graded(
        title=f"Submission {each.submission.number}",
        url=url,
        new_url=f"{url}?run={each.job.pk}" if each.new else "",
        points="" if is_one else f"{_points(each.old_points)} → {_points(each.new_points)}",
        look=(_OVERTAKEN if each.is_overtaken else words.look_of(each.job.state, None)) if has_look else None,
        checks=tuple(CheckChip(look=words.CHANGES[check.change], title=check.title) for check in shown),
        more=f"and {left} more" if left > 0 else "",
    )


def _points(value: Decimal | None) -> str:
    return words.DASH if value is None else words.points(value)


def _signed(value: Decimal | None) -> str:
    if value is None:
        return ""
    if not value:
        return "0"
    return f"{'+' if value > 0 else words.MINUS}{words.points(abs(value))}"
