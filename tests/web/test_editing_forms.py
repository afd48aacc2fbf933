"""A form that is opened and saved untouched changes nothing: not one entry of the five courses."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.utils.datastructures import MultiValueDict

from coursehub.publishing.content import OfferingContent
from coursehub.publishing.editing import entries_of
from coursehub.publishing.folders import read_folder
from coursehub.web.editing.entry_forms import OfferingForm
from coursehub.web.editing.scheme_forms import SchemeForm
from coursehub.web.editing.shelves import KINDS
from coursehub.web.editing.structure_forms import StructureForm
from coursehub.web.editing.table_forms import ScheduleRows
from coursehub.web.pages.editing import said

COURSES = sorted(path.parent for path in (Path(__file__).resolve().parents[2] / "courses").glob("*/offering.yaml"))


@cache
def content_in(folder: Path) -> OfferingContent:
    return read_folder(folder)


def as_sent(form: forms.Form) -> MultiValueDict[str, Any]:
    """Return what a browser sends back of a form that nobody touches."""
    sent: MultiValueDict[str, Any] = MultiValueDict()
    for name, field in form.fields.items():
        value = form[name].value()
        if isinstance(field, forms.BooleanField):
            sent.setlist(name, ["on"] if value else [])
        elif isinstance(field, forms.MultipleChoiceField):
            sent.setlist(name, [str(item) for item in value or ()])
        else:
            shown = field.widget.format_value(value)
            one = shown[0] if isinstance(shown, list) else shown
            sent[name] = ("" if one is None else str(one)).replace("\n", "\r\n")
    return MultiValueDict({name: values for name, values in sent.lists() if values})


@pytest.mark.parametrize("folder", COURSES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("shelf", list(KINDS))
def test_an_untouched_form_changes_nothing(folder: Path, shelf: str) -> None:
    content, kind = content_in(folder), KINDS[shelf]

    for entry in entries_of(content, kind.shelf).values():
        sent = as_sent(kind.form(None, content=content, entry=entry))
        form = kind.form(sent, content=content, entry=entry)
        assert form.is_valid(), form.errors
        assert form.result() == entry


@pytest.mark.parametrize("folder", COURSES, ids=lambda folder: folder.name)
def test_the_untouched_facts_and_tables_change_nothing(folder: Path) -> None:
    content = content_in(folder)
    facts = OfferingForm(None, content=content, entry=content.offering)
    facts = OfferingForm(as_sent(facts), content=content, entry=content.offering)
    schedule = ScheduleRows(as_sent(ScheduleRows(None, content=content)), content=content)
    grading = SchemeForm(as_sent(SchemeForm(None, content=content)), content=content)

    structure = StructureForm(as_sent(StructureForm(None, content=content)), content=content)

    assert structure.is_valid(), structure.errors
    assert structure.changed() == content
    assert facts.is_valid(), facts.errors
    assert facts.result() == content.offering
    assert schedule.is_valid(), schedule.errors
    assert schedule.changed() == content
    assert grading.is_valid(), grading.errors
    assert grading.changed() == content


def test_there_are_courses_to_try() -> None:
    assert COURSES


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "nothing"),
        ({"A": "90", "F": "0"}, "A 90, F 0"),
        ({"metric": "polls", "bonus_top": 5, "threshold": None}, "metric polls, bonus top 5"),
        ([], "nothing"),
    ],
)
def test_letters_and_rules_are_said_and_only_what_is_empty_is_nothing(value: object, text: str) -> None:
    assert said(value) == text
