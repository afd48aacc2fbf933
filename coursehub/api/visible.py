"""What of an offering's content somebody may read: the same as on its pages."""

from collections.abc import Iterable, Mapping

from coursehub.courses.access import Viewer
from coursehub.courses.models import Capability, StaffMember
from coursehub.courses.queries import announcements_for, blocks_for, links_for, pages_for
from coursehub.publishing.content import AssessmentContent, OfferingContent
from coursehub.publishing.editing import Shelf, entries_of
from coursehub.publishing.schema import Entry, StaffEntry
from grading.assessments.queries import assessments_for, planned_for


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
