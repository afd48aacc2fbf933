"""The grading scheme as one form: a group of fields for each row of the table, what counts in which, and the totals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing_grading import (
    Move,
    add_node,
    count_in,
    flat_nodes,
    move_node,
    moves_of,
    publish_grading,
    replace_grading,
)
from coursehub.publishing.paste import free_key
from coursehub.publishing.refusals import NotThere
from coursehub.publishing.schema import NodeEntry, RuleEntry
from coursehub.publishing.schema_work import MOST_DECIMALS
from coursehub.web.editing.entry_forms import Typed, choice, text
from coursehub.web.editing.lines import LinesField
from grading.gradebook.models import GradeNode, GradingScheme, ParticipationRule

NEW = "+"
"""Begins the names of the fields of the new row; no key can hold it."""
COUNTS = "="
"""Begins the names of the fields that say in which row an assessment counts."""
TOTALS = ("decimals", "letter_on", "cap", "missing_is_pending", "letters", "note")
MAIN = ("label", "weight", "unit", "aggregation")
MORE = ("description", "drop_lowest", "drop_highest", "cap", "expected_count", "extra_credit")
RULE = ("metric", "threshold", "below", "bonus_top", "bonus_course_points", "ties", "excused_shrinks")
PUBLISH = "publish"
_MOVES: Mapping[Move, str] = {
    Move.UP: "Move up",
    Move.DOWN: "Move down",
    Move.INSIDE: "Into the row above",
    Move.OUTSIDE: "Out of its row",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveButton:
    """A button that moves a row: what it sends, and its words."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeRow:
    """One row of the table as groups of fields."""

    key: str
    name: str
    depth: int
    main: tuple[forms.BoundField, ...]
    more: tuple[forms.BoundField, ...]
    rule: tuple[forms.BoundField, ...]
    remove: forms.BoundField
    moves: tuple[MoveButton, ...]
    counts: str
    """The titles of the assessments in it."""
    says: str
    """What the fields say that most rows leave alone, in a few words; empty where they say nothing."""
    is_open: bool
    """Whether those fields are shown from the start: one of them was refused."""


class LettersField(LinesField):
    """Letters, one on each line with the lowest total that earns it: ``A- 90``."""

    def line(self, entry: tuple[str, Decimal]) -> str:
        return f"{entry[0]} {entry[1]:f}"

    def entry(self, line: str, before: list[Any]) -> tuple[str, Decimal]:
        label, _, bound = line.rpartition(" ")
        try:
            number = Decimal(bound)
        except InvalidOperation as error:
            message = f"“{line}” is no letter with a number; write it like “A- 90”"
            raise ValueError(message) from error
        if not label.strip() or not number.is_finite():
            message = f"“{line}” is no letter with a number; write it like “A- 90”"
            raise ValueError(message)
        if label.strip() in {other for other, _ in before}:
            message = f"“{label.strip()}” is there twice"
            raise ValueError(message)
        return label.strip(), number

    def clean(self, value: Any) -> dict[str, Decimal]:
        """Return the lowest totals by letter."""
        return dict(super().clean(value))


class SchemeForm(forms.Form):
    """Every row of the grading table, a new one, and what holds for the table as a whole."""

    decimals = forms.IntegerField(
        label="Decimals of a total",
        min_value=0,
        max_value=MOST_DECIMALS,
        help_text="Totals are rounded once, for showing.",
    )
    letter_on = choice("Letters are read from", GradingScheme.LetterOn.choices)
    missing_is_pending = forms.BooleanField(
        label="What was not handed in is pending until somebody marks it as missing", required=False
    )

    def __init__(self, data: Typed, *, content: OfferingContent) -> None:
        super().__init__(data)
        self.content = content
        self.nodes = {node.key: (depth, node) for depth, node in flat_nodes(content.grading.nodes)}
        self._add_totals()
        for key, (_, node) in self.nodes.items():
            self._add_row(key, node, node.label)
        self._add_row(NEW, None, "the new row")
        rows = [(key, node.label) for key, (_, node) in self.nodes.items()]
        self.fields[f"{NEW}:inside"] = choice("Inside", [("", "The table"), *rows], required=False)
        for key, assessment in content.assessments.items():
            field = choice(assessment.title, [("", "Nowhere"), *rows], required=False)
            self.fields[f"{COUNTS}:{key}"] = field
            self.initial[f"{COUNTS}:{key}"] = self._counted_in(key)

    def _add_totals(self) -> None:
        file = self.content.grading
        self.fields["cap"] = _decimal("Most that a total can be", "Course points; empty: extra credit goes beyond 100.")
        self.fields["letters"] = LettersField(
            label="Letters", rows=6, help_text="One on each line, with the lowest total that earns it: A- 90."
        )
        self.fields["note"] = forms.CharField(
            label="Below the table", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 3})
        )
        self.initial.update({name: getattr(file, name) for name in TOTALS})
        self.initial["letters"] = list(file.letters.items())

    def _add_row(self, key: str, node: NodeEntry | None, name: str) -> None:
        fields = _fields_of_a_row(is_new=node is None)
        if node is not None:
            fields |= {f"rule_{at}": field for at, field in _fields_of_a_rule().items()}
            fields["remove"] = forms.BooleanField(label="Remove this row and the rows inside it", required=False)
        begins = node or NodeEntry(key="new", label="New")
        rule = begins.rule
        for at, field in fields.items():
            field.widget.attrs["aria-label"] = f"{field.label}: {name}"
            self.fields[f"{key}:{at}"] = field
            if at.startswith("rule_"):
                self.initial[f"{key}:{at}"] = _of_rule(rule, at.removeprefix("rule_"))
            elif at != "remove":
                self.initial[f"{key}:{at}"] = "" if node is None and at == "label" else getattr(begins, at)

    @property
    def rows(self) -> list[SchemeRow]:
        """The rows that exist, in the order of the table."""
        moves = moves_of(self.content.grading.nodes)
        return [self._row(key, depth, node, moves[key]) for key, (depth, node) in self.nodes.items()]

    @property
    def new(self) -> list[forms.BoundField]:
        """The fields of the new row."""
        return [self[f"{NEW}:{at}"] for at in (*MAIN, "description", "inside")]

    @property
    def counts(self) -> list[forms.BoundField]:
        """For each assessment the field that says in which row it counts."""
        return [self[f"{COUNTS}:{key}"] for key in self.content.assessments]

    @property
    def totals(self) -> list[forms.BoundField]:
        """The fields of the table as a whole."""
        return [self[name] for name in TOTALS]

    def clean(self) -> dict[str, Any]:
        """Check that a new row has a label."""
        cleaned = super().clean() or {}
        touched = [name for name in self.changed_data if name.startswith(f"{NEW}:") and name != f"{NEW}:inside"]
        if touched and not cleaned.get(f"{NEW}:label"):
            self.add_error(f"{NEW}:label", "Give it a label.")
        return cleaned

    def changed(self, command: str = "") -> OfferingContent:
        """Return the content with the scheme as typed, and after that one row moved, or the scheme published.

        Raises ``NotThere`` for a command that there is not, and pydantic's ``ValidationError``.
        """
        typed: dict[str, dict[str, Any]] = {key: {} for key in self.nodes}
        for name in self.changed_data:
            key, _, at = name.partition(":")
            if key in typed and at.startswith("rule_"):
                typed[key]["rule"] = self._rule(key)
            elif key in typed and at != "remove":
                typed[key][at] = self.cleaned_data[name]
        kept = {key: values for key, values in typed.items() if not self.cleaned_data.get(f"{key}:remove")}
        totals = {name: self.cleaned_data[name] for name in TOTALS if name in self.changed_data}
        content = replace_grading(self.content, rows=kept, **totals)
        for key in self.content.assessments:
            if f"{COUNTS}:{key}" in self.changed_data:
                content = count_in(content, key, node=self.cleaned_data[f"{COUNTS}:{key}"])
        return _commanded(self._with_new(content), command)

    def _with_new(self, content: OfferingContent) -> OfferingContent:
        added = {
            name.partition(":")[2]: self.cleaned_data[name] for name in self.changed_data if name.startswith(f"{NEW}:")
        }
        if "label" not in added:
            return content
        inside = added.pop("inside", "")
        node = NodeEntry(key=free_key(added["label"], self.nodes, fallback="row"), **added)
        return add_node(content, node, inside=inside)

    def _rule(self, key: str) -> RuleEntry | None:
        said = {name: self.cleaned_data[f"{key}:rule_{name}"] for name in RULE}
        return RuleEntry(**said) if said["metric"] else None

    def _counted_in(self, assessment: str) -> str:
        return next((key for key, (_, node) in self.nodes.items() if assessment in node.assessments), "")

    def _row(self, key: str, depth: int, node: NodeEntry, moves: tuple[Move, ...]) -> SchemeRow:
        more = tuple(self[f"{key}:{at}"] for at in MORE)
        rule = tuple(self[f"{key}:rule_{at}"] for at in RULE)
        titles = [self.content.assessments[at].title for at in node.assessments if at in self.content.assessments]
        return SchemeRow(
            key=key,
            name=node.label,
            depth=depth,
            main=tuple(self[f"{key}:{at}"] for at in MAIN),
            more=more,
            rule=rule,
            remove=self[f"{key}:remove"],
            moves=tuple(MoveButton(value=f"{move}:{key}", label=_MOVES[move]) for move in moves),
            counts=", ".join(titles),
            says=", ".join(_said(node)),
            is_open=any(field.errors for field in (*more, *rule)),
        )


def _said(node: NodeEntry) -> Iterator[str]:
    if node.drop_lowest:
        yield f"drops the lowest {node.drop_lowest}"
    if node.drop_highest:
        yield f"drops the highest {node.drop_highest}"
    if node.cap is not None:
        yield f"at most {node.cap:f} %"
    if node.expected_count is not None:
        yield f"{node.expected_count} expected"
    if node.extra_credit:
        yield "extra credit"
    if node.rule is not None:
        yield f"counts {node.rule.metric.label.lower()}"


def _fields_of_a_row(*, is_new: bool) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        "label": text("Label", required=not is_new, longest=120),
        "weight": _decimal("Weight"),
        "unit": choice("Of", GradeNode.WeightUnit.choices),
        "aggregation": choice("Counted as", GradeNode.Aggregation.choices),
        "description": text("Description", longest=300),
    }
    if is_new:
        return fields
    return fields | {
        "drop_lowest": _count("Drop so many of the lowest", required=True),
        "drop_highest": _count("Drop so many of the highest", "Only with the mean of percentages.", required=True),
        "cap": _decimal("Most that it can reach, in percent", "Empty: no limit."),
        "expected_count": _count("So many parts there will be", "Forecasts count with those still to come."),
        "extra_credit": forms.BooleanField(label="Extra credit: on top of the hundred", required=False),
    }


def _fields_of_a_rule() -> dict[str, forms.Field]:
    rule = ParticipationRule
    return {
        "metric": choice("What is counted", [("", "Nothing"), *rule.Metric.choices], required=False),
        "threshold": _count("So many earn full credit"),
        "below": choice("Fewer earn", rule.Below.choices),
        "bonus_top": _count("So many of the most active get a bonus"),
        "bonus_course_points": _decimal("The bonus, in course points"),
        "ties": choice("Of those who are level with the last of them", rule.Ties.choices),
        "excused_shrinks": forms.BooleanField(label="What is excused lowers the number asked for", required=False),
    }


def _of_rule(rule: RuleEntry | None, name: str) -> Any:
    if rule is not None:
        return getattr(rule, name)
    return "" if name == "metric" else RuleEntry.model_fields[name].get_default()


def _decimal(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=7, decimal_places=4, help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip


def _count(label: str, help_text: str = "", *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=required, min_value=0, max_value=32767, help_text=help_text)


def _commanded(content: OfferingContent, command: str) -> OfferingContent:
    if not command:
        return content
    if command == PUBLISH:
        return publish_grading(content)
    what, _, key = command.partition(":")
    if what not in set(Move):
        raise NotThere
    return move_node(content, key, to=Move(what))
