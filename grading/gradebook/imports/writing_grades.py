"""Carry out a plan of grades through the services for marking, and take it back."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Max

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment, Offering
from grading.assessments.models import Assessment
from grading.gradebook.imports.errors import CellsChanged, NothingToApply
from grading.gradebook.imports.plans import CellChange, Effect, GradesPlan
from grading.gradebook.marking import cells_of, write
from grading.gradebook.models import GradeCell, GradeEvent, ImportBatch
from grading.gradebook.projection import lock, project
from grading.gradebook.wanted import Wanted

Kind = GradeEvent.Kind
Mark = GradeCell.Mark


def apply_grades(offering: Offering, plan: GradesPlan, batch: ImportBatch, *, by: User) -> None:
    """Write what the plan says, all of it or nothing. Call it in a transaction.

    A cell that is no longer the one of the preview raises ``CellsChanged``, and so does a student who has left.
    """
    changes = [change for change in plan.changes if change.effect is not Effect.SAME]
    if not changes:
        raise NothingToApply
    lock(sorted({change.enrollment for change in changes}))
    pairs = _pairs(offering, changes)
    cells = cells_of([wanted for _, wanted in pairs])
    changed = [
        f"line {change.line}, {change.who}, {change.what}"
        for change, wanted in pairs
        if _version(cells, wanted) != change.version
    ]
    if changed or len(pairs) < len(changes):
        found = {(change.enrollment, change.assessment) for change, _ in pairs}
        gone = [f"line {c.line}, {c.who}" for c in changes if (c.enrollment, c.assessment) not in found]
        raise CellsChanged((*changed, *gone))
    graded = [(change, wanted) for change, wanted in pairs if not change.is_same]
    _write(offering, [_cleared(wanted) for change, wanted in graded if _is_marked(change)], batch, "clear", by=by)
    _write(offering, [wanted for _, wanted in graded], batch, "grade", by=by)
    comments = [_commented(wanted, change.comment) for change, wanted in pairs if change.comment]
    _write(offering, comments, batch, "comment", by=by)


def undo_grades(offering: Offering, batch: ImportBatch, *, by: User) -> tuple[str, ...]:
    """Take back every event of the batch on which nothing came after; returns the others, as sentences."""
    events = list(batch.events.select_related("assessment", "enrollment__user").order_by("-pk"))
    lock(sorted({event.enrollment_id for event in events}))
    newest = {
        (row["assessment"], row["enrollment"]): row["newest"]
        for row in GradeEvent.objects.filter(
            assessment__offering=offering, enrollment__in={event.enrollment_id for event in events}
        )
        .values("assessment", "enrollment")
        .annotate(newest=Max("pk"))
    }
    mine: dict[tuple[int, int], list[GradeEvent]] = {}
    for event in events:
        mine.setdefault((event.assessment_id, event.enrollment_id), []).append(event)
    left = [
        f"{found[0].enrollment.user.name}, {found[0].assessment.title}: changed since, and stays as it is."
        for key, found in mine.items()
        if newest[key] != found[0].pk
    ]
    taken = [event for key, found in mine.items() if newest[key] == found[0].pk for event in found]
    GradeEvent.objects.bulk_create(
        [
            GradeEvent(
                assessment=event.assessment, enrollment=event.enrollment, kind=event.kind, points=event.points,
                max_points=event.max_points, submission_id=event.submission_id, actor=by, undoes=event,
                source=GradeEvent.Source.FILE, idempotency_key=f"undo-import-{batch.pk}-{event.pk}",
            )
            for event in taken
        ],
        batch_size=500,
    )  # fmt: skip
    assessments = {event.assessment_id: event.assessment for event in taken}
    if taken:
        project(offering, sorted({event.enrollment_id for event in taken}), list(assessments.values()))
    return tuple(sorted(left))


def _pairs(offering: Offering, changes: Sequence[CellChange]) -> list[tuple[CellChange, Wanted]]:
    people = {
        row.pk: row
        for row in Enrollment.objects.filter(
            offering=offering, pk__in={change.enrollment for change in changes}
        ).select_related("user")
        if row.status == Enrollment.Status.ACTIVE
    }
    assessments = {row.pk: row for row in Assessment.objects.filter(offering=offering)}
    for row in assessments.values():
        row.offering = offering
    return [
        (
            change,
            Wanted(
                assessment=assessments[change.assessment], enrollment=people[change.enrollment], kind=_kind(change),
                version=change.version, points=change.points,
            ),
        )
        for change in changes
        if change.enrollment in people and change.assessment in assessments
    ]  # fmt: skip


def _kind(change: CellChange) -> str:
    if change.points is None:
        return Kind.EXCUSED
    # More than is possible is nothing that work can earn: somebody sets it.
    return Kind.OVERRIDE if change.points > change.max_points else Kind.SCORED


def _is_marked(change: CellChange) -> bool:
    return bool(change.mark) and _kind(change) == Kind.SCORED


def _cleared(wanted: Wanted) -> Wanted:
    return replace(wanted, kind=Kind.CLEARED, points=None)


def _commented(wanted: Wanted, comment: str) -> Wanted:
    return replace(wanted, kind=Kind.COMMENTED, points=None, reason=comment)


def _write(offering: Offering, wanted: Sequence[Wanted], batch: ImportBatch, step: str, *, by: User) -> None:
    """Write one kind of event for some cells, against the cells as the step before left them."""
    if not wanted:
        return
    cells = cells_of(wanted)
    current = [replace(one, version=_version(cells, one)) for one in wanted]
    key = f"import-{batch.pk}-{step}"
    write(offering, current, by=by, idempotency_key=key, source=GradeEvent.Source.FILE, batch=batch)


def _version(cells: dict[tuple[int, int], GradeCell], wanted: Wanted) -> int:
    cell = cells.get((wanted.assessment.pk, wanted.enrollment.pk))
    return cell.version if cell else 0
