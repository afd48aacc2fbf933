"""The schedule as a table; rows pasted from elsewhere."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.datastructures import MultiValueDict

from coursehub.publishing import editing
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.paste import Around, Column, Pasted, guess_columns, read_rows
from coursehub.publishing.refusals import NotATable
from coursehub.publishing.schema import EventEntry
from coursehub.publishing.tables import MOST_CHARACTERS, Table, columns_of, read_table
from coursehub.web import words
from coursehub.web.borders import SignedInRequest, signed_in
from coursehub.web.editing.desk import Desk, Sheet, open_desk
from coursehub.web.editing.entry_forms import Typed
from coursehub.web.editing.structure_forms import StructureForm
from coursehub.web.editing.table_forms import ScheduleRows
from coursehub.web.pages.editing import Held
from coursehub.web.pages.editor import FormPage, PasteColumn, PastedLine, PastePage, SchedulePage
from coursehub.web.pages.frame import Link


@signed_in("GET", "HEAD", "POST")
def edit_schedule(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Edit every event in one table."""
    desk = open_desk(request, offering)
    form = ScheduleRows(desk.typed, content=desk.content)
    command = desk.said("do")

    def show(held: Held) -> HttpResponseBase:
        page = SchedulePage(
            frame=desk.frame("Schedule"),
            form=form,
            held=held,
            offering=desk.offering.slug,
            add_url=desk.url("edit_entry_add", "events"),
            paste_url=desk.url("edit_paste"),
            series_url=desk.url("edit_shelf", "series"),
        )
        return TemplateResponse(request, "editing/schedule.html", {"page": page})

    return desk.answer(
        Sheet(
            title="Schedule",
            form=form,
            change=lambda: form.changed(command),
            done=desk.url("edit_schedule"),
            show=show,
        )
    )


@signed_in("GET", "HEAD", "POST")
def edit_structure(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Edit weeks, parts of the class, teams and groups of modules as lines."""
    desk = open_desk(request, offering)
    form = StructureForm(desk.typed, content=desk.content)
    done = desk.url("edit_home")

    def show(held: Held) -> HttpResponseBase:
        page = FormPage(
            frame=desk.frame("Weeks, teams and groups"),
            heading="Weeks, teams and groups",
            lead="One thing on each line, its parts between bars. What others point at by its key keeps that key.",
            form=form,
            checked=form,
            held=held,
            back_url=done,
        )
        return TemplateResponse(request, "editing/form.html", {"page": page})

    return desk.answer(Sheet(title="Weeks, teams and groups", form=form, change=form.changed, done=done, show=show))


class PasteForm(forms.Form):
    """What was pasted, and how to read it. The columns are added once there is a table."""

    text = forms.CharField(
        label="Rows",
        max_length=MOST_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "wrap": "off", "class": "pasted"}),
        help_text="Cells copied from a spreadsheet, the source of an HTML table, or a Markdown table.",
    )
    has_header = forms.BooleanField(label="The first row holds headings", required=False)
    day_first = forms.BooleanField(label="In dates such as 3/4 the day comes first", required=False)

    data: MultiValueDict[str, Any]

    def __init__(self, data: Typed) -> None:
        super().__init__(data, initial={"has_header": True})
        self.table: Table | None = None

    def clean(self) -> dict[str, object]:
        """Read the table, and offer a choice for each of its columns."""
        cleaned = super().clean() or {}
        if "text" not in cleaned:
            return cleaned
        try:
            self.table = read_table(str(cleaned["text"]), has_header=bool(cleaned.get("has_header")))
        except NotATable as refusal:
            self.add_error("text", refusal.sentence)
            return cleaned
        for at, guess in enumerate(guess_columns(self.table)):
            field = forms.ChoiceField(
                label=f"Column {at + 1}", choices=[(column.value, column.label) for column in Column]
            )
            self.fields[f"column-{at}"] = field
            self.initial[f"column-{at}"] = guess.value
            if f"column-{at}" not in self.data:
                # Seen for the first time: the guess stands in for what was not asked yet.
                self.data = MultiValueDict({**dict(self.data.lists()), f"column-{at}": [guess.value]})
        return cleaned

    def columns(self) -> list[Column]:
        """Return what each column holds, as chosen."""
        assert self.table is not None  # noqa: S101  # asked only of a form that is valid
        chosen = (str(self.data.get(f"column-{at}", "")) for at in range(self.table.width))
        return [Column(name) if name in {column.value for column in Column} else Column.SKIP for name in chosen]


@signed_in("GET", "HEAD", "POST")
def edit_paste(request: SignedInRequest, offering: str) -> HttpResponseBase:
    """Paste rows; say what each column holds; look at the events; add them."""
    desk = open_desk(request, offering)
    form = PasteForm(desk.typed)
    pasted = _read(desk, form) if form.is_bound and form.is_valid() else None
    adds = desk.typed is not None and "add" in desk.typed

    def show(held: Held) -> HttpResponseBase:
        page = PastePage(
            frame=desk.frame("Paste rows", Link(label="Schedule", url=desk.url("edit_schedule"))),
            form=form,
            held=held,
            columns=_columns(form),
            lines=_lines(desk.content, pasted) if pasted else (),
            problems=tuple(f"Row {one.row}: {one.sentence}" for one in pasted.problems) if pasted else (),
            text=str(form.data.get("text", "")),
            back_url=desk.url("edit_schedule"),
        )
        return TemplateResponse(request, "editing/paste.html", {"page": page})

    if not adds or pasted is None:
        return show(desk.held())

    def change() -> OfferingContent:
        return editing.add_pasted(desk.content, pasted)

    return desk.answer(Sheet(title="Paste rows", form=form, change=change, done=desk.url("edit_schedule"), show=show))


def _read(desk: Desk, form: PasteForm) -> Pasted:
    assert form.table is not None  # noqa: S101  # the form is valid
    return read_rows(form.table, form.columns(), _around(desk.content, day_first=bool(form.cleaned_data["day_first"])))


def _around(content: OfferingContent, *, day_first: bool) -> Around:
    dated = sorted(event.date for event in content.schedule.events if event.date)
    term = content.offering.term
    if dated:
        near = dated[len(dated) // 2]
    elif term.starts_on:
        near = term.starts_on + dt.timedelta(days=60)
    else:
        near = dt.datetime.now(tz=dt.UTC).date()
    return Around(
        near=near,
        staff={member.name: member.key for member in content.offering.staff},
        events=[event.key for event in content.schedule.events],
        materials={(material.title, material.url): material.key for material in content.materials.materials},
        weeks=[week.number for week in content.schedule.weeks],
        day_first=day_first,
    )


def _columns(form: PasteForm) -> tuple[PasteColumn, ...]:
    if form.table is None:
        return ()
    return tuple(
        PasteColumn(heading=heading, samples=tuple(samples), field=form[f"column-{at}"])
        for at, (heading, samples) in enumerate(columns_of(form.table))
    )


def _lines(content: OfferingContent, pasted: Pasted) -> tuple[PastedLine, ...]:
    known = {(event.date, event.title.casefold()) for event in content.schedule.events}
    return tuple(
        PastedLine(
            when=_when(event),
            title=event.title,
            kind=event.kind.label,
            place=event.location or words.DASH,
            more=_more(event),
            is_known=(event.date, event.title.casefold()) in known,
        )
        for event in pasted.events
    )


def _when(event: EventEntry) -> str:
    day = f"{event.date:%a} {event.date.day} {event.date:%b %Y}" if event.date else "TBD"
    if event.start is None:
        return day
    return f"{day}, {event.start:%H:%M}" + (f"{words.DASH}{event.end:%H:%M}" if event.end else "")


def _more(event: EventEntry) -> str:
    parts = [speaker.staff or speaker.name for speaker in event.speakers]
    if event.materials:
        parts.append(words.plural(len(event.materials), "material"))
    if event.details:
        parts.append("details")
    return words.listed(parts)
