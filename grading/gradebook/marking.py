"""Change grades by hand: score, set, excuse, mark as missing, set to zero, comment, hold back, and take back.

Theory of operation
-------------------
Every change is one event in the log of one grade, and the cell is computed again from the log. Whoever writes names the
version of the cell that they looked at, 0 where there was none: where it is another by now, nothing is written and they
are told who did what. A key that was sent before is answered as it was then, so a form that is sent twice changes
nothing twice. Several cells are written together or not at all. All writers take the lock on the students' enrollments
first, in the order of their keys, as reports and batches do.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from coursehub.accounts.models import User
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment, Offering
from grading.assessments.models import Assessment
from grading.gradebook.access import students_for
from grading.gradebook.errors import CellChanged, KeyReused, NothingToUndo
from grading.gradebook.models import GradeCell, GradeEvent, ImportBatch
from grading.gradebook.projection import lock, project
from grading.gradebook.standing import in_force
from grading.gradebook.wanted import BY_HAND, Wanted, checked
from grading.submissions import rules
from grading.submissions.models import Submission

Kind = GradeEvent.Kind
Source = GradeEvent.Source


def write(
    offering: Offering,
    wanted: Sequence[Wanted],
    *,
    by: User,
    idempotency_key: str,
    source: str = Source.PAGE,
    batch: ImportBatch | None = None,
) -> list[GradeCell]:
    """Make these changes, all or none, and return the cells as they are then, in the same order.

    Raises ``NotAllowed``, ``Enrollment.DoesNotExist`` for who is not among theirs, or ``MarkingRefused``.
    """
    _check_may(by, offering, [one.enrollment.pk for one in wanted])
    rules.check_key(idempotency_key)
    wanted = [checked(one) for one in wanted]
    with transaction.atomic():
        lock([one.enrollment.pk for one in wanted])
        sent = _sent_before(wanted, idempotency_key)
        new = [one for one in wanted if _key(one) not in sent]
        for one in wanted:
            if _key(one) in sent:
                _check_same(one, sent[_key(one)])
        cells = cells_of(wanted)
        _check_versions(new, cells)
        handed_in = _submissions(new, cells)
        GradeEvent.objects.bulk_create(
            GradeEvent(
                assessment=one.assessment, enrollment=one.enrollment, kind=one.kind, points=one.points,
                max_points=one.assessment.max_points, submission_id=handed_in.get(_key(one)), actor=by, source=source,
                batch=batch, reason=one.reason, note=one.note, idempotency_key=idempotency_key,
            )
            for one in new
        )  # fmt: skip
        return _projected(offering, wanted)


def score(
    assessment: Assessment, enrollment: Enrollment, *, points: Decimal, by: User, version: int, idempotency_key: str,
    reason: str = "", note: str = "", source: str = Source.PAGE,
) -> GradeCell:  # fmt: skip
    """Give what the work earned: of the submission that counts, else of the newest, else of nothing handed in."""
    one = Wanted(
        assessment=assessment, enrollment=enrollment, kind=Kind.SCORED, version=version, points=points, reason=reason,
        note=note,
    )  # fmt: skip
    return write(assessment.offering, [one], by=by, idempotency_key=idempotency_key, source=source)[0]


def override(
    assessment: Assessment, enrollment: Enrollment, *, points: Decimal, by: User, version: int, idempotency_key: str,
    reason: str = "", note: str = "", source: str = Source.PAGE,
) -> GradeCell:  # fmt: skip
    """Set the grade, whatever the work earned, no penalty and no curve applied."""
    one = Wanted(
        assessment=assessment, enrollment=enrollment, kind=Kind.OVERRIDE, version=version, points=points,
        reason=reason, note=note,
    )  # fmt: skip
    return write(assessment.offering, [one], by=by, idempotency_key=idempotency_key, source=source)[0]


def mark(
    assessment: Assessment, enrollment: Enrollment, *, kind: str, by: User, version: int, idempotency_key: str,
    reason: str = "", note: str = "", source: str = Source.PAGE,
) -> GradeCell:  # fmt: skip
    """Excuse, mark as missing, set to zero, clear such a mark, comment, hold back or let go: `kind` says which."""
    one = Wanted(
        assessment=assessment, enrollment=enrollment, kind=kind, version=version, reason=reason, note=note
    )  # fmt: skip
    return write(assessment.offering, [one], by=by, idempotency_key=idempotency_key, source=source)[0]


def undo(
    assessment: Assessment, enrollment: Enrollment, *, by: User, version: int, idempotency_key: str,
    event: int | None = None, source: str = Source.PAGE,
) -> GradeCell:  # fmt: skip
    """Take back the last thing that a person did to the grade, or the event with that primary key; the log keeps both.

    What was taken back already is put in force again. Raises as ``write`` does, and ``NothingToUndo``.
    """
    _check_may(by, assessment.offering, [enrollment.pk])
    rules.check_key(idempotency_key)
    with transaction.atomic():
        lock([enrollment.pk])
        log = list(
            GradeEvent.objects.filter(assessment=assessment, enrollment=enrollment).select_related("job", "undoes")
        )
        wanted = Wanted(assessment=assessment, enrollment=enrollment, kind=Kind.CLEARED, version=version)
        if any(one.idempotency_key == idempotency_key for one in log):
            return cells_of([wanted])[assessment.pk, enrollment.pk]
        _check_versions([wanted], cells_of([wanted]))
        taken = _to_take_back(log, event)
        GradeEvent.objects.create(
            assessment=assessment, enrollment=enrollment, kind=taken.kind, points=taken.points,
            max_points=taken.max_points, submission_id=taken.submission_id, actor=by, source=source, undoes=taken,
            idempotency_key=idempotency_key,
        )  # fmt: skip
        return _projected(assessment.offering, [wanted])[0]


def cells_of(wanted: Sequence[Wanted]) -> dict[tuple[int, int], GradeCell]:
    """Return the cells that these changes are about, those that there are, by (assessment, enrollment)."""
    cells = GradeCell.objects.filter(
        assessment__in={one.assessment.pk for one in wanted}, enrollment__in={one.enrollment.pk for one in wanted}
    )
    return {(cell.assessment_id, cell.enrollment_id): cell for cell in cells}


def _check_may(by: User, offering: Offering, enrollments: Sequence[int]) -> None:
    access.require(by, offering, Capability.EDIT_GRADES)
    theirs = students_for(by, offering, Capability.EDIT_GRADES).filter(pk__in=enrollments)
    if theirs.count() < len(set(enrollments)):
        raise Enrollment.DoesNotExist


def _key(one: Wanted) -> tuple[int, int]:
    return one.assessment.pk, one.enrollment.pk


def _sent_before(wanted: Sequence[Wanted], key: str) -> Mapping[tuple[int, int], GradeEvent]:
    events = GradeEvent.objects.filter(
        assessment__in={one.assessment.pk for one in wanted},
        enrollment__in={one.enrollment.pk for one in wanted},
        idempotency_key=key,
    )
    return {(event.assessment_id, event.enrollment_id): event for event in events}


def _check_same(one: Wanted, event: GradeEvent) -> None:
    if (one.kind, one.points, one.reason) != (event.kind, event.points, event.reason):
        raise KeyReused


def _check_versions(wanted: Sequence[Wanted], cells: Mapping[tuple[int, int], GradeCell]) -> None:
    for one in wanted:
        cell = cells.get(_key(one))
        if (cell.version if cell else 0) != one.version:
            raise CellChanged(_told_change(one))


def _told_change(one: Wanted) -> str:
    last = (
        GradeEvent.objects.filter(assessment=one.assessment, enrollment=one.enrollment)
        .select_related("actor", "enrollment__user", "undoes")
        .order_by("-pk")
        .first()
    )
    name = f"The grade of {one.enrollment.user.name} for {one.assessment.title}"
    if last is None:
        return f"{name} changed since you looked, so nothing was saved."
    who = last.actor.name if last.actor else "A suite"
    at = last.happened_at.astimezone(one.assessment.offering.zone)
    what = f"took back “{last.get_kind_display()}”" if last.undoes_id else f"“{last.get_kind_display()}”"
    points = "" if last.points is None or last.undoes_id else f", {last.points.normalize():f} points"
    return (
        f"{name} changed since you looked, so nothing was saved. Last, on {at:%d %B at %H:%M}: {who}, {what}{points}. "
        "Look at it, then decide."
    )


def _submissions(wanted: Sequence[Wanted], cells: Mapping[tuple[int, int], GradeCell]) -> dict[tuple[int, int], int]:
    """Return for each score the submission that it is about: the one that counts, else the newest, else none."""
    scores = [one for one in wanted if one.kind == Kind.SCORED]
    if not scores:
        return {}
    people = {one.enrollment.user_id: one.enrollment.pk for one in scores}
    handed_in = Submission.objects.filter(assessment__in={one.assessment.pk for one in scores}, author__in=people)
    found = {
        (assessment, people[author]): pk
        for assessment, author, pk in handed_in.order_by("number").values_list("assessment_id", "author_id", "pk")
    }
    for key, cell in cells.items():
        if key in found and cell.submission_id is not None:
            found[key] = cell.submission_id
    return {key: found[key] for key in map(_key, scores) if key in found}


def _to_take_back(log: Sequence[GradeEvent], pk: int | None) -> GradeEvent:
    """Return the event that an undo must name: the one asked for, or the last undo or redo of it."""
    last = [one for one in in_force(log) if one.kind in BY_HAND]
    known = last if pk is None else [one for one in log if one.pk == pk]
    chosen = known[-1] if known else None
    if chosen is None or chosen.kind not in BY_HAND:
        raise NothingToUndo
    undoers = {one.undoes_id: one for one in log if one.undoes_id is not None}
    while chosen.pk in undoers:
        chosen = undoers[chosen.pk]
    return chosen


def _projected(offering: Offering, wanted: Sequence[Wanted]) -> list[GradeCell]:
    assessments = {one.assessment.pk: one.assessment for one in wanted}
    project(offering, [one.enrollment.pk for one in wanted], list(assessments.values()))
    cells = cells_of(wanted)
    return [cells[_key(one)] for one in wanted]
