"""The manifest of a draft as a form: a few fields for each case, checked by the type that runners and site share."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from coursehub.web.pages.suite_version import SEEN
from grading.catalogue.errors import CaseProblem
from runners.protocol import ManifestCase, SuiteManifest, Visibility


class CaseForm(forms.Form):
    """One case. What is typed is passed on as it is: ``ManifestCase`` says what fits."""

    title = forms.CharField(label="Title", required=False)
    points = forms.CharField(label="Points", required=False, widget=forms.TextInput({"inputmode": "decimal"}))
    group = forms.CharField(label="Group", required=False)
    visibility = forms.ChoiceField(
        label="Students see it", choices=[(key.value, text) for key, text in SEEN.items()], required=False
    )
    order = forms.IntegerField(label="Place", min_value=1, max_value=9_999, required=False)
    hint = forms.CharField(
        label="Hint",
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="What to look at first when nothing more precise is known.",
    )
    needs = forms.CharField(
        label="Needs", required=False, help_text="Ids of earlier cases that must pass first, with commas between."
    )

    def __init__(self, data: Mapping[str, Any] | None, index: int, case: ManifestCase) -> None:
        super().__init__(
            data,
            prefix=f"case{index}",
            initial={
                "title": case.title,
                "points": f"{case.points.normalize():f}",
                "group": case.group,
                "visibility": case.visibility.value,
                "order": index + 1,
                "hint": case.hint,
                "needs": ", ".join(case.needs),
            },
        )
        self.case = case
        self.index = index

    @property
    def summary(self) -> str:
        """What it says while it is closed."""
        points = f"{self.case.points.normalize():f}"
        seen = "" if self.case.visibility is Visibility.VISIBLE else f" · {SEEN[self.case.visibility].lower()}"
        return f"{points} points{seen}"

    @property
    def is_open(self) -> bool:
        """Whether there is something to see to in it."""
        return self.is_bound and bool(self.errors)

    def typed(self) -> dict[str, Any]:
        """Return the fields of a case as they were typed."""
        values = {name: self.cleaned_data.get(name, "") for name in ("title", "group", "hint", "visibility")}
        needs = [word.strip() for word in str(self.cleaned_data.get("needs", "")).split(",")]
        points = str(self.cleaned_data.get("points", "")).strip().replace(",", ".")
        return {**values, "id": self.case.id, "points": points, "needs": [word for word in needs if word]}


class ManifestForm:
    """All cases of a manifest, each a form of its own."""

    def __init__(self, data: Mapping[str, Any] | None, manifest: SuiteManifest) -> None:
        self.forms = [CaseForm(data, index, case) for index, case in enumerate(manifest.cases)]
        self.general: list[str] = []

    def __iter__(self) -> Iterator[CaseForm]:
        return iter(self.forms)

    def is_valid(self) -> bool:
        """Whether every field could be read."""
        refused = [form for form in self.forms if not form.is_valid()]
        return not refused

    def in_order(self) -> list[CaseForm]:
        """Return the forms in the order that was typed; a case without a place keeps its own."""
        return sorted(self.forms, key=lambda form: (form.cleaned_data.get("order") or form.index + 1, form.index))

    def show(self, problems: Sequence[CaseProblem]) -> None:
        """Put each problem beside the field that it is about."""
        ordered = self.in_order()
        for problem in problems:
            form = ordered[problem.index] if problem.index < len(ordered) else None
            if form is not None and problem.field in form.fields:
                form.add_error(problem.field, problem.sentence)
            else:
                self.general.append(problem.sentence)

    @property
    def is_refused(self) -> bool:
        """Whether something has to be seen to before it can be saved."""
        return bool(self.general) or any(form.is_open for form in self.forms)
