"""What of an offering's content somebody may read: the same as on its pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from coursehub.api.serializers import OwnDatesSerializer
from coursehub.courses.access import Viewer
from coursehub.courses.models import Capability, StaffMember
from coursehub.courses.queries import announcements_for, blocks_for, links_for, pages_for
from coursehub.publishing.content import AssessmentContent, OfferingContent
from coursehub.publishing.editing import Shelf, entries_of
from coursehub.publishing.schema import Entry, StaffEntry
from grading.assessments.queries import assessments_for, planned_for
from grading.deadlines.queries import dates_of, everybodys


def visible_entries(viewer: Viewer, content: OfferingContent, shelf: Shelf) -> dict[str, Entry]:
    """Return the entries of a shelf that somebody may read, in order. Who edits the course reads everything."""
    entries = entries_of(content, shelf)
    if Capability.EDIT_COURSE in viewer.capabilities:
        return entries
    match shelf:
        case Shelf.BLOCKS:
            return _only(entries, blocks_for(viewer).values_list("key", flat=True))
        case Shelf.PAGES:
            return _only(entries, pages_for(viewer).values_list("slug", flat=True))
        case Shelf.LINKS:
            return _only(entries, links_for(viewer).values_list("key", flat=True))
        case Shelf.ANNOUNCEMENTS:
            return _only(entries, (row.key for row in announcements_for(viewer)))
        case Shelf.ASSESSMENTS:
            return _work(viewer, content.assessments)
        case Shelf.STAFF:
            return {person.key: _without_address(person) for person in content.offering.staff}
        case Shelf.ASSUMPTIONS:
            return {}
        case Shelf.POLICIES | Shelf.EVENTS | Shelf.SERIES | Shelf.MODULES | Shelf.MATERIALS:
            return entries


def own_dates(viewer: Viewer, shelf: Shelf) -> dict[str, dict[str, Any]]:
    """Return when each assessment is due for somebody who takes part, by its key; at most five queries.

    Who edits the course reads what the class has, and nothing beside it: that is what they write back.
    """
    is_due_for_them = (
        Capability.VIEW_COURSE in viewer.capabilities and Capability.EDIT_COURSE not in viewer.capabilities
    )
    if shelf != Shelf.ASSESSMENTS or not is_due_for_them:
        return {}
    rows = list(planned_for(viewer))
    dates = dates_of(viewer.user, rows)
    return {
        row.slug: dict(
            OwnDatesSerializer(
                {
                    "due_at": dates[row.pk].due_at,
                    "closes_at": dates[row.pk].closes_at,
                    "has_extension": dates[row.pk] != everybodys(row),
                }
            ).data
        )
        for row in rows
    }


def _only(entries: Mapping[str, Entry], keys: Iterable[str]) -> dict[str, Entry]:
    seen = frozenset(keys)
    return {key: entry for key, entry in entries.items() if key in seen}


def _work(viewer: Viewer, entries: Mapping[str, AssessmentContent]) -> dict[str, Entry]:
    # Of what is not released the facts are public, the instructions are not.
    is_open = frozenset(assessments_for(viewer.user, viewer.offering).values_list("slug", flat=True))
    planned = frozenset(planned_for(viewer).values_list("slug", flat=True))
    return {
        key: entry if key in is_open else entry.model_copy(update={"body_md": ""})
        for key, entry in entries.items()
        if key in planned
    }


def _without_address(person: StaffEntry) -> StaffEntry:
    # A page spells the address out to keep it from programs; this would hand it to them.
    if person.email_display == StaffMember.EmailDisplay.PLAIN:
        return person
    return person.model_copy(update={"email": ""})
