"""Forms about files with people and grades."""

from collections.abc import Iterable, Sequence

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from coursehub.courses.models import Cohort, ExternalIdentity, Offering
from coursehub.participation.models import TeamSet
from grading.assessments.models import Assessment
from grading.gradebook.imports import counts
from grading.gradebook.imports.plans import CanvasPlan, CountsPlan, GradesPlan, Plan, Question, RosterPlan
from grading.gradebook.models import ImportBatch
from grading.interchange.grades import ASSESSMENT, MEANINGS
from grading.interchange.roster_dialects import FIELDS
from grading.interchange.roster_rows import ID, TEAM, RosterRole

Choice = tuple[str, str]
LEFT_OUT: Choice = ("", "Nothing: leave it out")
COLUMN, PERSON, LINE = "column-", "person-", "line-"
"""How fields are called: with the place of a column, the key of an enrollment, the key of an assessment."""
_WORDS = {
    "email": "E-mail address", "first_name": "First name", "last_name": "Last name", "name": "Whole name",
    "preferred_name": "Preferred name", "login_id": "Login", "student_id": "Student ID", "section": "Section",
    "cohort": "Cohort", "role": "Role", "status": "Status", "time_factor": "Time factor",
    "assessment": "Assessment, by its key", "points": "Points", "comment": "Comment", "metric": "Metric",
    "count": "Count", "total": "Out of", "excused": "Excused",
}  # fmt: skip


class ManyFiles(forms.ClearableFileInput):
    """A field for one file or a few."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or a few, as a list."""

    widget = ManyFiles

    def clean(self, data: object, initial: object = None) -> list[UploadedFile]:
        """Return every file."""
        found = list(data) if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(one, initial) for one in found] or [super().clean(None, initial)]


class RosterUploadForm(forms.Form):
    """A roster."""

    upload = FilesField(
        label="File",
        help_text=(
            "CSV: our own roster, or one of Canvas, Gradescope, Autolab, Submitty. "
            "users.csv and enrollments.csv of Canvas together."
        ),
    )
    mode = forms.ChoiceField(
        label="Who is not in the file",
        choices=[("update", "stays as they are"), ("sync", "is dropped, if they are a student")],
        initial="update",
        widget=forms.RadioSelect,
    )


class GradesUploadForm(forms.Form):
    """Grades, or what else belongs to them."""

    kind = forms.ChoiceField(label="What it holds", widget=forms.RadioSelect)
    upload = FilesField(label="File", help_text="CSV. You see what it would change before anything does.")

    def __init__(self, data: object, files: object, kinds: Sequence[Choice]) -> None:
        super().__init__(data, files)  # type: ignore[arg-type]  # a QueryDict and a MultiValueDict, or None
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
        field.choices = list(kinds)
        field.initial = kinds[0][0] if kinds else None


class AddPersonForm(forms.Form):
    """One person, who becomes a roster of one line."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    first_name = forms.CharField(label="First name", max_length=70, required=False)
    last_name = forms.CharField(label="Last name", max_length=70)
    section = forms.CharField(label="Section", max_length=100, required=False)
    role = forms.ChoiceField(label="Role", initial=RosterRole.STUDENT)

    def __init__(self, data: object, roles: Sequence[Choice]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
        field.choices = list(roles)


class PeopleFilterForm(forms.Form):
    """The filters of the list of people."""

    text = forms.CharField(required=False, max_length=100, label="Name, e-mail or ID")
    section = forms.ChoiceField(required=False, label="Section")
    role = forms.ChoiceField(required=False, label="Role")
    status = forms.ChoiceField(
        required=False, label="Status", choices=[("", "Any"), ("active", "Active"), ("dropped", "Dropped")]
    )

    def __init__(self, data: object, sections: Iterable[str], roles: Iterable[Choice]) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict
        for name, choices in (("section", [(one, one) for one in sections]), ("role", list(roles))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
            field.choices = [("", "Any"), *choices]

    def value(self, name: str) -> str:
        """Return a filter that was understood, or an empty text."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")


class ReachForm(forms.Form):
    """Whose work somebody of the staff sees."""

    cohorts = forms.MultipleChoiceField(
        label="Sections", required=False, widget=forms.CheckboxSelectMultiple, help_text="None ticked: everybody's."
    )

    def __init__(self, data: object, cohorts: Sequence[Cohort], *, held: Sequence[int]) -> None:
        super().__init__(data, initial={"cohorts": [str(pk) for pk in held]})  # type: ignore[arg-type]  # as above
        field = self.fields["cohorts"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  # for the type checker
        field.choices = [(str(one.pk), one.name) for one in cohorts]


def meanings_for(plan: Plan, batch: ImportBatch, assessments: Sequence[Assessment]) -> list[Choice]:
    """Return what a column of a file can mean."""
    keys = [(one.slug, one.title) for one in assessments]
    match plan:
        case GradesPlan() if plan.titles:
            return [LEFT_OUT, *keys]
        case GradesPlan():
            named = [(ASSESSMENT + key, f"Points for {title}") for key, title in keys]
            return [LEFT_OUT, *((name, _WORDS[name]) for name in MEANINGS), *named]
        case CountsPlan():
            return [LEFT_OUT, *((name, _WORDS[name]) for name in counts.MEANINGS)]
        case RosterPlan():
            return [LEFT_OUT, *((name, _WORDS[name]) for name in FIELDS), *_teams(batch.offering), *_SYSTEMS]
        case CanvasPlan():
            return []


_SYSTEMS = [
    (ID + system.value, str(system.label))
    for system in (ExternalIdentity.System.CANVAS, ExternalIdentity.System.GRADESCOPE)
]


def _teams(offering: Offering) -> list[Choice]:
    rows = TeamSet.objects.filter(offering=offering).order_by("title")
    return [(TEAM + row.key, f"Team of {row.title}") for row in rows]


def answers_of(post: QueryDict, plan: Plan, questions: Sequence[Question]) -> dict[str, object]:
    """Return what somebody answered about a file, for ``Choices``; nothing about what the page did not ask."""
    answers: dict[str, object] = {}
    given = {
        question.heading: post[f"{COLUMN}{at}"] for at, question in enumerate(questions) if f"{COLUMN}{at}" in post
    }
    if given:
        answers["assessments" if isinstance(plan, GradesPlan) and plan.titles else "columns"] = given
    if "options" in post:
        answers |= {
            "sync": post.get("mode") == "sync", "allow_drops": "allow_drops" in post, "scale": "scale" in post,
            "teamset": post.get("teamset", "")[:60], "course": post.get("course", "")[:100],
        }  # fmt: skip
    return answers


def matches_of(post: QueryDict, plan: CanvasPlan) -> tuple[dict[str, int], dict[str, str]]:
    """Return which person is which line and which assessment which column, where it is not what the page showed."""
    people, lines = {}, {}
    for change in plan.changes:
        value = post.get(f"{PERSON}{change.enrollment}", "")
        if value.isascii() and value.isdigit() and len(value) < 9 and int(value) != change.line:
            people[str(change.enrollment)] = int(value)
    for column in plan.columns:
        heading = post.get(f"{LINE}{column.key}")
        if heading is not None and heading != (column.after.heading if column.after else ""):
            lines[column.key] = heading
    return people, lines
