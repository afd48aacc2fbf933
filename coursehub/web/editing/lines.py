"""Form fields for lists: one thing on each line of a text area, its parts separated by ``|``."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from pydantic import ValidationError as InvalidEntry

from coursehub.courses.models import Prerequisite
from coursehub.publishing.paste import free_key
from coursehub.publishing.schema import MaterialUse, PartEntry, PrerequisiteEntry, SpeakerEntry
from coursehub.publishing.sentences import sentence_of
from coursehub.schedule.models import Requirement
from grading.assessments.models import AssessmentPart

Choice = TypeVar("Choice", bound=Enum)


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines; what was typed stays as it was typed."""
        return value if isinstance(value, str) or value is None else "\n".join(map(self.line, value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether the lines are others: what is shown and not touched stays exactly as it was."""
        return (self.prepare_value(initial) or "").split("\n") != (data or "").replace("\r\n", "\n").split("\n")

    def clean(self, value: Any) -> Any:
        """Return the list. The error names the line."""
        text = super().clean(value)
        found: list[Any] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append(self.entry(line.strip(), found))
            except InvalidEntry as error:
                message = f"Line {number}: {' '.join(map(sentence_of, error.errors()))}"
                raise ValidationError(message) from error
            except ValueError as error:
                message = f"Line {number}: {error}."
                raise ValidationError(message) from error
        return found

    def line(self, entry: Any) -> str:
        """Return an entry as a line."""
        return " ".join(str(entry).split())

    def entry(self, line: str, before: list[Any]) -> Any:
        """Return the entry that a line describes. Raises ``ValueError`` with the rest of a sentence."""
        return line


class PrerequisitesField(LinesField):
    """Prerequisites; a line that begins with ``recommended:`` is one."""

    def line(self, entry: PrerequisiteEntry) -> str:
        recommended = entry.level == Prerequisite.Level.RECOMMENDED
        return ("recommended: " if recommended else "") + " ".join(entry.text.split())

    def entry(self, line: str, before: list[Any]) -> PrerequisiteEntry:
        head, colon, rest = line.partition(":")
        if colon and head.strip().lower() in Prerequisite.Level.values:
            return PrerequisiteEntry(level=Prerequisite.Level(head.strip().lower()), text=rest.strip())
        return PrerequisiteEntry(text=line)


class SpeakersField(LinesField):
    """Speakers: a name of the staff, or a guest with an affiliation in brackets."""

    staff: Mapping[str, str] = {}
    """Names by key; set by the form."""

    def line(self, entry: SpeakerEntry) -> str:
        if entry.staff:
            return self.staff.get(entry.staff, entry.staff)
        return f"{entry.name} ({entry.affiliation})" if entry.affiliation else entry.name

    def entry(self, line: str, before: list[Any]) -> SpeakerEntry:
        keys = {name.casefold(): key for key, name in self.staff.items()}
        if key := keys.get(line.casefold()):
            return SpeakerEntry(staff=key)
        name, bracket, rest = line.partition("(")
        return SpeakerEntry(name=name.strip(), affiliation=rest.rstrip(") ") if bracket else "")


class MaterialsField(LinesField):
    """Materials by key: ``attention-paper | required | section 3 | skim it``. All but the key may be left out."""

    known: Mapping[str, str] = {}
    """Titles by key; set by the form."""

    def line(self, entry: MaterialUse) -> str:
        parts = [entry.material, entry.requirement.value, entry.locator, entry.note]
        if not (entry.locator or entry.note):
            parts = parts[: 1 if entry.requirement is Requirement.PLAIN else 2]
        return " | ".join(parts).rstrip(" |")

    def entry(self, line: str, before: list[Any]) -> MaterialUse:
        key, requirement, locator, note = parts_of(line, 4)
        if key not in self.known:
            message = f"there is no material “{key}”; add it to the materials first"
            raise ValueError(message)
        asked = one_of(Requirement, requirement) if requirement else Requirement.PLAIN
        return MaterialUse(material=key, requirement=asked, locator=locator, note=note)


class PartsField(LinesField):
    """Parts of an assessment: ``code | Your library``, ``reflection | What was hard | optional | one page``."""

    def line(self, entry: PartEntry) -> str:
        parts = [entry.kind.value, entry.title, "" if entry.required else "optional", " ".join(entry.note.split())]
        return " | ".join(parts).rstrip(" |")

    def entry(self, line: str, before: list[Any]) -> PartEntry:
        kind, title, required, note = parts_of(line, 4)
        if not title:
            message = "write the kind, a bar and the title, for example “report | Two pages on what you found”"
            raise ValueError(message)
        key = free_key(title, [part.key for part in before])
        return PartEntry(
            key=key,
            kind=one_of(AssessmentPart.Kind, kind),
            title=title,
            required=required.lower() != "optional",
            note=note,
        )


def one_of(choices: type[Choice], said: str) -> Choice:
    """Return the member that a text names by value. Raises ``ValueError`` with what there is."""
    wanted = said.strip().lower().replace(" ", "_")
    for choice in choices:
        if choice.value == wanted:
            return choice
    message = f"“{said}” is none of {', '.join(str(choice.value) for choice in choices)}"
    raise ValueError(message)


def parts_of(line: str, count: int) -> list[str]:
    """Return what stands between the bars of a line, empty texts for what is missing."""
    parts = [part.strip() for part in line.split("|", count - 1)]
    return [*parts, *[""] * (count - len(parts))]
