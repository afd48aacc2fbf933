"""What somebody hands in, and when, to see what lateness would cost."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from coursehub.publishing.moments import exists
from coursehub.web.editing.entry_forms import Typed, choice
from coursehub.web.editing.schedule_forms import clock, date
from grading.assessments.models import Assessment


class LatenessForm(forms.Form):
    """An assessment, points, a moment on the wall of the offering, and slip days that are left."""

    assessment = choice("Assessment", ())
    points = forms.DecimalField(label="Points that it earns", min_value=0, max_digits=12, decimal_places=4)
    on = date("Handed in on")
    at = clock("At")
    slip_days = forms.IntegerField(label="Slip days left", required=False, min_value=0, max_value=365)

    def __init__(self, data: Typed, *, assessments: Sequence[Assessment], zone: ZoneInfo) -> None:
        super().__init__(data)
        self.assessments = {row.slug: row for row in assessments}
        self.zone = zone
        field = self.fields["assessment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
        field.choices = [(row.slug, row.title) for row in assessments]
        self.fields["on"].required = self.fields["at"].required = True
        first = self.chosen()
        if first is not None and first.due_at is not None and data is None:
            due = first.due_at.astimezone(zone) + dt.timedelta(hours=1)
            self.initial = {"points": first.max_points.normalize(), "on": due.date(), "at": due.time()}

    def chosen(self) -> Assessment | None:
        """Return the assessment that is asked about: the chosen one, or the first that is due at some time."""
        named = self.assessments.get(str(self.data.get("assessment", "")))
        due = [row for row in self.assessments.values() if row.due_at is not None]
        return named or next(iter(due), None)

    def clean(self) -> dict[str, Any]:
        """Check that the clocks show this time on this day."""
        cleaned = super().clean() or {}
        on, at = cleaned.get("on"), cleaned.get("at")
        if on and at and not exists(on, at, self.zone):
            self.add_error("at", f"On {on} the clocks go forward over {at:%H:%M}.")
        return cleaned

    @property
    def submitted_at(self) -> dt.datetime:
        """The moment, once the form is valid."""
        return dt.datetime.combine(self.cleaned_data["on"], self.cleaned_data["at"], tzinfo=self.zone)
