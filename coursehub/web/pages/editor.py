"""Pages of the editor that list things, and those that hold one form."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms

from coursehub.web.editing.table_forms import ScheduleRows
from coursehub.web.pages.editing import Held, HistoryLine
from coursehub.web.pages.frame import Frame, Link
from coursehub.web.pages.staff import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A part of the offering that can be edited, and how much there is of it."""

    label: str
    url: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """Where editing begins."""

    frame: Frame
    heading: str
    status: str
    is_draft: bool
    audience: str
    places: tuple[Place, ...]
    previews: tuple[Link, ...]
    open_assumptions: int
    assumptions_url: str
    publish_url: str
    changes_url: str
    clone_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """One form, with what it is for."""

    frame: Frame
    heading: str
    form: forms.Form
    checked: forms.Form
    """The form that was refused, if one was: this one, or the button that removes the entry."""
    held: Held
    back_url: str
    submit: str = "Save"
    remove: str = ""
    """The words of the button that removes the entry; empty: there is none."""
    lead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One entry of a shelf."""

    key: str
    label: str
    note: str
    url: str
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfPage:
    """The entries of one shelf, in their order."""

    frame: Frame
    heading: str
    one: str
    advice: str
    entries: tuple[EntryLine, ...]
    has_order: bool
    add_url: str
    form: forms.Form
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePage:
    """The schedule as a table of fields."""

    frame: Frame
    form: ScheduleRows
    held: Held
    offering: str
    add_url: str
    paste_url: str
    series_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionLine:
    """Something that nobody has said yet."""

    key: str
    about: str
    question: str
    assumed: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionsPage:
    """What the documents of the course do not say."""

    frame: Frame
    open: tuple[AssumptionLine, ...]
    confirmed: tuple[AssumptionLine, ...]
    form: forms.Form
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPage:
    """Every change that was made, newest first."""

    frame: Frame
    lines: tuple[HistoryLine, ...]
    pager: Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPage:
    """What it means to publish, before it is done."""

    frame: Frame
    audience: str
    open_assumptions: int
    assumptions_url: str
    is_draft: bool
    grading_problems: tuple[str, ...]
    """What keeps the grading from being published along."""
    grading_url: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedLine:
    """An event as it was read from a pasted row."""

    when: str
    title: str
    kind: str
    place: str
    more: str
    is_known: bool
    """An event of the same day and title is there already, and is updated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasteColumn:
    """A pasted column: its heading, its first texts, and the field that says what it holds."""

    heading: str
    samples: tuple[str, ...]
    field: forms.BoundField


@dataclass(frozen=True, slots=True, kw_only=True)
class PastePage:
    """Paste rows; say what each column holds; look at the events."""

    frame: Frame
    form: forms.Form
    held: Held
    columns: tuple[PasteColumn, ...]
    lines: tuple[PastedLine, ...]
    problems: tuple[str, ...]
    text: str
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """A date of the new offering that somebody must decide about."""

    title: str
    reason: str
    field: forms.BoundField


@dataclass(frozen=True, slots=True, kw_only=True)
class ClonePage:
    """A new offering from this one: where to, then what to do with dates that land badly."""

    frame: Frame
    form: forms.Form
    questions: tuple[QuestionLine, ...]
    is_second: bool
    hidden: tuple[tuple[str, str], ...]
    summary: str


def entry_lines(entries: Sequence[tuple[str, str, str]], urls: Sequence[str]) -> tuple[EntryLine, ...]:
    """Return entries, given as key, label and note, as lines that know where they stand."""
    last = len(entries) - 1
    return tuple(
        EntryLine(key=key, label=label, note=note, url=url, is_first=at == 0, is_last=at == last)
        for at, ((key, label, note), url) in enumerate(zip(entries, urls, strict=True))
    )
