"""What somebody asks of their own grades. Nothing of it is stored."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from grading.engine.goals import Assumption
from grading.engine.points import told
from grading.engine.scheme import Item, Key, LetterCutoff
from grading.gradebook.own_questions import Goal

HIGHEST_GOAL = Decimal(200)
_ASSUMPTIONS = (
    (Assumption.CURRENT.value, "as well as what counts so far in the same part"),
    (Assumption.FLOOR.value, "nothing"),
    (Assumption.CEILING.value, "full marks"),
)


class AskForm(forms.Form):
    """Scores to try out, and a goal. Sent by GET, with or without JavaScript."""

    goal_item = forms.ChoiceField(required=False, label="On which item")
    goal_letter = forms.ChoiceField(required=False, label="For which letter")
    goal_total = forms.DecimalField(
        required=False, min_value=0, max_value=HIGHEST_GOAL, max_digits=9, decimal_places=4, label="Or for a total of",
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip
    assume = forms.ChoiceField(
        required=False, label="Everything else that is pending earns", choices=_ASSUMPTIONS, widget=forms.RadioSelect,
        initial=Assumption.CURRENT.value,
    )  # fmt: skip

    def __init__(
        self,
        query: QueryDict,
        *,
        items: Sequence[Item],
        pending: Sequence[Item],
        letters: Sequence[LetterCutoff],
        now: Mapping[Key, str],
    ) -> None:
        """Ask about `items`; `now` says what each has."""
        self._scores = {f"score-{item.key}": item.key for item in items}
        self._pending = {str(item.key): item for item in pending}
        self.is_asked = any(query.get(name, "").strip() for name in (*self._scores, "goal_item"))
        super().__init__(query if self.is_asked else None)
        for item in items:
            self.fields[f"score-{item.key}"] = _score_field(item, now.get(item.key, ""))
        _choices(self, "goal_item", [("", "Choose"), *((key, item.title) for key, item in self._pending.items())])
        falling = sorted(letters, key=lambda one: one.lower_bound, reverse=True)
        reached = [one for one in falling if one.lower_bound > 0]
        _choices(self, "goal_letter", [("", "Choose"), *((one.label, _letter(one)) for one in reached)])
        if not reached:
            del self.fields["goal_letter"]
            self.fields["goal_total"].label = "For a total of"

    def clean(self) -> dict[str, object]:
        """Refuse a goal without a target."""
        found = super().clean() or {}
        is_whole = "goal_letter" not in self.errors and "goal_total" not in self.errors
        if is_whole and found.get("goal_item") and not found.get("goal_letter") and found.get("goal_total") is None:
            has_letters = "goal_letter" in self.fields
            self.add_error("goal_total", f"{'Choose a letter or enter' if has_letters else 'Enter'} a total to reach.")
        return found

    @property
    def pending_scores(self) -> list[BoundField]:
        """The fields of what is not graded yet."""
        return [self[name] for name, key in self._scores.items() if str(key) in self._pending]

    @property
    def other_scores(self) -> list[BoundField]:
        """The fields of everything else."""
        return [self[name] for name, key in self._scores.items() if str(key) not in self._pending]

    @property
    def goal_fields(self) -> list[BoundField]:
        """The fields of the goal."""
        return [self[name] for name in ("goal_item", "goal_letter", "goal_total", "assume") if name in self.fields]

    @property
    def can_ask_for_goals(self) -> bool:
        """Whether anything is pending."""
        return bool(self._pending)

    def scores(self) -> dict[Key, Decimal]:
        """Return the scores to try out, once the form is valid."""
        typed = ((key, self.cleaned_data.get(name)) for name, key in self._scores.items())
        return {key: points for key, points in typed if points is not None}

    def goal(self) -> Goal | None:
        """Return the goal, once the form is valid; None where nothing is asked."""
        item = self._pending.get(self.cleaned_data.get("goal_item", ""))
        if item is None:
            return None
        total = self.cleaned_data.get("goal_total")
        return Goal(
            item=item.key, letter="" if total is not None else self.cleaned_data.get("goal_letter", ""), total=total,
            assumption=Assumption(self.cleaned_data.get("assume") or Assumption.CURRENT.value),
        )  # fmt: skip


def _score_field(item: Item, now: str) -> forms.DecimalField:
    return forms.DecimalField(
        required=False, min_value=0, max_value=item.max_points, max_digits=12, decimal_places=4, label=item.title,
        help_text=f"of {told(Fraction(item.max_points))}{f'; now {now}' if now else ''}",
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip


def _choices(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
    field.choices = list(choices)


def _letter(cutoff: LetterCutoff) -> str:
    return f"{cutoff.label} (from {cutoff.lower_bound.normalize():f})"
