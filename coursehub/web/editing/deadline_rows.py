"""Late work in one form: late policies in rows, slip days, and how each assessment judges late work."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.paste import free_key
from coursehub.publishing.schema import DayMoment, DeadlinesFile, LatenessEntry, LatePolicyEntry, SlipDaysEntry
from coursehub.web.editing.entry_forms import MomentField, Typed, choice, text
from coursehub.web.editing.table_forms import NEW, Row
from grading.deadlines.models import LatePolicy, SlipDayPolicy

_DAYS = 32767


class PercentsField(forms.CharField):
    """Percentages with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        """Show a list as it is typed."""
        return ", ".join(f"{cap:f}" for cap in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the numbers."""
        try:
            return [Decimal(part.strip().rstrip("%").strip()) for part in (super().to_python(value) or "").split(",")
                    if part.strip()]  # fmt: skip
        except InvalidOperation as error:
            message = "Write percentages with commas between them, such as 90, 75, 50."
            raise forms.ValidationError(message) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the numbers, not how they were typed."""
        try:
            return bool(self.to_python(data) != (initial or []))
        except forms.ValidationError:
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessRow:
    """One assessment and how it judges late work."""

    title: str
    policy: forms.BoundField
    slip_days: forms.BoundField


class DeadlineRows(forms.Form):
    """Everything that ``deadlines.yaml`` holds."""

    columns = ("Name", "Takes", "Percent", "For each late", "At most, in percent", "Not below", "Cut-off", "Grace",
               "Remove")  # fmt: skip
    names = ("title", "form", "rate", "interval", "caps", "floor", "cutoff", "grace_seconds", "remove")

    def __init__(self, data: Typed, *, content: OfferingContent) -> None:
        super().__init__(data)
        self.content = content
        file = content.deadlines
        self.policies = {entry.key: entry for entry in file.late_policies}
        for key, entry in self.policies.items():
            self._add_row(key, entry, entry.title)
        self._add_row(NEW, None, "the new policy")
        self._add_slip_days(file.slip_days)
        said = {entry.assessment: entry for entry in file.assessments}
        for slug, item in content.assessments.items():
            self._add_lateness(slug, item.title, said.get(slug))

    def _add_row(self, key: str, entry: LatePolicyEntry | None, name: str) -> None:
        fields: dict[str, forms.Field] = {
            "title": text("Name", required=entry is not None, longest=120),
            "form": choice("Takes", LatePolicy.Form.choices),
            "rate": _percent("Percent"),
            "interval": choice("For each late", LatePolicy.Interval.choices),
            "caps": PercentsField(label="At most, in percent, after 1, 2, …", required=False, max_length=300),
            "floor": _percent("Not below, in percent"),
            "cutoff": _number("Nothing after so many"),
            "grace_seconds": _number("Seconds of grace", most=2_147_483_647),
        }
        if entry is not None:
            fields["remove"] = forms.BooleanField(label="Remove", required=False)
        begins = entry or LatePolicyEntry(key="new", title="New")
        for at, field in fields.items():
            field.widget.attrs["aria-label"] = f"{field.label} of {name}"
            self.fields[f"{key}:{at}"] = field
            if at != "remove":
                self.initial[f"{key}:{at}"] = "" if entry is None and at == "title" else getattr(begins, at)

    def _add_slip_days(self, entry: SlipDaysEntry | None) -> None:
        self.fields["budget"] = _number("Slip days for each student", help_text="Empty: there are none.")
        self.fields["per_assessment"] = _number("At most for one assessment", help_text="Empty: all of them.")
        self.fields["on_empty"] = choice("Once none is left", SlipDayPolicy.OnEmpty.choices)
        self.fields["locks"] = MomentField(
            label="They settle at",
            help_text="Until then students may place their days otherwise. In the course's time zone. Empty: never.",
        )
        self.initial["on_empty"] = SlipDayPolicy.OnEmpty.PENALTY.value
        if entry is not None:
            for name in ("budget", "per_assessment", "on_empty"):
                self.initial[name] = getattr(entry, name)
            self.initial["locks"] = f"{entry.locks.date}T{entry.locks.at:%H:%M}" if entry.locks else None

    def _add_lateness(self, slug: str, title: str, entry: LatenessEntry | None) -> None:
        policies = [("", "Nothing is taken off"), *((key, row.title) for key, row in self.policies.items())]
        policy = choice(f"Late policy of {title}", policies, required=False)
        slip_days = _number(f"Slip days of {title}")
        for field in (policy, slip_days):
            field.widget.attrs["aria-label"] = field.label
        self.fields[f"late:{slug}"], self.fields[f"slip:{slug}"] = policy, slip_days
        self.initial[f"late:{slug}"] = (entry.policy or "") if entry else ""
        self.initial[f"slip:{slug}"] = entry.slip_days if entry else None

    @property
    def rows(self) -> list[Row]:
        """The rows of policies that exist."""
        return [
            Row(
                key=key,
                name=entry.title,
                cells=tuple((column, self[f"{key}:{at}"]) for column, at in zip(self.columns, self.names, strict=True)),
            )
            for key, entry in self.policies.items()
        ]

    @property
    def new(self) -> list[forms.BoundField]:
        """The fields of the empty row."""
        return [self[f"{NEW}:{at}"] for at in self.names if at != "remove"]

    @property
    def slip(self) -> list[forms.BoundField]:
        """The fields of the slip days."""
        return [self[name] for name in ("budget", "per_assessment", "on_empty", "locks")]

    @property
    def lateness(self) -> list[LatenessRow]:
        """The rows of the assessments."""
        return [
            LatenessRow(title=item.title, policy=self[f"late:{slug}"], slip_days=self[f"slip:{slug}"])
            for slug, item in self.content.assessments.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Check that a new policy has a name."""
        cleaned = super().clean() or {}
        touched = [name for name in self.changed_data if name.startswith(f"{NEW}:")]
        if touched and not cleaned.get(f"{NEW}:title"):
            self.add_error(f"{NEW}:title", "Give it a name.")
        return cleaned

    def changed(self) -> OfferingContent:
        """Return the content with late work as typed; what used a policy that is removed takes nothing off."""
        kept = [self._policy(key) for key in self.policies if not self.cleaned_data.get(f"{key}:remove")]
        if self.cleaned_data[f"{NEW}:title"]:
            kept.append(self._policy(NEW))
        keys = {entry.key for entry in kept}
        lateness = [
            LatenessEntry(
                assessment=slug,
                policy=policy if (policy := self.cleaned_data[f"late:{slug}"] or None) in keys else None,
                slip_days=self.cleaned_data[f"slip:{slug}"],
            )
            for slug in self.content.assessments
        ]
        file = DeadlinesFile(late_policies=kept, slip_days=self._slip_days(), assessments=lateness)
        return self.content.model_copy(update={"deadlines": file})

    def _policy(self, key: str) -> LatePolicyEntry:
        typed = {at: self.cleaned_data[f"{key}:{at}"] for at in self.names if at != "remove"}
        for at in ("rate", "floor", "grace_seconds"):
            typed[at] = typed[at] or 0
        own = free_key(typed["title"], self.policies, fallback="policy") if key == NEW else key
        return LatePolicyEntry(key=own, **typed)

    def _slip_days(self) -> SlipDaysEntry | None:
        typed = self.cleaned_data
        if typed["budget"] is None:
            return None
        before = self.content.deadlines.slip_days
        locks = before.locks if before and "locks" not in self.changed_data else None
        if "locks" in self.changed_data and typed["locks"]:
            locks = DayMoment(date=typed["locks"].date(), at=typed["locks"].time())
        return SlipDaysEntry(
            budget=typed["budget"],
            per_assessment=typed["per_assessment"],
            on_empty=typed["on_empty"],
            locks=locks,
        )


def _percent(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_value=100, max_digits=7, decimal_places=4,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip


def _number(label: str, *, most: int = _DAYS, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, help_text=help_text)
