"""What a file may hold fits into the row that keeps it."""

import pytest
from django.apps import apps
from django.db.models import CharField, Model
from pydantic import BaseModel

from coursehub.publishing import schema

PAIRS = {
    "OrganizationEntry": "courses.Organization",
    "TermEntry": "courses.Term",
    "CourseEntry": "courses.Course",
    "OfferingFile": "courses.Offering",
    "LinkEntry": "courses.ExternalLink",
    "StaffEntry": "courses.StaffMember",
    "CohortEntry": "courses.Cohort",
    "BlockFile": "courses.SyllabusBlock",
    "PolicyFile": "courses.Policy",
    "PageFile": "courses.Page",
    "AnnouncementFile": "courses.Announcement",
    "AssumptionEntry": "courses.Assumption",
    "TeamSetEntry": "participation.TeamSet",
    "WeekEntry": "schedule.Week",
    "SeriesEntry": "schedule.EventSeries",
    "RotationEntry": "schedule.RotationRule",
    "GroupEntry": "schedule.EventGroup",
    "EventEntry": "schedule.Event",
    "SpeakerEntry": "schedule.EventSpeaker",
    "MaterialEntry": "schedule.Material",
    "MaterialUse": "schedule.MaterialLink",
    "ModuleEntry": "schedule.Module",
    "GroupingEntry": "schedule.ModuleGrouping",
    "AssessmentFile": "assessments.Assessment",
    "PartEntry": "assessments.AssessmentPart",
    "NodeEntry": "gradebook.GradeNode",
}


def texts_of(entry: type[BaseModel], model: type[Model]) -> list[tuple[str, int, int | None]]:
    """Return name, room in the row, and most characters in the file, of each text field that has the same name."""
    room = {field.name: field.max_length for field in model._meta.get_fields() if isinstance(field, CharField)}
    return [
        (name, most, limit)
        for name, field in entry.model_fields.items()
        if field.annotation is str and (most := room.get(name)) is not None
        for limit in [min((item.max_length for item in field.metadata if hasattr(item, "max_length")), default=None)]
    ]


@pytest.mark.parametrize("name", PAIRS)
def test_a_text_in_a_file_is_no_longer_than_its_column(name: str) -> None:
    for field, room, limit in texts_of(getattr(schema, name), apps.get_model(PAIRS[name])):
        assert limit is not None, f"{name}.{field} has no limit; its column holds {room}"
        assert limit <= room, f"{name}.{field}"


def test_every_entry_refuses_unknown_fields_and_zero_bytes() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        schema.GroupEntry.model_validate({"key": "a", "title": "A", "colour": "red"})
    with pytest.raises(ValueError, match="cannot be stored"):
        schema.GroupEntry.model_validate({"key": "a", "title": "A\0"})
