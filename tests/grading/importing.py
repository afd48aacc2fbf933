"""Files for imports, and batches of them, with one short call each."""

from coursehub.accounts.models import User
from coursehub.courses.models import Enrollment, Offering
from grading.gradebook.imports import batches
from grading.gradebook.imports.plans import Choices, Effect, Plan, changes_of, fingerprint, plan_of
from grading.gradebook.models import ImportBatch

Kind = ImportBatch.Kind


def upload(
    offering: Offering, text: str | bytes, *, by: User, kind: str = Kind.ROSTER, **options: object
) -> ImportBatch:
    """Upload one file."""
    content = text if isinstance(text, bytes) else text.encode()
    return batches.begin(offering, kind=kind, uploads=[("file.csv", content)], by=by, **options)


def plan(batch: ImportBatch) -> Plan:
    """Return the plan of a batch."""
    return plan_of(batch.plan)


def choose(batch: ImportBatch, *, by: User, **answers: object) -> Plan:
    """Answer questions about a batch."""
    return batches.look_again(batch, Choices(**{**batches.choices_of(batch).model_dump(), **answers}), by=by)


def apply(batch: ImportBatch, *, by: User, leaves_out: bool = True) -> list[Enrollment]:
    """Apply what the batch shows, without the lines that have problems."""
    return batches.apply(batch, by=by, seen=fingerprint(batch.plan), leaves_out=leaves_out)


def effects(batch: ImportBatch) -> dict[str, int]:
    """Return how often each effect is in the plan; what stays the same apart."""
    found = [change.effect.value for change in changes_of(plan(batch)) if change.effect is not Effect.SAME]
    return {effect: found.count(effect) for effect in sorted(set(found))}


def sentences(batch: ImportBatch) -> str:
    """Return every problem and warning as one text."""
    found = plan(batch)
    return "\n".join(note.sentence for note in (*found.problems, *found.warnings))
