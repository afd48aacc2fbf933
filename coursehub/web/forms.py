"""Forms that are ordinary enough for Django's."""

from collections.abc import Sequence

from django import forms

from coursehub.accounts.models import TokenScope
from coursehub.schedule.models import Event
from coursehub.web.moments import day
from grading.assessments.models import Assessment, SuiteVersion
from grading.gradebook.models import RegradeBatch
from grading.gradebook.regrading import MOST_CHARACTERS
from grading.submissions.models import JobState
from grading.submissions.queries import TO_MARK
from runners.protocol import Verdict


class TokenForm(forms.Form):
    """A new API token."""

    label = forms.CharField(max_length=100, label="Label", help_text="What it is for, such as “my laptop”.")
    scopes = forms.MultipleChoiceField(
        label="It may", choices=TokenScope.choices, widget=forms.CheckboxSelectMultiple, initial=[TokenScope.READ]
    )


class SlotForm(forms.Form):
    """A new slot for a presentation."""

    event = forms.ChoiceField(label="When", help_text="The session at which it is presented.")
    title = forms.CharField(max_length=300, label="What", help_text="For example the title of a paper.")
    note = forms.CharField(max_length=300, required=False, label="Note", help_text="Optional.")
    capacity = forms.IntegerField(
        min_value=1, max_value=500, initial=1, label="Places", help_text="How many people present it together."
    )

    def __init__(self, data: object, events: Sequence[Event]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        self._events = {event.key: event for event in events}
        field = self.fields["event"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
        field.choices = [
            (event.key, f"{day(event.date).text if event.date else 'TBD'}: {event.title}") for event in events
        ]

    @property
    def has_sessions(self) -> bool:
        """Whether there is a session to choose."""
        return bool(self._events)

    @property
    def event_chosen(self) -> Event:
        """The session, once the form is valid."""
        return self._events[self.cleaned_data["event"]]


class RegradeForm(forms.Form):
    """A class graded again."""

    suite = forms.ChoiceField(label="By which version")
    scope = forms.ChoiceField(label="What", choices=RegradeBatch.Scope.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        max_length=MOST_CHARACTERS,
        label="Why",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Students read it beside their new grade once you approve.",
    )
    idempotency_key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: object, versions: Sequence[tuple[SuiteVersion, str]], *, initial: dict[str, str]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # a QueryDict or None
        self._versions = {str(version.pk): version for version, _ in versions}
        field = self.fields["suite"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
        field.choices = [(str(version.pk), label) for version, label in versions]

    @property
    def version_chosen(self) -> SuiteVersion:
        """The version, once the form is valid."""
        return self._versions[self.cleaned_data["suite"]]


class FilterForm(forms.Form):
    """The filters of the staff's list. What does not fit is ignored, not punished."""

    text = forms.CharField(required=False, max_length=100, label="Name or e-mail", widget=forms.TextInput)
    assessment = forms.ChoiceField(required=False, label="Assessment")
    state = forms.ChoiceField(
        required=False, label="State", choices=[("", "Any"), (TO_MARK, "To be marked by a person"), *JobState.choices]
    )
    verdict = forms.ChoiceField(
        required=False,
        label="Result",
        choices=[
            ("", "Any"),
            (Verdict.PASSED.value, "Passed"),
            (Verdict.PARTIAL.value, "Partly passed"),
            (Verdict.FAILED.value, "Failed"),
        ],
    )

    def __init__(self, data: object, assessments: Sequence[Assessment]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        field = self.fields["assessment"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
        field.choices = [("", "Any"), *((item.slug, item.title) for item in assessments)]

    def value(self, name: str) -> str:
        """Return a filter that was understood, or an empty text."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")
