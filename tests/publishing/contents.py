"""A small course as a content, for tests that need no database."""

import datetime as dt
from decimal import Decimal
from typing import Any

from coursehub.publishing.content import AssessmentContent, BlockContent, OfferingContent
from coursehub.publishing.schema import (
    Anchor,
    AssumptionEntry,
    AssumptionsFile,
    CourseEntry,
    DayMoment,
    EventEntry,
    GradingFile,
    LinkEntry,
    NodeEntry,
    OfferingFile,
    OrganizationEntry,
    ScheduleFile,
    StaffEntry,
    TermEntry,
    WeekEntry,
)
from coursehub.schedule.models import EventKind
from grading.gradebook.models import GradeNode


def make_content(**changes: Any) -> OfferingContent:
    """Return a course of three Tuesdays and a holiday, with one homework that follows the second lecture."""
    lectures = [
        EventEntry(
            key=f"lecture-{n}",
            title=f"Lecture {n}",
            week=n,
            date=dt.date(2026, 9, 1) + dt.timedelta(days=7 * (n - 1)),
            start=dt.time(11),
            end=dt.time(12, 20),
            location="Hall 1",
        )
        for n in (1, 2, 3)
    ]
    holiday = EventEntry(key="holiday", kind=EventKind.NO_CLASS, title="Holiday", date=dt.date(2026, 9, 22), week=4)
    values: dict[str, Any] = {
        "offering": OfferingFile(
            slug="tensors-2026f",
            organization=OrganizationEntry(slug="example-university", name="Example University"),
            term=TermEntry(
                code="2026f", name="Fall 2026", starts_on=dt.date(2026, 8, 31), ends_on=dt.date(2026, 12, 18)
            ),
            course=CourseEntry(code="T-101", title="Tensors"),
            timezone="America/New_York",
            links=[LinkEntry(key="forum", kind="forum", label="Forum", url="https://forum.example/2026f")],
            staff=[StaffEntry(key="moreau", name="Ines Moreau", position="instructor")],
        ),
        "blocks": {
            "overview": BlockContent(heading="Overview", body_md="What it is about."),
            "structure": BlockContent(heading="Structure"),
            "aims": BlockContent(heading="Aims"),
        },
        "assessments": {
            "hw1": AssessmentContent(
                title="Homework 1",
                max_points=Decimal(10),
                release=Anchor(event="lecture-1"),
                due=Anchor(event="lecture-2"),
                closes=DayMoment(date=dt.date(2026, 9, 10), at=dt.time(23, 59)),
            )
        },
        "schedule": ScheduleFile(
            weeks=[
                WeekEntry(number=n, starts_on=dt.date(2026, 8, 31) + dt.timedelta(days=7 * (n - 1)))
                for n in (1, 2, 3, 4)
            ],
            events=[*lectures, holiday],
        ),
        "grading": GradingFile(
            nodes=[
                NodeEntry(key="homework", label="Homework", weight=Decimal(60), assessments=["hw1"]),
                NodeEntry(
                    key="project",
                    label="Project",
                    weight=Decimal(40),
                    aggregation=GradeNode.Aggregation.COURSE_POINTS,
                    parts=[
                        NodeEntry(key="proposal", label="Proposal", weight=Decimal(10)),
                        NodeEntry(key="report", label="Report", weight=Decimal(30)),
                    ],
                ),
            ]
        ),
        "assumptions": AssumptionsFile(
            assumptions=[
                AssumptionEntry(
                    key="late", about="offering:late-policy", question="What happens to late work?", confirmed=True
                )
            ]
        ),
    }
    return OfferingContent(**{**values, **changes})
