"""Forms about deadlines: grant time, ask for it, decide, place slip days."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.datastructures import MultiValueDict

from coursehub.courses.models import Cohort
from coursehub.participation.models import Team
from grading.assessments.models import Assessment
from grading.deadlines.models import Extension, ExtensionRule, SlipDayEntry
from grading.deadlines.services import MOST_TIME, Given

Typed = MultiValueDict[str, Any] | None
MOST_DAYS = 400
_KEPT = ("due_at", "closes_at", "has_no_end", "tries", "time_factor", "reason_shown", "reason_private")


class ZonedMomentField(forms.DateTimeField):
    """A moment that is typed on the wall of a course's time zone."""

    zone: ZoneInfo = ZoneInfo("UTC")

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a moment on that wall."""
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(self.zone).replace(tzinfo=None)
        return value

    def to_python(self, value: Any) -> Any:
        """Return the moment, aware: Django alone would take it for one in the server's own zone."""
        moment = super().to_python(value)
        return None if moment is None else moment.replace(tzinfo=self.zone)


class GivenForm(forms.Form):
    """What an extension gives, and why."""

    days = forms.IntegerField(
        label="Days more",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="After everybody's deadline. Or enter a date instead.",
    )
    due_at = ZonedMomentField(label="Due", required=False)
    closes_at = ZonedMomentField(
        label="Closes", required=False, help_text="Empty: as for everybody, and never before it is due."
    )
    has_no_end = forms.BooleanField(label="Never due, never closed", required=False)
    tries = forms.IntegerField(
        label="Tries", required=False, min_value=1, max_value=32767, help_text="Empty: as many as everybody."
    )
    time_factor = forms.DecimalField(
        label="Time factor",
        required=False,
        min_value=1,
        max_value=MOST_TIME,
        max_digits=5,
        decimal_places=2,
        help_text="Of the length of a quiz or exam, for example 1.5.",
    )
    reason_shown = forms.CharField(
        label="Reason that they read", required=False, max_length=300, help_text="Everybody whom it reaches reads it."
    )
    reason_private = forms.CharField(
        label="Reason for staff only", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Typed, *, zone: ZoneInfo, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        _in_zone(self, zone)

    def clean(self) -> dict[str, Any]:
        """Refuse both days and a date."""
        cleaned = super().clean() or {}
        if cleaned.get("days") and cleaned.get("due_at"):
            self.add_error("days", "Enter days or a date, not both.")
        return cleaned

    @property
    def given(self) -> Given:
        """What is given, once the form is valid."""
        typed = self.cleaned_data
        return Given(
            days=typed["days"],
            due_at=typed["due_at"],
            closes_at=typed["closes_at"],
            has_no_end=typed["has_no_end"],
            tries=typed["tries"],
            time_factor=typed["time_factor"],
        )


class ChangeForm(GivenForm):
    """An extension as it stands, to change."""

    version = forms.IntegerField(min_value=1, max_value=2_147_483_647, widget=forms.HiddenInput)

    def __init__(self, data: Typed, *, extension: Extension, zone: ZoneInfo) -> None:
        names = (
            "due_at",
            "closes_at",
            "has_no_end",
            "tries",
            "time_factor",
            "reason_shown",
            "reason_private",
            "version",
        )
        super().__init__(data, zone=zone, initial={name: getattr(extension, name) for name in names})


class GrantForm(GivenForm):
    """An extension for people, teams or cohorts, in one or more assessments."""

    field_order = ("assessments", "people", "teams", "cohorts")
    assessments = forms.MultipleChoiceField(label="Assessments", widget=forms.CheckboxSelectMultiple)
    people = forms.CharField(
        label="People",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="E-mail addresses, one on each line.",
    )
    teams = forms.MultipleChoiceField(label="Teams", required=False, widget=forms.CheckboxSelectMultiple)
    cohorts = forms.MultipleChoiceField(label="Sections", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self,
        data: Typed,
        *,
        zone: ZoneInfo,
        assessments: Sequence[Assessment],
        teams: Sequence[Team],
        cohorts: Sequence[Cohort],
    ) -> None:
        super().__init__(data, zone=zone)
        self._assessments = {item.slug: item for item in assessments}
        self._teams = {str(team.pk): team for team in teams}
        self._cohorts = {cohort.key: cohort for cohort in cohorts}
        _offer(self, "assessments", [(item.slug, item.title) for item in assessments])
        _offer(self, "teams", [(str(team.pk), f"{team.team_set}: {team}") for team in teams])
        _offer(self, "cohorts", [(cohort.key, cohort.name) for cohort in cohorts])

    @property
    def assessments_chosen(self) -> list[Assessment]:
        """Once the form is valid."""
        return [self._assessments[slug] for slug in self.cleaned_data["assessments"]]

    @property
    def emails(self) -> list[str]:
        """The addresses that were typed, once the form is valid."""
        return str(self.cleaned_data["people"]).replace(",", "\n").split()

    @property
    def groups(self) -> list[Team | Cohort]:
        """The teams and cohorts that were chosen, once the form is valid."""
        teams = [self._teams[pk] for pk in self.cleaned_data.get("teams", ())]
        return [*teams, *(self._cohorts[key] for key in self.cleaned_data.get("cohorts", ()))]


class AskForm(forms.Form):
    """A student asks for more time."""

    wanted_due_at = ZonedMomentField(label="Until when")
    reason = forms.CharField(
        label="Why",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Only the staff reads it. You need not name an illness.",
    )
    idempotency_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Typed, *, zone: ZoneInfo) -> None:
        super().__init__(data, initial={"idempotency_key": uuid.uuid4().hex})
        _in_zone(self, zone)


class DecideForm(forms.Form):
    """Staff decide on a request."""

    due_at = ZonedMomentField(label="Another date", required=False, help_text="Empty: the one that was asked for.")
    reply = forms.CharField(
        label="Reply", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Sent to the student. To refuse, write why.",
    )  # fmt: skip

    def __init__(self, data: Typed, *, zone: ZoneInfo, prefix: str = "") -> None:
        super().__init__(data, prefix=prefix or None)
        _in_zone(self, zone)


class RuleForm(forms.Form):
    """Which requests are granted at once."""

    is_on = forms.BooleanField(label="Grant requests by this rule", required=False)
    most_days = forms.IntegerField(
        label="At most so many days", min_value=1, max_value=MOST_DAYS, help_text="Beyond everybody's deadline."
    )
    most_requests = forms.IntegerField(label="So often for each student", min_value=1, max_value=MOST_DAYS)
    hours_before = forms.IntegerField(
        label="Hours before it is due, at the latest", min_value=0, max_value=10_000, help_text="0: until it is due."
    )

    def __init__(self, data: Typed, *, rule: ExtensionRule) -> None:
        super().__init__(data, initial={name: getattr(rule, name) for name in self.base_fields})


class PersonForm(forms.Form):
    """More time in quizzes, or slip days, for one person."""

    email = forms.EmailField(label="Person", help_text="Their e-mail address.")
    time_factor = forms.DecimalField(
        label="Time factor of all quizzes and exams",
        required=False,
        min_value=1,
        max_value=MOST_TIME,
        max_digits=5,
        decimal_places=2,
        help_text="For example 1.5; 1 takes it back. Empty: as it is.",
    )
    kind = forms.ChoiceField(
        label="Slip days",
        choices=[
            (SlipDayEntry.Kind.BONUS, "Give"),
            (SlipDayEntry.Kind.WITHDRAWN, "Take back"),
        ],
    )
    days = forms.IntegerField(label="How many", required=False, min_value=1, max_value=100, help_text="Empty: none.")
    note = forms.CharField(label="Why", required=False, max_length=300, help_text="The student reads it.")


class PlaceForm(forms.Form):
    """Where a student wants their slip days."""

    def __init__(self, data: Typed, *, assessments: Iterable[Assessment], charged: dict[int, int]) -> None:
        super().__init__(data)
        self._assessments = {f"days-{item.pk}": item for item in assessments}
        for name, item in self._assessments.items():
            self.fields[name] = forms.IntegerField(
                label=f"Days for {item.title}", min_value=0, max_value=MOST_DAYS, initial=charged.get(item.pk, 0)
            )

    @property
    def declared(self) -> dict[Assessment, int]:
        """The days for each assessment, once the form is valid."""
        return {item: self.cleaned_data[name] for name, item in self._assessments.items()}


def _in_zone(form: forms.Form, zone: ZoneInfo) -> None:
    for field in form.fields.values():
        if isinstance(field, ZonedMomentField):
            field.zone = zone
            field.help_text = f"{field.help_text} In {zone.key.replace('_', ' ')}.".strip()


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  # for the type checker
    field.choices = choices
    if not choices:
        del form.fields[name]
