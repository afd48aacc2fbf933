"""A content's assessments into rows."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import ProtectedError

from coursehub.courses.models import Offering
from coursehub.publishing.content import AssessmentContent, Finding, OfferingContent
from coursehub.publishing.errors import ContentInvalid, StillInUse
from coursehub.publishing.moments import WHICH, moments_of, spec_of
from coursehub.publishing.schema import Anchor
from coursehub.publishing.upserts import Kept, keep
from coursehub.publishing.writing import People
from coursehub.publishing.writing_schedule import Scheduled, used
from grading.assessments.models import (
    AnchoredDate,
    Assessment,
    AssessmentMaterial,
    AssessmentPart,
    SuiteVersion,
)
from grading.assessments.queries import newest_version

_UNKNOWN = object()


def assessments(
    offering: Offering,
    content: OfferingContent,
    old: OfferingContent | None,
    who: People,
    scheduled: Scheduled,
    *,
    touched: Collection[str],
) -> Kept[str, Assessment]:
    """Write assessments and the moments that their dates come to. Raises ``ContentInvalid`` for an unknown suite."""
    existing = {row.slug: row for row in offering.assessments.select_related("suite")}
    moments = moments_of(content)
    were: Mapping[tuple[str, str], object] = moments_of(old) if old else {}
    wanted: dict[str, dict[str, Any]] = {}
    for order, (key, item) in enumerate(content.assessments.items()):
        wanted[key] = {"order": order}
        if f"assessment:{key}" in touched:
            wanted[key] |= _fields(offering, key, item, existing.get(key))
            wanted[key]["event_id"] = scheduled.events.pk(item.event)
            wanted[key]["team_set_id"] = who.team_sets.pk(item.team_set)
        # A moment that did not move is left as it is stored, to the second.
        wanted[key] |= {
            f"{which}_at": moments[key, which]
            for which in WHICH
            if were.get((key, which), _UNKNOWN) != moments[key, which] or isinstance(spec_of(item, which), Anchor)
        }
    written = keep(Assessment, existing, wanted, fixed={"offering": offering})
    for key, item in content.assessments.items():
        if f"assessment:{key}" in touched:
            _relate(written.rows[key], item, written, scheduled)
    return written


def remove(written: Kept[str, Assessment]) -> None:
    """Delete the assessments that are gone. Raises ``StillInUse`` where somebody has handed in."""
    for row in written.gone:
        try:
            row.delete()
        except ProtectedError as error:
            message = f"“{row.title}” has work of students, so it stays. Take it off the list instead."
            raise StillInUse(message) from error


def _fields(offering: Offering, key: str, item: AssessmentContent, row: Assessment | None) -> dict[str, Any]:
    suite = row.suite if row else None
    if item.suite != (suite.name if suite else None):
        suite = _suite(offering, key, item.suite)
    return {
        "slug": key,
        "title": item.title,
        "kind": item.kind,
        "purpose": item.purpose,
        "max_points": item.max_points,
        "is_listed": item.listed,
        "suite_id": suite.pk if suite else None,
        "solutions_url": item.solutions_url,
        "accepted_patterns": item.accepted,
        "required_files": item.required,
        "tries": item.tries,
        "counting_try": item.counting,
        "pledge": item.pledge,
        "ai_disclosure": item.ai_disclosure,
        "instructions_md": item.body_md,
    }


def _suite(offering: Offering, key: str, name: str | None) -> SuiteVersion | None:
    if name is None:
        return None
    suite = newest_version(offering.course, name)
    if suite is None:
        sentence = f"No suite “{name}” is published; publish it under “Suites”."
        raise ContentInvalid([Finding(("assessments", key, "suite"), sentence)])
    return suite


def _relate(row: Assessment, item: AssessmentContent, all_of_them: Kept[str, Assessment], scheduled: Scheduled) -> None:
    before = all_of_them.pk(item.depends_on)
    if row.depends_on_id != before:
        Assessment.objects.filter(pk=row.pk).update(depends_on=before)
    row.modules.set([scheduled.modules.rows[key] for key in item.modules])
    row.material_links.all().delete()
    AssessmentMaterial.objects.bulk_create(
        AssessmentMaterial(assessment=row, **values) for values in used(item.materials, scheduled.materials)
    )
    row.anchored_dates.all().delete()
    AnchoredDate.objects.bulk_create(
        AnchoredDate(
            assessment=row,
            which=which,
            event=scheduled.events.rows[spec.event],
            edge=spec.edge,
            offset_days=spec.days,
            at_time=spec.at,
        )
        for which in WHICH
        if isinstance(spec := spec_of(item, which), Anchor)
    )
    parts = keep(
        AssessmentPart,
        {part.key: part for part in row.parts.all()},
        {
            part.key: {
                "key": part.key,
                "kind": part.kind,
                "title": part.title,
                "is_required": part.required,
                "note_md": part.note,
                "order": order,
            }
            for order, part in enumerate(item.parts)
        },
        fixed={"assessment": row},
    )
    for gone in parts.gone:
        gone.delete()
