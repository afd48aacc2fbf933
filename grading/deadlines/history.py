"""What extensions gave before and after each change, in the log of changes that courses have.

It is about people, so it is read on the extension's page and in the audit of grades, and nowhere else: see
``coursehub.courses.queries.changes_of``.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from coursehub.accounts.models import User
from coursehub.courses.models import Change, Enrollment, Offering
from coursehub.courses.queries import OF_PEOPLE
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension

Gives = Mapping[str, Any]
_FIELDS = ("due_at", "closes_at", "has_no_end", "tries", "time_factor", "reason_shown", "reason_private")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done to an extension. `before` None: it was granted; `after` None: it was revoked."""

    extension: Extension
    before: Gives | None
    after: Gives | None


def gives(extension: Extension) -> Gives:
    """Return everything that an extension gives and says, as JSON can hold it, moments as the course's walls show."""
    zone = extension.assessment.offering.zone
    return {name: _plain(getattr(extension, name), zone) for name in _FIELDS}


def remember(steps: Iterable[Step], *, by: User | None, source: Change.Source) -> None:
    """Write down what was done together, within the caller's transaction; `by` is None for a rule."""
    batch = uuid.uuid4()
    Change.objects.bulk_create(
        Change(
            offering=step.extension.assessment.offering,
            batch=batch,
            subject=_subject(step.extension.pk),
            title=f"Extension in {step.extension.assessment.title}"[:200],
            before=before,
            after=after,
            source=source,
            made_by=by,
        )
        for step in steps
        for before, after in [_differing(step)]
        if before != after
    )


def changes_of(extension: Extension) -> QuerySet[Change]:
    """Return what was done to an extension, newest first, with who did it."""
    rows = Change.objects.filter(offering=extension.assessment.offering_id, subject=_subject(extension.pk))
    return rows.select_related("made_by").order_by("-pk")


def changes_in(
    offering: Offering, *, enrollment: Enrollment | None = None, assessment: Assessment | None = None
) -> QuerySet[Change]:
    """Return the same of all extensions of an offering, of those that reach one person, or in one assessment."""
    rows = Change.objects.filter(offering=offering, subject__startswith=OF_PEOPLE)
    wanted = Extension.objects.filter(assessment__offering=offering)
    if enrollment is not None:
        wanted = wanted.filter(
            Q(enrollment=enrollment) | Q(team__members=enrollment) | Q(cohort__members=enrollment)
        ).distinct()
    if assessment is not None:
        wanted = wanted.filter(assessment=assessment)
    if enrollment is not None or assessment is not None:
        rows = rows.filter(subject__in=[_subject(pk) for pk in wanted.values_list("pk", flat=True)])
    return rows.select_related("made_by").order_by("-pk")


def extensions_behind(changes: Iterable[Change]) -> dict[str, Extension]:
    """Return the extensions that changes are about, by the changes' subject, with whom they are for; one query."""
    pks = [int(change.subject.removeprefix(OF_PEOPLE)) for change in changes]
    rows = Extension.objects.filter(pk__in=pks).select_related("assessment", "enrollment__user", "team", "cohort")
    return {_subject(row.pk): row for row in rows}


def _subject(pk: int) -> str:
    return f"{OF_PEOPLE}{pk}"


def _differing(step: Step) -> tuple[Gives | None, Gives | None]:
    """Return both sides with the fields that differ; of what is new or gone, those that say something."""
    before, after = step.before, step.after
    if before is None or after is None:
        return _said(before), _said(after)
    names = [name for name in _FIELDS if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def _said(values: Gives | None) -> Gives | None:
    return None if values is None else {name: value for name, value in values.items() if value not in (None, "", False)}


def _plain(value: Any, zone: ZoneInfo) -> Any:
    match value:
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return value
