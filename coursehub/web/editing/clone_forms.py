"""Forms of “new offering from this one”: where to, and what to do with dates that land badly."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from coursehub.publishing.cloning import Choice, Question, Target, first_day, whole_weeks
from coursehub.publishing.content import OfferingContent
from coursehub.publishing.schema import TermEntry
from coursehub.web.editing.entry_forms import Typed, text
from coursehub.web.editing.lines import LinesField
from coursehub.web.editing.schedule_forms import date

_KEY = RegexValidator(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z", "Small letters, digits and dashes only.")


class DaysField(LinesField):
    """Days with a reason, one on each line: ``2027-03-08 Spring break``; two days with ``to`` between are a span."""

    def line(self, entry: tuple[dt.date, str]) -> str:
        return f"{entry[0].isoformat()} {entry[1]}".strip()

    def entry(self, line: str, before: list[Any]) -> list[tuple[dt.date, str]]:
        words = line.split()
        first = _day(words[0])
        last, rest = (_day(words[2]), words[3:]) if words[1:2] == ["to"] and len(words) > 2 else (first, words[1:])
        if not 0 <= (last - first).days <= 60:
            message = "the second day must come after the first, within two months"
            raise ValueError(message)
        reason = " ".join(rest)
        return [(first + dt.timedelta(days=ahead), reason) for ahead in range((last - first).days + 1)]

    def clean(self, value: Any) -> dict[dt.date, str]:
        """Return reasons by day."""
        return {day: reason for span in super().clean(value) for day, reason in span}


class CloneForm(forms.Form):
    """The new term."""

    term_name = text("Name of the term", required=True, longest=60, help_text="For example Spring 2027.")
    term_code = forms.CharField(
        label="Short name of the term", max_length=20, validators=[_KEY], help_text="For example 2027s."
    )
    starts_on = date("It begins on", help_text="Any day of its first week of classes: dates move by whole weeks.")
    ends_on = date("It ends on", help_text="What lands later is asked about.")
    slug = forms.CharField(label="Its place in addresses", max_length=80, validators=[_KEY])
    section = text("Section", longest=20)
    no_class = DaysField(
        label="Days without class",
        rows=6,
        help_text="One on each line, with the reason: 2027-03-08 to 2027-03-12 Spring break.",
    )
    keeps_addresses = forms.BooleanField(
        label="Keep the addresses of links", required=False, help_text="Otherwise they are empty until you set them."
    )

    def __init__(self, data: Typed, *, content: OfferingContent) -> None:
        super().__init__(data)
        self.content = content
        self.fields["starts_on"].required = True

    def clean(self) -> dict[str, Any]:
        """Check that the term ends after it begins."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last <= first:
            self.add_error("ends_on", ValidationError("It must end after it begins."))
        return cleaned

    def target(self) -> Target:
        """Return the new offering as it was described."""
        said = self.cleaned_data
        began = first_day(self.content)
        return Target(
            slug=said["slug"],
            term=TermEntry(
                code=said["term_code"], name=said["term_name"], starts_on=said["starts_on"], ends_on=said["ends_on"]
            ),
            section=said["section"],
            weeks=whole_weeks(began, said["starts_on"]) if began else 0,
            no_class=said["no_class"],
            keeps_addresses=said["keeps_addresses"],
        )


class QuestionsForm(forms.Form):
    """One choice for each date that lands badly."""

    def __init__(self, data: Typed, *, questions: Sequence[Question]) -> None:
        super().__init__(data)
        self.questions = questions
        for question in questions:
            landed = f"{question.date:%a} {question.date.day} {question.date:%b}"
            following = f"{question.next:%a} {question.next.day} {question.next:%b}"
            self.fields[question.subject] = forms.ChoiceField(
                label=f"{question.title} lands on {landed}",
                choices=[
                    (Choice.NEXT.value, f"Move it to the next class day, {following}"),
                    (Choice.KEEP.value, "Keep it there"),
                    (Choice.DROP.value, "Leave it out"),
                ],
                widget=forms.RadioSelect,
            )

    def choices(self) -> dict[str, Choice]:
        """Return what was chosen, as far as it was."""
        known = {choice.value for choice in Choice}
        said = {question.subject: str(self.data.get(question.subject, "")) for question in self.questions}
        return {subject: Choice(value) for subject, value in said.items() if value in known}


def _day(said: str) -> dt.date:
    try:
        found = dt.date.fromisoformat(said)
    except ValueError as error:
        message = f"“{said}” is not a day; write it as 2027-03-08"
        raise ValueError(message) from error
    return found
