"""Forms for events, the things that repeat, assessments and their dates."""

from collections.abc import Mapping
from typing import Any

from django import forms

from coursehub.publishing.content import AssessmentContent, OfferingContent
from coursehub.publishing.editing_grading import count_in, flat_nodes
from coursehub.publishing.schema import Anchor, DayMoment, EventEntry, SeriesEntry
from coursehub.schedule.models import Event, EventKind
from coursehub.web.editing.entry_forms import EntryForm, address, body, choice, offer, text
from coursehub.web.editing.lines import LinesField, MaterialsField, PartsField, SpeakersField
from grading.assessments.models import AnchoredDate, Assessment, AssessmentKind, CountingTry

DATES = {"release": "Released", "due": "Due", "closes": "Closes", "solutions": "Solutions"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def date(label: str, *, help_text: str = "") -> forms.DateField:
    """Return a field for a day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, help_text=help_text)


def clock(label: str, *, help_text: str = "") -> forms.TimeField:
    """Return a field for a time of day."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, help_text=help_text)


def several(label: str, *, help_text: str = "") -> forms.MultipleChoiceField:
    """Return a field for any number of things."""
    return forms.MultipleChoiceField(
        label=label, required=False, widget=forms.CheckboxSelectMultiple, help_text=help_text
    )


def whole(value: Any) -> int | None:
    """Return a number that a choice names, or None."""
    return int(value) if value not in (None, "") else None


class EventForm(EntryForm):
    """Everything about one event."""

    makes = EventEntry
    title = text("Title", required=True, longest=300)
    kind = choice("Kind", EventKind.choices)
    date = date("Date", help_text="Empty: to be announced.")
    start = clock("From")
    end = clock("To")
    week = forms.TypedChoiceField(label="Week", required=False, coerce=whole, empty_value=None)
    location = text("Place", longest=120)
    online_url = address("Address of the online session")
    status = choice("Status", Event.Status.choices)
    attendance = choice("Attendance", Event.Attendance.choices)
    details = body("Details", rows=6)
    speakers = SpeakersField(label="Speakers", rows=2)
    materials = MaterialsField(label="Materials", help_text="One on each line: key | required | where | note.")
    series = choice("Part of", (), required=False)
    group = choice("One of several sessions of", (), required=False)
    tags = LinesField(label="Tags", rows=2, help_text="One on each line, in small letters.")
    modules = several("Modules")
    cohorts = several("Only for", help_text="None: everybody.")

    def prepare(self) -> None:
        """Offer what there is in this course."""
        super().prepare()
        schedule, content = self.content.schedule, self.content
        offer(
            self, "week", [(week.number, week.label or f"Week {week.number}") for week in schedule.weeks], empty="None"
        )
        offer(self, "series", [(series.key, series.title) for series in schedule.series], empty="Nothing that repeats")
        offer(self, "group", [(group.key, group.title) for group in schedule.groups], empty="Nothing")
        offer(self, "modules", [(unit.key, f"{unit.number} {unit.title}") for unit in content.modules.modules])
        offer(self, "cohorts", [(cohort.key, cohort.name) for cohort in content.offering.cohorts])

    def values(self) -> dict[str, Any]:
        """Return what was typed; an empty choice is nothing."""
        values = super().values()
        return {name: None if name in {"series", "group"} and not value else value for name, value in values.items()}


class SeriesForm(EntryForm):
    """Something that repeats weekly: lectures, office hours."""

    makes = SeriesEntry
    title = text("Title", required=True)
    kind = choice("Kind", EventKind.choices)
    weekdays = several("On", help_text="None: to be announced.")
    start = clock("From")
    end = clock("To")
    first_on = date("First on")
    last_on = date("Last on")
    location = text("Place", longest=120)
    online_url = address("Address of the online session")
    note = text("Note", longest=300)
    staff = several("Held by")

    def prepare(self) -> None:
        """Offer the weekdays and the staff."""
        super().prepare()
        offer(self, "weekdays", [(day, day.capitalize()) for day in WEEKDAYS])
        offer(self, "staff", [(member.key, member.name) for member in self.content.offering.staff])


class AssessmentForm(EntryForm):
    """Facts of an assessment; each of its dates is a moment, or follows an event."""

    makes = AssessmentContent
    title = text("Title", required=True)
    kind = choice("Kind", AssessmentKind.choices)
    purpose = choice("What it is for", Assessment.Purpose.choices)
    max_points = forms.DecimalField(label="Points", min_value=0, max_digits=12, decimal_places=4)
    listed = forms.BooleanField(label="Shown on public pages", required=False, initial=True)
    solutions_url = address("Address of the solutions")
    tries = forms.IntegerField(label="Tries", required=False, min_value=1, help_text="Empty: as many as you like.")
    counting = choice("Of several tries", CountingTry.choices)
    accepted = LinesField(label="Accepted files", rows=3, help_text="One on each line, for example *.py.")
    required = LinesField(label="Required files", rows=3, help_text="One on each line.")
    pledge = body("Pledge", rows=2, help_text="A sentence to sign with each submission; empty: none.")
    ai_disclosure = choice("Saying which AI tools were used", Assessment.AiDisclosure.choices)
    event = choice("Sat at", (), required=False)
    team_set = choice("Teams", (), required=False)
    depends_on = choice("Builds on", (), required=False)
    counts_in = choice("Counts in this row of the grading", (), required=False)
    modules = several("Modules")
    parts = PartsField(label="Parts", help_text="One on each line: kind | title | optional | note.")
    materials = MaterialsField(label="Materials", help_text="One on each line: key | required | where | note.")
    body_md = body("Instructions")

    def prepare(self) -> None:
        """Add five fields for each date, and offer what there is in this course."""
        super().prepare()
        content = self.content
        events = [(event.key, _named(event)) for event in content.schedule.events]
        for which in DATES:
            self._add_date(which, events)
        offer(self, "event", events, empty="No event")
        offer(self, "team_set", [(teams.key, teams.title) for teams in content.offering.team_sets], empty="Alone")
        rows = [(node.key, node.label) for _, node in flat_nodes(content.grading.nodes) if not node.parts]
        offer(self, "counts_in", rows, empty="None")
        self.initial["counts_in"] = next(iter(self._counted_in()), "")
        others = [(key, other.title) for key, other in content.assessments.items() if other is not self.entry]
        offer(self, "depends_on", others, empty="Nothing")
        offer(self, "modules", [(unit.key, f"{unit.number} {unit.title}") for unit in content.modules.modules])

    def clean(self) -> dict[str, Any]:
        """Put each date together from its five fields."""
        cleaned = super().clean() or {}
        for which in DATES:
            cleaned[which] = self._date(cleaned, which)
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return what was typed, dates put together, an empty choice as nothing."""
        values = super().values()
        values |= {name: None for name in ("event", "team_set", "depends_on") if values.get(name) == ""}
        return values | {which: self.cleaned_data[which] for which in DATES}

    def beside(self, content: OfferingContent, key: str) -> OfferingContent:
        """Let the assessment count in the chosen row, and in no other."""
        if "counts_in" not in self.changed_data:
            return content
        return count_in(content, key, node=self.cleaned_data["counts_in"])

    def _counted_in(self) -> list[str]:
        key = next((key for key, entry in self.content.assessments.items() if entry is self.entry), "")
        return [node.key for _, node in flat_nodes(self.content.grading.nodes) if key in node.assessments]

    @property
    def date_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of each date, under its name."""
        return [(label, [self[f"{which}_{part}"] for part in _PARTS]) for which, label in DATES.items()]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """All other fields."""
        dates = {f"{which}_{part}" for which in DATES for part in _PARTS}
        return [field for field in self.visible_fields() if field.name not in dates]

    def _add_date(self, which: str, events: list[tuple[str, str]]) -> None:
        said = getattr(self.entry, which, None)
        anchor = said if isinstance(said, Anchor) else None
        moment = said if isinstance(said, DayMoment) else None
        fields: Mapping[str, tuple[forms.Field, Any]] = {
            "date": (date("Day"), moment.date if moment else None),
            "at": (clock("At"), said.at if said else None),
            "event": (choice("Or with", [("", "No event"), *events], required=False), anchor.event if anchor else ""),
            "edge": (choice("At its", AnchoredDate.Edge.choices, required=False), anchor.edge if anchor else "start"),
            "days": (
                forms.IntegerField(label="Days later", required=False, min_value=-400, max_value=400),
                anchor.days if anchor else None,
            ),
        }
        for part, (field, value) in fields.items():
            self.fields[f"{which}_{part}"] = field
            self.initial[f"{which}_{part}"] = value

    def _date(self, cleaned: Mapping[str, Any], which: str) -> Anchor | DayMoment | None:
        day, at, event, edge, days = (cleaned.get(f"{which}_{part}") for part in _PARTS)
        if event:
            if day:
                self.add_error(f"{which}_date", "Give either a day or an event.")
            return Anchor(event=event, edge=AnchoredDate.Edge(edge or "start"), days=days or 0, at=at)
        if day and not at:
            self.add_error(f"{which}_at", "Say at what time, for example 23:59.")
            return None
        if at and not day:
            self.add_error(f"{which}_date", "Say on which day, or with which event.")
            return None
        return DayMoment(date=day, at=at) if day and at else None


_PARTS = ("date", "at", "event", "edge", "days")


def _named(event: EventEntry) -> str:
    return f"{event.title}, {event.date:%a} {event.date.day} {event.date:%b}" if event.date else f"{event.title}, TBD"
