"""A grade in the words of staff: points, or why there are none; what was done to it, by whom."""

from dataclasses import dataclass
from fractions import Fraction

from coursehub.web import words
from grading.engine.items import ItemState, ItemValue
from grading.engine.points import told
from grading.gradebook.models import GradeEvent
from grading.gradebook.stored_cells import StoredCell

STATES = {
    ItemState.NOT_ASSIGNED: "Not assigned",
    ItemState.EXCUSED: "Excused",
    ItemState.SUBMITTED_UNGRADED: "Ungraded",
    ItemState.NOT_DUE: words.DASH,
    ItemState.MISSING: "Missing",
}
SENTENCES = {
    ItemState.NOT_ASSIGNED: "Not assigned: it does not count.",
    ItemState.EXCUSED: "Excused: it does not count.",
    ItemState.OVERRIDDEN: "Set by staff, whatever the work earned.",
    ItemState.ZEROED: "Set to zero.",
    ItemState.SCORED: "Scored.",
    ItemState.SUBMITTED_UNGRADED: "Waits for its grade: it does not count yet.",
    ItemState.NOT_DUE: "Not due yet: it does not count yet.",
    ItemState.MISSING: "Missing: it counts as 0.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CellText:
    """What stands in a cell: points or a state, and what is unusual about it."""

    text: str
    note: str


def cell_text(value: ItemValue, cell: StoredCell | None) -> CellText:
    """Return the text of a cell. No state is told by colour alone."""
    text = STATES[value.state] if value.points is None or value.state is ItemState.MISSING else shown(value.points)
    notes = []
    if value.state is ItemState.OVERRIDDEN:
        notes.append("set")
    elif value.state is ItemState.ZEROED:
        notes.append("zero")
    if value.days_late:
        notes.append("late")
    if cell is not None and cell.is_held_back:
        notes.append("held")
    if cell is not None and cell.comment:
        notes.append("comment")
    return CellText(text=text, note=", ".join(notes))


def shown(points: Fraction) -> str:
    """Return points as a person writes them: at most four places, no zeros behind."""
    return told(points)


def event_text(event: GradeEvent) -> str:
    """Say what an event did, in a few words."""
    what = event.get_kind_display()
    if event.points is not None:
        what = f"{what}: {words.points(event.points)} of {words.points(event.max_points)}"
    return f"Took back: {what[0].lower()}{what[1:]}" if event.undoes_id else what
