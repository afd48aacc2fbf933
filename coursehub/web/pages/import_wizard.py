"""Who and what of ours is who and what in Canvas: what a person has to choose."""

from dataclasses import dataclass

from coursehub.web.import_forms import LINE, PERSON, Choice
from coursehub.web.words import Look
from grading.gradebook.imports.plans import CanvasPersonChange, CanvasPlan, LineItemChange

AT_ONCE = 50
"""More selects than this with everybody in them would be a page that nobody can load."""
NOBODY: Choice = ("0", "Nobody in this file")
_LOOKS = {
    "matched": Look(key="passed", mark="✓", word="Found"),
    "chosen": Look(key="passed", mark="✓", word="Chosen by you"),
    "ambiguous": Look(key="partial", mark="?", word="Several"),
    "unmatched": Look(key="failed", mark="✗", word="Not found"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WizardPerson:
    """One of ours, and whom of the file to choose from."""

    name: str
    who: str
    look: Look
    reason: str
    chosen: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WizardColumn:
    """An assessment of ours, and the columns of the file."""

    name: str
    what: str
    reason: str
    chosen: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wizard:
    """The two tables."""

    summary: str
    people: tuple[WizardPerson, ...]
    later: int
    """How many more have to be chosen after these."""
    columns: tuple[WizardColumn, ...]


def wizard_of(plan: CanvasPlan) -> Wizard:
    """Return what there is to choose: first who is not found, then who could be several, then who was chosen."""
    outcomes = [change.outcome for change in plan.changes]
    taken = {change.line for change in plan.changes if change.line}
    free = tuple((str(row.line), row.label) for row in plan.rows if row.line not in taken)
    rows = {row.line: row.label for row in plan.rows}
    order = ("ambiguous", "unmatched", "chosen")
    open_ = sorted(
        (change for change in plan.changes if change.outcome in order), key=lambda one: order.index(one.outcome)
    )
    # Who was found needs no select but can be told apart: the two most likely mistakes are both in one.
    found = [change for change in plan.changes if change.outcome == "matched"]
    return Wizard(
        summary=(
            f"Of {len(outcomes)} students {outcomes.count('matched')} are found, {outcomes.count('chosen')} chosen, "
            f"{outcomes.count('ambiguous')} could be several, {outcomes.count('unmatched')} are not found."
        ),
        people=tuple(_person(change, free, rows) for change in (*open_[:AT_ONCE], *found)),
        later=len(open_[AT_ONCE:]),
        columns=tuple(_column(column, plan.headings) for column in plan.columns),
    )


def _column(column: LineItemChange, headings: tuple[str, ...]) -> WizardColumn:
    chosen = column.after.heading if column.after else ""
    # A column that was matched once may be missing in this file.
    known = headings if chosen in (*headings, "") else (chosen, *headings)
    return WizardColumn(
        name=f"{LINE}{column.key}", what=column.what, reason=column.reason, chosen=chosen,
        options=(("", "No column"), *((heading, heading) for heading in known)),
    )  # fmt: skip


def _person(change: CanvasPersonChange, free: tuple[Choice, ...], rows: dict[int, str]) -> WizardPerson:
    own = [(str(one.line), one.label) for one in change.candidates]
    if change.line and str(change.line) not in {value for value, _ in own}:
        own.insert(0, (str(change.line), rows.get(change.line, f"Line {change.line}")))
    known = {value for value, _ in own}
    others = () if change.outcome == "matched" else tuple(one for one in free if one[0] not in known)
    return WizardPerson(
        name=f"{PERSON}{change.enrollment}", who=change.who, look=_LOOKS[change.outcome], reason=change.reason,
        chosen=str(change.line), options=(NOBODY, *own, *others),
    )  # fmt: skip
