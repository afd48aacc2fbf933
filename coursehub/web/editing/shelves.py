"""Which collections of entries can be edited, and with which form."""

from collections.abc import Mapping
from dataclasses import dataclass

from coursehub.publishing.editing import Shelf
from coursehub.web.editing.entry_forms import (
    AnnouncementForm,
    BlockForm,
    EntryForm,
    LinkForm,
    MaterialForm,
    ModuleForm,
    PageForm,
    PolicyForm,
    StaffForm,
)
from coursehub.web.editing.schedule_forms import AssessmentForm, EventForm, SeriesForm


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfKind:
    """How one collection is edited."""

    shelf: Shelf
    title: str
    one: str
    form: type[EntryForm]
    advice: str
    """What to do while it is empty."""
    has_order: bool = True
    """Whether its order is for people to choose."""


_KINDS = (
    ShelfKind(
        shelf=Shelf.BLOCKS,
        title="Syllabus",
        one="block",
        form=BlockForm,
        advice="Begin with an overview: what the course is about, in a paragraph.",
    ),
    ShelfKind(
        shelf=Shelf.POLICIES,
        title="Policies",
        one="policy",
        form=PolicyForm,
        advice="Say how people may work together, and what happens to late work.",
    ),
    ShelfKind(
        shelf=Shelf.PAGES, title="Pages", one="page", form=PageForm, advice="Add a page for what has no other place."
    ),
    ShelfKind(
        shelf=Shelf.ANNOUNCEMENTS,
        title="Announcements",
        one="announcement",
        form=AnnouncementForm,
        advice="Write the first one to welcome the class.",
        has_order=False,
    ),
    ShelfKind(
        shelf=Shelf.LINKS,
        title="Links",
        one="link",
        form=LinkForm,
        advice="Add the forum, the recordings and wherever else the course lives.",
    ),
    ShelfKind(
        shelf=Shelf.STAFF, title="Staff", one="person", form=StaffForm, advice="Add who teaches; no account is needed."
    ),
    ShelfKind(
        shelf=Shelf.SERIES,
        title="What repeats weekly",
        one="series",
        form=SeriesForm,
        advice="Add lectures and office hours with their weekdays.",
    ),
    ShelfKind(
        shelf=Shelf.EVENTS,
        title="Events",
        one="event",
        form=EventForm,
        advice="Add a first event, or paste rows from a spreadsheet.",
        has_order=False,
    ),
    ShelfKind(
        shelf=Shelf.ASSESSMENTS,
        title="Assessments",
        one="assessment",
        form=AssessmentForm,
        advice="Add the first homework; its dates may follow lectures.",
    ),
    ShelfKind(
        shelf=Shelf.MODULES,
        title="Modules",
        one="module",
        form=ModuleForm,
        advice="Add a unit with its goals, where the course is taught in units.",
        has_order=False,
    ),
    ShelfKind(
        shelf=Shelf.MATERIALS,
        title="Materials",
        one="material",
        form=MaterialForm,
        advice="Add a paper or slides, then name it at an event or module.",
        has_order=False,
    ),
)
KINDS: Mapping[str, ShelfKind] = {kind.shelf.value: kind for kind in _KINDS}
