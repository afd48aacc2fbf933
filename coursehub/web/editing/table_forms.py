"""The schedule as a table: one form, a few fields in each row, and an empty row to add to."""

from dataclasses import dataclass
from typing import Any

from django import forms

from coursehub.publishing import editing
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing import Shelf
from coursehub.publishing.paste import free_key
from coursehub.publishing.refusals import NotThere
from coursehub.publishing.schema import EventEntry
from coursehub.schedule.models import Event, EventKind
from coursehub.web.editing.entry_forms import Typed, choice, text
from coursehub.web.editing.schedule_forms import clock, date

NEW = "+"
"""Begins the names of the fields of the empty row; no key can hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its fields in the order of the columns, and what it is called."""

    key: str
    name: str
    cells: tuple[tuple[str, forms.BoundField], ...]
    """Each with the heading of its column."""
    is_cancelled: bool = False


class ScheduleRows(forms.Form):
    """Every event of the schedule in a row of its own."""

    columns = ("Date", "From", "To", "Title", "Kind", "Place", "Status")
    names = ("date", "start", "end", "title", "kind", "location", "status")

    def __init__(self, data: Typed, *, content: OfferingContent) -> None:
        super().__init__(data)
        self.content = content
        self.events = {event.key: event for event in content.schedule.events}
        for key, event in self.events.items():
            self._add_row(key, event, event.title)
        self._add_row(NEW, None, "the new event")

    def _add_row(self, key: str, event: EventEntry | None, name: str) -> None:
        fields: dict[str, forms.Field] = {
            "date": date("Date"),
            "start": clock("From"),
            "end": clock("To"),
            "title": text("Title", required=event is not None, longest=300),
            "kind": choice("Kind", EventKind.choices),
            "location": text("Place", longest=120),
            "status": choice("Status", Event.Status.choices),
        }
        begins = event or EventEntry(key="new", title="New")
        for column, (at, field) in zip(self.columns, fields.items(), strict=True):
            field.widget.attrs["aria-label"] = f"{column} of {name}"
            self.fields[f"{key}:{at}"] = field
            self.initial[f"{key}:{at}"] = "" if event is None and at == "title" else getattr(begins, at)

    @property
    def rows(self) -> list[Row]:
        """The rows of events that exist."""
        return [
            self._row(key, event.title, is_cancelled=event.status == Event.Status.CANCELLED)
            for key, event in self.events.items()
        ]

    @property
    def new(self) -> Row:
        """The empty row."""
        return self._row(NEW, "New event")

    def _row(self, key: str, name: str, *, is_cancelled: bool = False) -> Row:
        cells = tuple((column, self[f"{key}:{at}"]) for column, at in zip(self.columns, self.names, strict=True))
        return Row(key=key, name=name, cells=cells, is_cancelled=is_cancelled)

    def clean(self) -> dict[str, Any]:
        """Check that each row ends after it starts, and that a new one has a title."""
        cleaned = super().clean() or {}
        for key in (*self.events, NEW):
            start, end = cleaned.get(f"{key}:start"), cleaned.get(f"{key}:end")
            if end is not None and (start is None or end <= start):
                self.add_error(f"{key}:end", "It must end after it starts.")
        touched = [name for name in self.changed_data if name.startswith(f"{NEW}:")]
        if touched and not cleaned.get(f"{NEW}:title"):
            self.add_error(f"{NEW}:title", "Give it a title.")
        return cleaned

    def changed(self, command: str = "") -> OfferingContent:
        """Return the content with every row as typed, and after that one row duplicated, cancelled, moved, removed."""
        content = self.content
        typed: dict[str, dict[str, Any]] = {}
        for name in self.changed_data:
            key, _, at = name.partition(":")
            typed.setdefault(key, {})[at] = self.cleaned_data[name]
        added = typed.pop(NEW, None)
        for key, values in typed.items():
            content = editing.replace_event(content, key, **values)
        if added:
            event = EventEntry(key=free_key(added["title"], self.events, fallback="event"), **added)
            content = editing.add_event(content, event)
        return _commanded(content, command)


def _commanded(content: OfferingContent, command: str) -> OfferingContent:
    what, _, key = command.partition(":")
    match what:
        case "":
            return content
        case "duplicate":
            return editing.duplicate_event(content, key)
        case "cancel":
            return editing.cancel_event(content, key)
        case "restore":
            return editing.restore_event(content, key)
        case "earlier":
            return editing.exchange_event(content, key, steps=-1)
        case "later":
            return editing.exchange_event(content, key, steps=1)
        case "remove":
            return editing.remove_entry(content, Shelf.EVENTS, key)
        case _:
            raise NotThere
