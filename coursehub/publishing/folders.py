"""A course's folder: read into a content, or written from one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from coursehub.publishing import checks, grading_checks
from coursehub.publishing.content import (
    AnnouncementContent,
    AssessmentContent,
    BlockContent,
    Finding,
    OfferingContent,
    PageContent,
    PolicyContent,
)
from coursehub.publishing.errors import FolderInvalid, Problem
from coursehub.publishing.ordering import in_order
from coursehub.publishing.plain import short
from coursehub.publishing.schema import (
    AssumptionsFile,
    DeadlinesFile,
    GradingFile,
    MaterialsFile,
    ModulesFile,
    OfferingFile,
    ScheduleFile,
)
from coursehub.publishing.sentences import sentence_of
from coursehub.publishing.yaml_lines import Document, read_yaml, write_yaml

TABLES: Mapping[str, type[BaseModel]] = {
    "offering": OfferingFile,
    "schedule": ScheduleFile,
    "modules": ModulesFile,
    "materials": MaterialsFile,
    "grading": GradingFile,
    "deadlines": DeadlinesFile,
    "assumptions": AssumptionsFile,
}
TEXTS: Mapping[str, tuple[str, type[BaseModel]]] = {
    "syllabus": ("blocks", BlockContent),
    "policies": ("policies", PolicyContent),
    "pages": ("pages", PageContent),
    "announcements": ("announcements", AnnouncementContent),
    "assessments": ("assessments", AssessmentContent),
}
"""Folder -> the field of a content, and what a file in it becomes."""
_BESIDE = frozenset({"demo.yaml"})
_NAME = re.compile(r"^(?:(?P<order>\d{1,3})-)?(?P<key>.+)$")
_KEY = re.compile(r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")
_FENCE = "---"


def read_folder(path: Path) -> OfferingContent:
    """Return what a folder says. Raises ``FolderInvalid`` with every problem, each with file and line."""
    reading = _Reading(path)
    parts: dict[str, Any] = {name: reading.table(name, model) for name, model in TABLES.items()}
    for folder, (name, model) in TEXTS.items():
        parts[name] = reading.texts(folder, model)
    reading.look_for_strangers()
    if parts["offering"] is not None:
        content = OfferingContent.model_construct(**{name: part for name, part in parts.items() if part is not None})
        reading.judge(checks.findings(content, unsure=frozenset(reading.unsure)))
        reading.judge(checks.events_out_of_order(content.schedule.events))
        reading.judge(grading_checks.sums(content))
        if not reading.problems:
            return in_order(content)
    raise FolderInvalid(sorted(reading.problems))


@dataclass(slots=True)
class _Reading:
    folder: Path
    problems: list[Problem] = field(default_factory=list)
    documents: dict[tuple[str, ...], tuple[str, Document]] = field(default_factory=dict)
    """The file and what it says: by the part of the content, or by part and key."""
    unsure: set[str] = field(default_factory=set)

    def table(self, name: str, model: type[BaseModel]) -> BaseModel | None:
        """Return what a YAML file says; an empty one where it is missing; None where it cannot be read."""
        file = f"{name}.yaml"
        text = self._text(self.folder / file, file) if (self.folder / file).exists() else None
        if text is None:
            if name == "offering" and not self.problems:
                self.problems.append(Problem(file, 1, "This file is missing; every course begins with it."))
            return None
        document = read_yaml(text)
        self.documents[(name,)] = (file, document)
        found = self._entry(file, document, model, extra={})
        if found is None:
            self.unsure.add(name)
        return found

    def texts(self, folder: str, model: type[BaseModel]) -> dict[str, BaseModel]:
        """Return what the Markdown files of a folder say, by key, in order."""
        found: dict[str, BaseModel] = {}
        field_name = TEXTS[folder][0]
        for path in sorted((self.folder / folder).glob("*.md"), key=_order_of):
            file = f"{folder}/{path.name}"
            match = _NAME.match(path.stem)
            key = match["key"] if match else path.stem
            if not _KEY.match(key) or len(key) > _MOST_OF_A_KEY:
                sentence = "Name the file like 01-some-key.md: small letters, digits and dashes."
                self.problems.append(Problem(file, 1, sentence))
                self.unsure.add(folder)
                continue
            if key in found or (field_name, key) in self.documents:
                self.problems.append(Problem(file, 1, f"Another file here has the key “{key}” already."))
                continue
            text = self._text(path, file)
            if text is None:
                self.unsure.add(folder)
                continue
            document, body = _front_matter(text)
            self.documents[field_name, key] = (file, document)
            entry = self._entry(file, document, model, extra={"body_md": body})
            if entry is None:
                self.unsure.add(folder)
            else:
                found[key] = entry
        return found

    def look_for_strangers(self) -> None:
        """Complain about files that nothing reads: most are misspelt."""
        known = {f"{name}.yaml" for name in TABLES} | _BESIDE
        for path in sorted(self.folder.glob("*.y*ml")):
            if path.name not in known:
                self.problems.append(
                    Problem(path.name, 1, f"No such file is read. There are: {', '.join(sorted(known))}.")
                )

    def judge(self, findings: Iterable[Finding]) -> None:
        """Give each finding its file and line."""
        for finding in findings:
            part, *rest = finding.path
            file, document = self.documents.get((str(part),), ("", Document()))
            if not file and rest:
                file, document = self.documents.get((str(part), str(rest[0])), ("", Document()))
                rest = rest[1:]
            self.problems.append(Problem(file or str(part), document.line_of(rest), finding.sentence))

    def _text(self, path: Path, file: str) -> str | None:
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            self.problems.append(Problem(file, 1, "This file is not text in UTF-8."))
        except OSError as error:
            self.problems.append(Problem(file, 1, f"This file cannot be read: {error.strerror}."))
        return None

    def _entry(
        self, file: str, document: Document, model: type[BaseModel], *, extra: Mapping[str, str]
    ) -> BaseModel | None:
        self.problems.extend(Problem(file, line, sentence) for line, sentence in document.problems)
        if document.problems:
            return None
        value = {} if document.value is None else document.value
        if not isinstance(value, dict):
            self.problems.append(
                Problem(file, document.line_of(()), "This should be fields with values: “field: value”.")
            )
            return None
        try:
            return model.model_validate({**value, **extra})
        except ValidationError as error:
            self.problems.extend(
                Problem(file, document.line_of(details["loc"]), sentence_of(details))
                for details in error.errors(include_url=False)
            )
        return None


_MOST_OF_A_KEY = 60


def _order_of(path: Path) -> tuple[int, str]:
    match = _NAME.match(path.stem)
    number = match["order"] if match else None
    return (int(number) if number else 1000, path.stem)


def _front_matter(text: str) -> tuple[Document, str]:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _FENCE:
        return Document(problems=[(1, "A file begins with its fields between two lines of three dashes.")]), ""
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            # With the last line's end, which a text of several lines may need.
            return read_yaml("\n".join([*lines[1:number], ""]), first_line=2), "\n".join(lines[number + 1 :])
    return Document(problems=[(1, "The second line of three dashes, after the fields, is missing.")]), ""


def write_folder(content: OfferingContent, path: Path) -> None:
    """Make a folder say exactly this. Files of other kinds in it are left alone."""
    content = in_order(content)
    path.mkdir(parents=True, exist_ok=True)
    written = dict(_files(content))
    for folder in TEXTS:
        for old in (path / folder).glob("*.md"):
            if f"{folder}/{old.name}" not in written:
                old.unlink()
    for name in TABLES:
        if f"{name}.yaml" not in written:
            (path / f"{name}.yaml").unlink(missing_ok=True)
    for name, text in written.items():
        file = path / name
        file.parent.mkdir(exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="\n")


def _files(content: OfferingContent) -> Iterator[tuple[str, str]]:
    for name in TABLES:
        if fields := short(getattr(content, name)):
            yield f"{name}.yaml", write_yaml(fields)
    for folder, (field_name, _) in TEXTS.items():
        entries: dict[str, Any] = getattr(content, field_name)
        for number, (key, entry) in enumerate(entries.items(), start=1):
            head = write_yaml(short(entry, without=frozenset({"body_md"})))
            body = f"\n{entry.body_md}\n" if entry.body_md else ""
            yield f"{folder}/{number:02d}-{key}.md", f"{_FENCE}\n{head}{_FENCE}\n{body}"
