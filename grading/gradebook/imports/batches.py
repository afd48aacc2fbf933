"""Uploads, plans, and what became of them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from coursehub.accounts.models import User
from coursehub.courses import access
from coursehub.courses.models import Capability, Enrollment, Offering
from grading.assessments import files
from grading.gradebook.access import students_for
from grading.gradebook.evidence import students_of
from grading.gradebook.imports.canvas import apply_canvas, plan_canvas, undo_canvas
from grading.gradebook.imports.counts import apply_counts, plan_counts, undo_counts
from grading.gradebook.imports.errors import CellsChanged, FileUnreadable, NothingToApply, NotUndone, OtherPlan
from grading.gradebook.imports.grades import plan_grades
from grading.gradebook.imports.plans import (
    CanvasPlan,
    Choices,
    CountsPlan,
    GradesPlan,
    Plan,
    RosterPlan,
    fingerprint,
    plan_of,
    stored,
)
from grading.gradebook.imports.rosters import plan_roster
from grading.gradebook.imports.writing_grades import apply_grades, undo_grades
from grading.gradebook.imports.writing_people import apply_roster, undo_roster
from grading.gradebook.models import ImportBatch
from grading.interchange.problems import Unreadable
from grading.interchange.tables import Limits

Kind = ImportBatch.Kind
_NEEDS = {Kind.ROSTER: Capability.MANAGE_PEOPLE, Kind.CANVAS: Capability.MANAGE_PEOPLE}
MOST_BYTES = Limits().file_bytes
_MOST_FILES = 2
_LONGEST_NAME = 255


def capability_for(kind: str) -> Capability:
    """Return what it takes to import such a file."""
    return _NEEDS.get(Kind(kind), Capability.EDIT_GRADES)


def batch_for(user: User, offering: Offering, pk: int) -> ImportBatch:
    """Return a batch of an offering. Raises ``ImportBatch.DoesNotExist``, or ``NotAllowed`` without the right.

    Who looks after some sections finds only batches that are about nobody else.
    """
    batch = ImportBatch.objects.select_related("made_by", "undone_by").get(offering=offering, pk=pk)
    batch.offering = offering
    _check_may(batch, by=user)
    return batch


def batches_of(user: User, offering: Offering, kinds: Sequence[str]) -> list[ImportBatch]:
    """Return the newest batches of some kinds, without their plans; only their own for who looks after some sections.

    Two queries.
    """
    rows = ImportBatch.objects.filter(offering=offering, kind__in=kinds).defer("plan", "mapping")
    if not _reaches_everybody(user, offering):
        rows = rows.filter(made_by=user)
    return list(rows.select_related("made_by").order_by("-pk")[:20])


def begin(
    offering: Offering, *, kind: str, uploads: Sequence[tuple[str, bytes]], by: User, sync: bool = False,
    teamset: str = "",
) -> ImportBatch:  # fmt: skip
    """Keep the files, read them and store the plan. Nothing else changes.

    Raises ``NotAllowed``, ``FileUnreadable`` where a file is no table, and ``StoreFull``.
    """
    access.require(by, offering, capability_for(kind))
    if not uploads or len(uploads) > _MOST_FILES or (len(uploads) > 1 and kind != Kind.ROSTER):
        message = "Choose one file; only users.csv and enrollments.csv of Canvas go together."
        raise FileUnreadable(message)
    if any(len(content) > MOST_BYTES for _, content in uploads):
        message = f"A file may have at most {MOST_BYTES:,} bytes. Upload it in parts."
        raise FileUnreadable(message)
    digests = [hashlib.sha256(content).hexdigest() for _, content in uploads]
    choices = Choices(files=tuple(digests), sync=sync, teamset=teamset)
    plan = _read(offering, kind, [content for _, content in uploads], choices, by=by)
    files.keep([content for _, content in uploads])
    together = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return ImportBatch.objects.create(
        offering=offering, kind=kind, file_name=" + ".join(name for name, _ in uploads)[:_LONGEST_NAME],
        file_sha256=together, mapping=stored(choices), plan=stored(plan), made_by=by,
    )  # fmt: skip


def look_again(batch: ImportBatch, choices: Choices, *, by: User) -> Plan:
    """Read the kept file once more, with these answers, against how things are now, and store that plan.

    Raises ``NotAllowed``, ``FileUnreadable``, and ``OtherPlan`` where the batch was applied already.
    """
    _check_may(batch, by=by)
    choices = choices.model_copy(update={"files": choices_of(batch).files})
    contents = [files.content_of(digest) for digest in choices.files]
    plan = _read(batch.offering, batch.kind, contents, choices, by=by)
    content = {"mapping": stored(choices), "plan": stored(plan)}
    if not ImportBatch.objects.filter(pk=batch.pk, applied_at=None).update(**content):
        raise OtherPlan
    batch.mapping, batch.plan = content["mapping"], content["plan"]
    return plan


def choices_of(batch: ImportBatch) -> Choices:
    """Return how the file of a batch was meant."""
    return Choices.model_validate(batch.mapping)


def apply(batch: ImportBatch, *, by: User, seen: str, leaves_out: bool = False) -> list[Enrollment]:
    """Carry out exactly the plan that was seen, all of it or nothing; returns who is new and can be invited.

    `seen` is the fingerprint of the plan on the page. Where lines have problems, `leaves_out` has to say that the
    others shall be applied without them. A batch that is applied already stays as it is and gives nobody.
    Raises ``NotAllowed`` or ``ImportRefused``.
    """
    _check_may(batch, by=by)
    with transaction.atomic():
        row = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        row.offering = batch.offering
        if row.undone_at is not None:
            message = "This import was taken back. Upload the file again to apply it once more."
            raise NothingToApply(message)
        if row.applied_at is not None:
            return []
        if seen != fingerprint(row.plan):
            raise OtherPlan
        plan = plan_of(row.plan)
        if plan.is_stopped:
            message = "Lines or headings contradict each other: correct the file and upload it again."
            raise NothingToApply(message)
        if plan.problems and not leaves_out:
            message = "Some lines have problems. Correct the file, or say that they are to be left out."
            raise NothingToApply(message)
        with _one_at_a_time(batch.offering):
            new = _applied(row, plan, by=by)
        ImportBatch.objects.filter(pk=row.pk).update(applied_at=Now())
    batch.refresh_from_db(fields=["applied_at"])
    return new


def undo(batch: ImportBatch, *, by: User) -> tuple[str, ...]:
    """Put back everything that the batch changed and nobody changed since; returns what stays, as sentences.

    Doing it twice changes nothing. Raises ``NotAllowed``, and ``NotUndone`` where it was never applied.
    """
    _check_may(batch, by=by)
    with transaction.atomic():
        row = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        row.offering = batch.offering
        if row.applied_at is None:
            raise NotUndone
        if row.undone_at is not None:
            return ()
        with _one_at_a_time(batch.offering):
            left = _undone(row, plan_of(row.plan), by=by)
        ImportBatch.objects.filter(pk=row.pk).update(undone_at=Now(), undone_by=by)
    batch.refresh_from_db(fields=["undone_at", "undone_by"])
    return left


def _check_may(batch: ImportBatch, *, by: User) -> None:
    access.require(by, batch.offering, capability_for(batch.kind))
    plan = plan_of(batch.plan)
    if not isinstance(plan, GradesPlan | CountsPlan) or _reaches_everybody(by, batch.offering):
        return
    theirs = set(students_for(by, batch.offering, Capability.EDIT_GRADES).values_list("pk", flat=True))
    if not {change.enrollment for change in plan.changes} <= theirs:
        raise ImportBatch.DoesNotExist


def _reaches_everybody(user: User, offering: Offering) -> bool:
    if Capability.MANAGE_PEOPLE in access.capabilities_of(user, offering):
        return True
    theirs = students_for(user, offering, Capability.EDIT_GRADES)
    return not students_of(offering).exclude(pk__in=theirs.values("pk")).exists()


def _read(offering: Offering, kind: str, contents: Sequence[bytes], choices: Choices, *, by: User) -> Plan:
    readers: dict[str, Callable[[], Plan]] = {
        Kind.ROSTER: lambda: plan_roster(offering, contents, choices, by=by),
        Kind.GRADES: lambda: plan_grades(offering, contents[0], choices, by=by),
        Kind.GRADESCOPE: lambda: plan_grades(offering, contents[0], choices, by=by),
        Kind.PARTICIPATION: lambda: plan_counts(offering, contents[0], choices, by=by),
        Kind.CANVAS: lambda: plan_canvas(offering, contents[0], choices),
    }
    try:
        return readers[kind]()
    except Unreadable as error:
        raise FileUnreadable(error.sentence) from error
    except ValueError as error:
        message = "One of the columns was given a meaning that there is not. Choose again what each column holds."
        raise FileUnreadable(message) from error


@contextmanager
def _one_at_a_time(offering: Offering) -> Iterator[None]:
    """Let one import of an offering write at a time; raise ``CellsChanged`` where one of another got in between."""
    Offering.objects.select_for_update(no_key=True).only("pk").get(pk=offering.pk)
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise CellsChanged(("an account or an id, which somebody has by now",)) from error


def _applied(batch: ImportBatch, plan: Plan, *, by: User) -> list[Enrollment]:
    match plan:
        case RosterPlan():
            return apply_roster(batch.offering, plan, choices_of(batch))
        case GradesPlan():
            apply_grades(batch.offering, plan, batch, by=by)
        case CountsPlan():
            apply_counts(batch.offering, plan, by=by)
        case CanvasPlan():
            apply_canvas(batch.offering, plan)
    return []


def _undone(batch: ImportBatch, plan: Plan, *, by: User) -> tuple[str, ...]:
    match plan:
        case RosterPlan():
            return undo_roster(batch.offering, plan)
        case GradesPlan():
            return undo_grades(batch.offering, batch, by=by)
        case CountsPlan():
            return undo_counts(batch.offering, plan, by=by)
        case CanvasPlan():
            return undo_canvas(batch.offering, plan)
