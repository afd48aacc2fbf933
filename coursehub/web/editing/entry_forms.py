"""Forms for one entry of a shelf: what it says now, what was typed, and the entry that follows."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict
from pydantic import ValidationError

from coursehub.courses.models import Audience, Offering, Policy, StaffMember, SyllabusBlock
from coursehub.publishing.content import (
    AnnouncementContent,
    BlockContent,
    OfferingContent,
    PageContent,
    PolicyContent,
)
from coursehub.publishing.schema import (
    Entry,
    LinkEntry,
    MaterialEntry,
    ModuleEntry,
    OfferingFile,
    StaffEntry,
)
from coursehub.publishing.sentences import sentence_of
from coursehub.web.editing.lines import LinesField, MaterialsField, PrerequisitesField, SpeakersField

Typed = MultiValueDict[str, Any] | None
NAMES_SHOWN = 6
MARKDOWN = "Markdown: **bold**, *italic*, - lists, [links](https://…), tables."


def body(label: str = "Text", *, rows: int = 14, help_text: str = MARKDOWN) -> forms.CharField:
    """Return a field for Markdown."""
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, strip=False, widget=area, help_text=help_text)


def text(label: str, *, required: bool = False, longest: int = 200, help_text: str = "") -> forms.CharField:
    """Return a field for one line."""
    return forms.CharField(label=label, required=required, max_length=longest, help_text=help_text)


def choice(label: str, choices: Iterable[tuple[str, Any]], *, help_text: str = "", required: bool = True) -> Any:
    """Return a field for one of several."""
    return forms.ChoiceField(label=label, choices=list(choices), required=required, help_text=help_text)


def address(label: str = "Address", *, help_text: str = "", longest: int = 500) -> forms.CharField:
    """Return a field for an address of the web. The files' rule decides what is one, so that both agree."""
    widget = forms.URLInput(attrs={"placeholder": "https://"})
    return forms.CharField(label=label, required=False, max_length=longest, widget=widget, help_text=help_text)


class EntryForm(forms.Form):
    """Base: shows an entry, and makes a changed one of what was typed. Only fields that were touched are set."""

    makes: ClassVar[type[Entry]]
    named_by: ClassVar[str] = "title"
    """The field of which the key of a new entry is made."""
    use_required_attribute = True

    def __init__(self, data: Typed, *, content: OfferingContent, entry: Entry | None = None) -> None:
        self.content = content
        self.entry = entry
        shown = {} if entry is None else {name: getattr(entry, name) for name in type(entry).model_fields}
        super().__init__(data, initial=self.shown(shown))
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and lists that depend on the content."""
        for field in self.fields.values():
            if isinstance(field, SpeakersField):
                field.staff = {member.key: member.name for member in self.content.offering.staff}
                known = (
                    ", ".join(field.staff.values()) if len(field.staff) <= NAMES_SHOWN else "as on the list of staff"
                )
                field.help_text = f"One on each line. Staff by name ({known}); guests as Name (Affiliation)."
            elif isinstance(field, MaterialsField):
                field.known = {material.key: material.title for material in self.content.materials.materials}

    def shown(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return what the fields begin with."""
        return values

    def values(self) -> dict[str, Any]:
        """Return what was typed, as fields of the entry."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.makes.model_fields}

    def result(self, **more: Any) -> Any:
        """Return the entry as it would be. Raises pydantic's ``ValidationError``."""
        before = {} if self.entry is None else {name: getattr(self.entry, name) for name in self.makes.model_fields}
        return self.makes.model_validate({**before, **self.values(), **more})

    def beside(self, content: OfferingContent, key: str) -> OfferingContent:
        """Return the content with what else the form says, outside its entry."""
        return content

    def refuse(self, error: ValidationError) -> None:
        """Show what the rules of the files say against what was typed, beside the fields."""
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else ""
            self.add_error(name if name in self.fields else None, sentence_of(problem))


class BlockForm(EntryForm):
    """A block of the syllabus."""

    makes = BlockContent
    named_by = "heading"
    heading = text("Heading", required=True)
    kind = choice("Kind", SyllabusBlock.Kind.choices)
    audience = choice("Who sees it", Audience.choices)
    body_md = body()


class PolicyForm(EntryForm):
    """A policy."""

    makes = PolicyContent
    title = text("Title", required=True)
    kind = choice("About", Policy.Kind.choices)
    rule = text(
        "What the system does about it",
        help_text="A sentence. Students then see the policy marked “enforced by the system”; empty: “text only”.",
    )
    body_md = body()


class PageForm(EntryForm):
    """A page."""

    makes = PageContent
    title = text("Title", required=True)
    audience = choice("Who sees it", Audience.choices)
    body_md = body(rows=20)


class MomentField(forms.DateTimeField):
    """A moment on the wall of the course's time zone, without one of its own, as the files write it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, required=False, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Return the moment as it was typed: Django would take it for one in the server's own zone."""
        moment = super().to_python(value)
        return None if moment is None else moment.replace(tzinfo=None)


class AnnouncementForm(EntryForm):
    """An announcement."""

    makes = AnnouncementContent
    title = text("Title", required=True)
    publish_at = MomentField(label="Shown from", help_text="In the course's time zone. Empty: not shown yet.")
    pinned = forms.BooleanField(label="Keep it at the top", required=False)
    audience = choice("Who sees it", Audience.choices)
    cohorts = forms.MultipleChoiceField(
        label="Only for", required=False, widget=forms.CheckboxSelectMultiple, help_text="None: everybody."
    )
    body_md = body()

    def prepare(self) -> None:
        """Offer the cohorts, where there are any."""
        super().prepare()
        offer(self, "cohorts", [(cohort.key, cohort.name) for cohort in self.content.offering.cohorts])


class LinkForm(EntryForm):
    """Where else the course lives."""

    makes = LinkEntry
    named_by = "label"
    label = text("Label", required=True, longest=120)
    kind = text(
        "Kind",
        required=True,
        longest=20,
        help_text="In small letters, for example forum, canvas, video, site, repository.",
    )
    url = address(help_text="Empty: to be announced.")
    note = text("Note", longest=300)
    audience = choice("Who sees it", Audience.choices)


class StaffForm(EntryForm):
    """Somebody who teaches."""

    makes = StaffEntry
    named_by = "name"
    name = text("Name", required=True, longest=150)
    position = choice("Position", StaffMember.Position.choices)
    credentials = text("Degree", longest=60, help_text="For example PhD.")
    email = text("E-mail", longest=254)
    email_display = choice("The address is shown", StaffMember.EmailDisplay.choices)
    website = address("Website", longest=300)


class MaterialForm(EntryForm):
    """Something to read, watch or run."""

    makes = MaterialEntry
    title = text("Title", required=True, longest=300)
    kind = text(
        "Kind",
        required=True,
        longest=20,
        help_text="In small letters, for example slides, paper, book, video, notebook.",
    )
    url = address(help_text="Empty: to be announced.")
    authors = text("Authors", longest=300)
    year = forms.IntegerField(label="Year", required=False, min_value=0, max_value=9999)
    note = text("Note", longest=300)


class ModuleForm(EntryForm):
    """A unit of content."""

    makes = ModuleEntry
    number = forms.IntegerField(label="Number", min_value=0, max_value=999)
    title = text("Title", required=True)
    summary = body("Summary", rows=5)
    goals = LinesField(label="Learning goals", help_text="One on each line.")
    objectives = LinesField(label="Learning objectives", help_text="One on each line.")
    materials = MaterialsField(label="Materials", help_text="One on each line: key | required | where | note.")


class OfferingForm(EntryForm):
    """Facts of the offering itself."""

    makes = OfferingFile
    section = text("Section", longest=20, help_text="Where a course is taught twice in a term.")
    visibility = choice("Once published, seen by", Offering.Visibility.choices)
    timezone = text("Time zone", required=True, longest=64, help_text="Such as America/New_York.")
    units = text("Units", longest=40, help_text="As the catalogue writes them, for example 3-0-9.")
    delivery = text("How it is taught", help_text="In a few words.")
    contact_email = text("E-mail of the course", longest=254)
    contact_note = body("What to write there", rows=3, help_text="And what not.")
    schedule_notice = body("Above the schedule", rows=2, help_text="A sentence such as “Dates may still change”.")
    prerequisites = PrerequisitesField(
        label="Prerequisites", help_text="One on each line; begin it with “recommended:” where it is not required."
    )


def offer(form: forms.Form, name: str, choices: Iterable[tuple[Any, Any]], *, empty: str | None = None) -> None:
    """Give a field its choices; a field of several that has none is left out."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type checker
    options = list(choices)
    if not options and isinstance(field, forms.MultipleChoiceField):
        del form.fields[name]
        return
    field.choices = options if empty is None else [("", empty), *options]


def titles(entries: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the choices that entries by key make."""
    return [(key, str(entry.title)) for key, entry in entries.items()]
