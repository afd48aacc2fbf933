"""A class graded again: how far it is, what would change for whom, and what was decided."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.forms import Form
from django.urls import reverse

from coursehub.courses.models import Capability
from coursehub.web import words
from coursehub.web.charts import Histogram, change_chart
from coursehub.web.moments import Moment, moment
from coursehub.web.pages.facts import Fact, facts_of
from coursehub.web.pages.frame import Frame, Link, course_frame
from coursehub.web.pages.regrade_rows import DECIDED, READY, RowLine, row_line
from coursehub.web.words import Look
from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook.batches import BatchProgress
from grading.gradebook.differences import Decision, RowDifference, decided, fingerprint
from grading.gradebook.models import RegradeBatch

_PARTLY = Look(key="partial", mark="◐", word="Partly approved")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPart:
    """How far the grading is."""

    done: int
    total: int
    sentence: str
    is_grading: bool
    poll_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """One batch."""

    frame: Frame
    heading: str
    look: Look
    reason: str
    facts: tuple[Fact, ...]
    asked_at: Moment
    progress: ProgressPart
    notes: tuple[str, ...]
    chart: Histogram | None
    rows: tuple[RowLine, ...]
    filters: tuple[Link, ...]
    ready: int
    pending: int
    can_choose: bool
    seen: str
    seen_decisions: str
    url: str
    approve_url: str
    drop_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One batch in a list."""

    title: str
    url: str
    look: Look
    by: str
    reason: str
    asked_at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class RegradeAllPage:
    """The form that makes a batch, and the batches that there are."""

    frame: Frame
    form: Form | None
    open_url: str
    advice: str
    batches: tuple[BatchLine, ...]


def regrade_all_page(
    assessment: Assessment,
    may: Collection[Capability],
    *,
    form: Form | None,
    batches: Sequence[RegradeBatch],
    now: datetime,
) -> RegradeAllPage:
    """Build the page; `form` is None where nothing can be graded again now."""
    open_batch = next((batch for batch in batches if batch.state == RegradeBatch.State.OPEN), None)
    zone = assessment.offering.zone
    return RegradeAllPage(
        frame=_frame(assessment, may, title="Grade all again"),
        form=form,
        open_url=reverse("regrade_batch", args=[open_batch.pk]) if open_batch else "",
        advice="" if form or open_batch else "No suite grades this assessment.",
        batches=tuple(
            BatchLine(
                title=f"{version_name(batch.from_suite)} → {version_name(batch.to_suite)}",
                url=reverse("regrade_batch", args=[batch.pk]),
                look=READY if batch is open_batch else Look(key="queued", mark="✓", word="Decided"),
                by=batch.requested_by.name,
                reason=batch.reason,
                asked_at=moment(batch.requested_at, zone, now=now),
            )
            for batch in batches
        ),
    )


def batch_page(
    batch: RegradeBatch,
    may: Collection[Capability],
    *,
    progress: BatchProgress,
    rows: Sequence[RowDifference],
    only_changed: bool,
    now: datetime,
) -> BatchPage:
    """Build the page of a batch from all its rows; `only_changed` leaves out those in which nothing is different."""
    url, zone = reverse("regrade_batch", args=[batch.pk]), batch.assessment.offering.zone
    changed = [row for row in rows if row.change or any(each.checks for each in row.submissions)]
    changes = [row.change for row in rows if row.change is not None]
    is_open = batch.state == RegradeBatch.State.OPEN
    return BatchPage(
        frame=_frame(batch.assessment, may, title=f"Graded again {words.DASH} {batch.assessment.title}", here=batch),
        heading=f"{batch.assessment.title}, graded again",
        look=_look_of(progress),
        reason=batch.reason,
        facts=facts_of(
            [
                ("Asked for by", batch.requested_by.name),
                ("Graded before by", version_name(batch.from_suite)),
                ("Now by", version_name(batch.to_suite)),
                ("What", batch.get_scope_display()),
            ]
        ),
        asked_at=moment(batch.requested_at, zone, now=now),
        progress=progress_part(batch, progress),
        notes=_notes(batch, progress, rows),
        chart=change_chart(changes) if changes else None,
        rows=tuple(row_line(row, is_open=is_open) for row in (changed if only_changed else rows)),
        filters=(
            Link(label=f"All {len(rows)}", url=url, current=not only_changed),
            Link(label=f"Only the {len(changed)} that change", url=f"{url}?show=changed", current=only_changed),
        ),
        ready=sum(row.may_be_approved for row in rows),
        pending=progress.pending if is_open else 0,
        can_choose=is_open and any(row.is_pending for row in rows),
        seen=fingerprint(rows),
        seen_decisions=decided(rows),
        url=url,
        approve_url=reverse("regrade_approve", args=[batch.pk]),
        drop_url=reverse("regrade_drop", args=[batch.pk]),
    )


def progress_part(batch: RegradeBatch, progress: BatchProgress) -> ProgressPart:
    """Return how far the grading is, in words."""
    parts = [f"{progress.graded} of {words.plural(progress.jobs, 'submission')} graded"]
    for number, what in (
        (progress.running, "running"),
        (progress.waiting, "waiting"),
        (progress.failed, "failed on our side"),
        (progress.cancelled, "cancelled"),
    ):
        if number:
            parts.append(f"{number} {what}")
    url = reverse("regrade_batch", args=[batch.pk])
    return ProgressPart(
        done=progress.ended,
        total=progress.jobs,
        sentence=f"{', '.join(parts)}.",
        is_grading=progress.is_grading,
        poll_url=f"{url}?part=progress" if progress.is_grading else "",
    )


def version_name(suite: SuiteVersion) -> str:
    """Return what to call a version of a suite."""
    return f"{suite.title} {suite.label}"


def _frame(
    assessment: Assessment, may: Collection[Capability], *, title: str, here: RegradeBatch | None = None
) -> Frame:
    offering = assessment.offering
    all_again = reverse("regrade_all", args=[offering.slug, assessment.slug])
    crumbs = [
        Link(label=assessment.title, url=reverse("assessment", args=[offering.slug, assessment.slug])),
        Link(label="Grade all again", url=all_again, current=here is None),
    ]
    if here is not None:
        crumbs.append(Link(label=f"Batch {here.pk}", url=reverse("regrade_batch", args=[here.pk]), current=True))
    return course_frame(offering, may, title=title, place="staff_submissions", crumbs=tuple(crumbs))


def _look_of(progress: BatchProgress) -> Look:
    if progress.pending:
        return words.RUNNING if progress.is_grading else READY
    if progress.approved and progress.dropped:
        return _PARTLY
    return DECIDED[Decision.APPROVED if progress.approved else Decision.DROPPED]


def _notes(batch: RegradeBatch, progress: BatchProgress, rows: Sequence[RowDifference]) -> tuple[str, ...]:
    notes = []
    current = batch.assessment.suite
    if progress.pending and current is not None and current.pk != batch.to_suite_id:
        notes.append(f"New submissions are still graded by {version_name(current)}; a batch does not change that.")
    idle = sum(row.is_pending and row.is_graded and not row.has_news for row in rows)
    if idle:
        notes.append(
            f"For {words.plural(idle, 'student')} there is nothing to approve, so their grade stays: "
            "drop them to close the batch."
        )
    return tuple(notes)
